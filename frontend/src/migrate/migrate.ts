import { getMigrations } from "better-auth/db/migration";
import type { PoolClient } from "pg";

import { schemaOptions } from "@/server/auth/options";
import { hostOf } from "@/server/database/address";
import { databaseFault } from "@/server/database/faults";
import { type Connections, Database } from "@/server/database/pool";
import { log } from "@/server/log";
import { SettingError, databaseUrl, migrateLockTimeoutS, migrateWaitS } from "@/server/settings";

import { makeUsersView } from "./users-view";

/** Any number does, as long as nobody else in this database takes it. */
const LOCK = 7_203_901_774;
const PAUSE_MS = 1_000;
const STATEMENT_MS = 60_000;

export interface Migrated {
  readonly host: string;
  /** Names of the tables that were made. */
  readonly created: readonly string[];
}

/**
 * Brings Better Auth's tables and the view `users` up to date.
 *
 * All in one transaction that holds an advisory lock: any number of pods may run it at once, and one that dies
 * leaves nothing half done. The lock belongs to the transaction, so it works through a connection pooler too.
 */
export async function migrate(): Promise<Migrated> {
  const database = new Database(databaseUrl(), 1, migrateLockTimeoutS() * 1000 + STATEMENT_MS);
  const host = hostOf(database.address);
  const client = await firstConnection(database, host);
  try {
    return { host, created: await inTransaction(client, upgrade) };
  } catch (error) {
    throw new MigrationError(host, error);
  } finally {
    client.release(true);
    await database.end();
  }
}

/** Carries the host for the log line; the reason is its `cause`. */
export class MigrationError extends Error {
  constructor(
    readonly host: string,
    cause: unknown,
  ) {
    super("migration failed", { cause });
    this.name = "MigrationError";
  }
}

/** What a failed migration says in its one line: never a value of a setting. */
export function problemFields(error: unknown): Record<string, string> {
  if (error instanceof SettingError) return { variable: error.variable, reason: error.reason, hint: error.hint };
  if (!(error instanceof MigrationError)) return { reason: String(error), hint: "" };
  if (error.cause instanceof SettingError) return { host: error.host, ...problemFields(error.cause) };
  const fault = databaseFault(error.cause);
  const reason = fault?.reason ?? (error.cause instanceof Error ? error.cause.message : String(error.cause));
  const hint = fault?.hint ?? "Look at the tables and this release's notes.";
  return { variable: "DATABASE_URL", host: error.host, reason, hint };
}

/** Waits MIGRATE_WAIT_S for a database that does not answer; gives up at once where waiting can't help. */
async function firstConnection(database: Database, host: string): Promise<PoolClient> {
  const deadline = Date.now() + migrateWaitS() * 1000;
  for (;;) {
    try {
      return await database.connect();
    } catch (error) {
      const fault = databaseFault(error);
      if (fault === null || fault.lasting || Date.now() + PAUSE_MS > deadline) throw new MigrationError(host, error);
      log("info", "waiting for the database", { host, reason: fault.reason });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

type Work<Result> = (client: PoolClient) => Promise<Result>;

async function inTransaction<Result>(client: PoolClient, work: Work<Result>): Promise<Result> {
  await client.query("BEGIN");
  await client.query(`SET LOCAL lock_timeout = '${migrateLockTimeoutS()}s'`);
  await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
  const result = await work(client);
  await client.query("COMMIT");
  return result;
}

async function upgrade(client: PoolClient): Promise<string[]> {
  const migrations = await getMigrations(schemaOptions(only(client)));
  await migrations.runMigrations();
  await makeUsersView(client);
  return migrations.toBeCreated.map((table) => table.table);
}

/** A pool of this one connection, so that what Better Auth does is part of our transaction. */
function only(client: PoolClient): Connections {
  const lent = { query: client.query.bind(client), release: () => undefined } as unknown as PoolClient;
  return { options: {}, connect: () => Promise.resolve(lent), end: () => Promise.resolve() };
}
