import { log } from "@/server/log";

import { migrate, problemFields } from "./migrate";

/** `node migrate.mjs`: exit 0 the tables are up to date, 1 they are not and one JSON line says why. */
try {
  const { host, created } = await migrate();
  log("info", "migrated", { host, created });
} catch (error) {
  log("error", "migration failed", problemFields(error));
  process.exitCode = 1;
}
