import type { PoolClient } from "pg";

import { log } from "@/server/log";

/** `user` is a reserved word in SQL; under `users` people and reports find the same rows without quotes. */
const VIEW = `
  CREATE OR REPLACE VIEW users AS
  SELECT id, name, email, "emailVerified" AS email_verified, "createdAt" AS created_at, "updatedAt" AS updated_at
  FROM "user"`;

const TAKEN = `
  SELECT 1 FROM pg_catalog.pg_class
  WHERE relname = 'users' AND relnamespace = current_schema()::regnamespace AND relkind <> 'v'`;

/** Makes the view `users`, unless somebody's table already has that name. */
export async function makeUsersView(client: PoolClient): Promise<void> {
  const taken = await client.query(TAKEN);
  if (taken.rowCount === 0) await client.query(VIEW);
  else log("warning", "no view users", { reason: "a table has that name" });
}
