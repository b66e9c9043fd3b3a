import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** A user of a real Postgres who may create databases. */
    postgresUrl: string;
    /** Folder with a Postgres' programs, where this machine has one. */
    postgresPrograms: string | null;
  }
}

export interface TestDatabase {
  readonly url: string;
  /** Runs one statement as the owner. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** A new, empty database on the real Postgres of the tests. */
export async function makeDatabase(): Promise<TestDatabase> {
  const name = `frontend_${randomBytes(6).toString("hex")}`;
  const server = inject("postgresUrl");
  await run(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (text, values) => run(url.href, text, values),
    drop: async () => {
      await run(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function run<Row extends pg.QueryResultRow>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
