import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, rootCertificates } from "node:tls";

import { SettingError } from "../settings";
import type { DatabaseAddress } from "./address";

/**
 * The `ssl` option of node-pg for an sslmode, with libpq's meaning rather than node-pg's own.
 * Table: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
 *
 * Throws SettingError where a file that must be there is not.
 */
export function tlsOptions(address: DatabaseAddress): ConnectionOptions | false {
  if (address.sslMode === "disable" || address.host.startsWith("/")) return false;
  const options = { ...verification(address), ...clientCertificate(address) };
  return address.sslMode === "verify-full" ? options : { ...options, checkServerIdentity: () => undefined };
}

/** True where a server without TLS is spoken to in the clear. `allow` tries TLS first too: no worse, and simpler. */
export function mayFallBack(address: DatabaseAddress): boolean {
  return address.sslMode === "prefer" || address.sslMode === "allow";
}

function verification(address: DatabaseAddress): ConnectionOptions {
  if (address.sslMode === "prefer" || address.sslMode === "allow") return { rejectUnauthorized: false };
  if (address.sslRootCert === "system") return { rejectUnauthorized: true, ca: [...rootCertificates] };
  const file = address.sslRootCert ?? join(homedir(), ".postgresql", "root.crt");
  // libpq: `require` verifies like `verify-ca` where there is a root certificate, and not at all where there is none.
  const there = existsSync(/* turbopackIgnore: true */ file);
  if (address.sslMode === "require" && !there) return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, ca: read(file, "sslrootcert") };
}

function clientCertificate(address: DatabaseAddress): ConnectionOptions {
  if (address.sslCert === null || address.sslKey === null) return {};
  return { cert: read(address.sslCert, "sslcert"), key: read(address.sslKey, "sslkey") };
}

function read(file: string, option: string): string {
  try {
    return readFileSync(/* turbopackIgnore: true */ file, "utf8"); // mounted at run time: not for the build
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "can't be read";
    const hint = "Mount the file there, or change the path.";
    throw new SettingError("DATABASE_URL", `names ${file} as ${option}: ${reason}`, hint);
  }
}
