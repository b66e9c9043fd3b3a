import { SettingError } from "../settings";

export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** What DATABASE_URL says, as libpq reads it. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslMode: SslMode;
  /** File with the certificate authorities, `system`, or null. */
  readonly sslRootCert: string | null;
  readonly sslCert: string | null;
  readonly sslKey: string | null;
  /** TLS without the SSLRequest round trip (`sslnegotiation=direct`). */
  readonly directTls: boolean;
  /** SCRAM bound to the TLS channel (`channel_binding=require`). */
  readonly channelBinding: boolean;
  readonly connectTimeoutMs: number;
}

const SCHEME = /^postgres(ql)?(\+[a-z0-9]+)?:\/\//; // `postgresql+psycopg://` is how the backend's driver is named
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Reads a connection URI. Throws SettingError without the value in it.
 * Rules: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const url = parsed(text);
  const option = (name: string) => url.searchParams.get(name) || null;
  const user = option("user") ?? decodeURIComponent(url.username);
  const sslRootCert = option("sslrootcert");
  return {
    host: option("host") ?? (decodeURIComponent(url.hostname).replace(/^\[|\]$/g, "") || "localhost"),
    port: Number(option("port") ?? (url.port || 5432)),
    user,
    password: option("password") ?? decodeURIComponent(url.password),
    database: option("dbname") ?? (decodeURIComponent(url.pathname.slice(1)) || user),
    sslMode: sslMode(option("sslmode"), sslRootCert),
    sslRootCert,
    sslCert: option("sslcert"),
    sslKey: option("sslkey"),
    directTls: option("sslnegotiation") === "direct",
    channelBinding: option("channel_binding") === "require",
    connectTimeoutMs: connectTimeoutMs(option("connect_timeout")),
  };
}

/** `host:port`, for log lines. */
export function hostOf(address: DatabaseAddress): string {
  return `${address.host}:${address.port}`;
}

function parsed(text: string): URL {
  const unusable = (reason: string) =>
    new SettingError("DATABASE_URL", reason, "It looks like postgresql://user:password@host:5432/name?sslmode=require");
  if (!SCHEME.test(text)) throw unusable("does not begin with postgresql://");
  // As http, since URL cuts only the addresses of schemes it knows into host and path.
  const plain = text.replace(SCHEME, "http://").replace(/^(http:\/\/(?:[^/?#@]*@)?)(?=[/?#]|$)/, "$1localhost");
  if (!URL.canParse(plain)) throw unusable("is not an address; @ / # in a password are written %40 %2F %23");
  return new URL(plain);
}

function sslMode(given: string | null, rootCert: string | null): SslMode {
  const mode = SSL_MODES.find((name) => name === given);
  if (given !== null && mode === undefined) {
    throw new SettingError("DATABASE_URL", "has an unknown sslmode", `Use one of ${SSL_MODES.join(", ")}.`);
  }
  if (rootCert !== "system") return mode ?? "prefer";
  if (mode === undefined || mode === "verify-full") return "verify-full";
  const reason = `has sslrootcert=system with sslmode=${mode}`;
  throw new SettingError("DATABASE_URL", reason, "Use sslmode=verify-full with it.");
}

/** Seconds in the URI; 0 and below mean "for ever" to libpq, and our own limit here. */
function connectTimeoutMs(seconds: string | null): number {
  const value = Number(seconds) * 1000;
  return value > 0 ? value : CONNECT_TIMEOUT_MS;
}
