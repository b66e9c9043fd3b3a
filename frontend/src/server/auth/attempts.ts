import { createHash } from "node:crypto";

import type { Database } from "../database/pool";

export interface Limit {
  readonly max: number;
  readonly windowS: number;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly retryAfterS: number;
}

/** Tries for one account, whoever makes them: 1,440 guesses a day at most. Signing in starts the count anew. */
export const ACCOUNT_LIMIT: Limit = { max: 10, windowS: 600 };

/**
 * Requests from one address. Wide, since behind a NodePort or a company's gateway everybody has the same one,
 * and a client can write any address into X-Forwarded-For where no ingress overwrites it: what holds off a
 * brute force is ACCOUNT_LIMIT, this only keeps one careless script from eating the CPU with password hashes.
 */
export const ADDRESS_RULES = {
  "/sign-in/email": { max: 120, window: 60 },
  "/sign-up/email": { max: 60, window: 60 },
  "/**": false,
} as const;

const LONGEST_WINDOW_S = 600;

/** One statement, so that simultaneous requests at several pods are all counted. The database's clock counts for all. */
const COUNT = `
  WITH clock AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now)
  INSERT INTO "rateLimit" AS seen (id, key, count, "lastRequest")
  SELECT $1, $2, 1, now FROM clock
  ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN seen."lastRequest" <= excluded."lastRequest" - $3::bigint THEN 1 ELSE seen.count + 1 END,
    "lastRequest" = CASE WHEN seen."lastRequest" <= excluded."lastRequest" - $3::bigint
                         THEN excluded."lastRequest" ELSE seen."lastRequest" END
  RETURNING count, ("lastRequest" + $3::bigint - (SELECT now FROM clock))::float8 AS left_ms`;

const FORGET = `DELETE FROM "rateLimit" WHERE "lastRequest" < (extract(epoch FROM now()) - ${LONGEST_WINDOW_S}) * 1000`;

/**
 * Counts requests per key in windows that begin with the first one, in Better Auth's `rateLimit` table: with
 * several pods a count in memory would allow as many times more.
 */
export class Attempts {
  constructor(private readonly database: Database) {}

  async count(key: string, limit: Limit): Promise<Verdict> {
    const values = [crypto.randomUUID(), key, limit.windowS * 1000];
    const [row] = await this.database.query<{ count: number; left_ms: number }>(COUNT, values);
    if (row === undefined) throw new Error("the count of attempts came back empty");
    if (row.count === 1) await this.database.query(FORGET);
    return { allowed: row.count <= limit.max, retryAfterS: Math.max(1, Math.ceil(row.left_ms / 1000)) };
  }

  async forget(key: string): Promise<void> {
    await this.database.query('DELETE FROM "rateLimit" WHERE key = $1', [key]);
  }
}

/** The key of an account's attempts; a hash, so that the table holds no addresses of people who never signed up. */
export function accountKey(email: string): string {
  return `account|${createHash("sha256").update(email.trim().toLowerCase()).digest("base64url")}`;
}
