import pg from "pg";

import { log } from "../log";
import { type DatabaseAddress, hostOf, parseDatabaseUrl } from "./address";
import { mayFallBack, tlsOptions } from "./tls";

/** A query that takes longer has lost its server: everything here reads or writes single rows by their index. */
const QUERY_TIMEOUT_MS = 10_000;
const IDLE_MS = 30_000;
const NO_TLS = "The server does not support SSL connections"; // node-pg's words; it has no code for it

/**
 * Settings of one node-pg connection. Limits are kept on this side: connection poolers, Neon's too, refuse
 * `statement_timeout` at connecting.
 */
export function connectionConfig(address: DatabaseAddress): pg.ClientConfig {
  const { host, port, user, password, database, connectTimeoutMs } = address;
  return {
    host,
    port,
    user,
    password,
    database,
    ssl: tlsOptions(address),
    ...(address.directTls && { sslnegotiation: "direct" }),
    enableChannelBinding: address.channelBinding,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: "todo-frontend",
  };
}

/** What Better Auth asks of a pool. */
export interface Connections {
  readonly options: object;
  connect(): Promise<pg.PoolClient>;
  end(): Promise<void>;
}

/** The pool of this process. */
export class Database implements Connections {
  readonly address: DatabaseAddress;
  private readonly pool: pg.Pool;

  /** Throws SettingError for an unusable URL. Connects to nothing yet. */
  constructor(url: string, size: number, queryTimeoutMs = QUERY_TIMEOUT_MS) {
    this.address = parseDatabaseUrl(url);
    const limits = { query_timeout: queryTimeoutMs, idleTimeoutMillis: IDLE_MS, max: size, allowExitOnIdle: true };
    this.pool = new pg.Pool({ ...connectionConfig(this.address), ...limits });
    // Without a listener a database that goes away ends the process; with one, the pool drops the connection.
    this.pool.on("error", (error) => { this.lost(error); });
    // The pool listens to idle connections only. A busy one's error reaches its query.
    this.pool.on("connect", (client) => { client.on("error", () => undefined); });
  }

  get options(): object {
    return this.pool.options;
  }

  async connect(): Promise<pg.PoolClient> {
    try {
      return watched(await this.pool.connect());
    } catch (error) {
      if (!this.switchedToPlain(error)) throw error;
      return watched(await this.pool.connect());
    }
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = await this.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      client.release();
    }
  }

  end(): Promise<void> {
    return this.pool.end();
  }

  /** sslmode=prefer and a server that has no TLS: from now on in the clear. */
  private switchedToPlain(error: unknown): boolean {
    const plain = error instanceof Error && error.message === NO_TLS && mayFallBack(this.address);
    if (plain) this.pool.options.ssl = false;
    return plain;
  }

  private lost(error: Error): void {
    log("warning", "database connection lost", { host: hostOf(this.address), reason: error.message });
  }
}

/**
 * A connection is used again only after what Postgres itself calls an ERROR of the query. After a query that timed
 * out it is still waiting for the answer; after anything else it is gone, though the pool may not know yet.
 */
function watched(client: pg.PoolClient): pg.PoolClient {
  const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
  const release = client.release.bind(client);
  let broken: Error | undefined;
  const guarded = {
    query: async (...given: unknown[]) => {
      try {
        return await query(...given);
      } catch (error) {
        if (error instanceof Error && !("severity" in error && error.severity === "ERROR")) broken = error;
        throw error;
      }
    },
    release: (given?: Error | boolean) => { release(given ?? broken); },
  };
  return guarded as unknown as pg.PoolClient;
}
