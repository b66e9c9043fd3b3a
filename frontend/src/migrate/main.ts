import { log } from "@/server/log";

import { migrate, problemFields } from "./migrate";

/** `node migrate.mjs`: exit 0 the tables are up to date, 1 they are not and one JSON line says why. */
// As the first process of a container nothing else ends us: a pod that is deleted would wait out its grace.
process.on("SIGTERM", () => process.exit(143));
try {
  const { host, created } = await migrate();
  log("info", "migrated", { host, created });
} catch (error) {
  log("error", "migration failed", problemFields(error));
  process.exitCode = 1;
}
