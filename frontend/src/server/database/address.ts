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

const CONNECT_TIMEOUT_MS = 5_000;
const FORM = "It looks like postgresql://user:password@host:5432/name?sslmode=require";

/**
 * What the backend takes too: tests/data/database_urls.json is tried on both. Not URL's own reading, which finds a
 * host and a port in a password that has a `/`.
 */
const ADDRESS = new RegExp(
  "^postgres(?:ql(?:\\+psycopg)?)?://" + // `postgresql+psycopg://` is how the backend's driver is named
    "(?:(?<user>[^:/?@]*)(?::(?<password>[^/?@]*))?@)?" +
    "(?:\\[(?<ipv6>[^/?@\\]]+)\\]|(?<name>[^/:?@[\\]]*))(?::(?<port>[0-9]*))?" +
    "(?:/(?<database>[^?@]*))?(?:\\?(?<options>.*))?$",
);
/** An @ after a `/` or a `?`, where a password may have begun before: nobody can say where it ends. */
const UNCLEAR = /^[^:]+:\/\/[^:/@]*(:[^@]*[/?][^@]*|\?[^:/@]*(:[^@]*)?)@/;

/** Every option of libpq but `options`, which poolers refuse and node-pg does not read from here. */
const OPTIONS = new Set(
  `application_name channel_binding client_encoding connect_timeout dbname fallback_application_name gssdelegation
  gssencmode gsslib host hostaddr keepalives keepalives_count keepalives_idle keepalives_interval krbsrvname
  load_balance_hosts max_protocol_version min_protocol_version oauth_client_id oauth_client_secret oauth_issuer
  oauth_scope passfile password port replication require_auth requirepeer scram_client_key scram_server_key service
  ssl_max_protocol_version ssl_min_protocol_version sslcert sslcertmode sslcompression sslcrl sslcrldir sslkey
  sslkeylogfile sslmode sslnegotiation sslpassword sslrootcert sslsni target_session_attrs tcp_user_timeout
  user`.split(/\s+/),
);

/**
 * Reads a connection URI. Throws SettingError without the value in it.
 * Rules: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const parts = partsOf(text);
  const options = optionsOf(parts.options ?? "");
  const option = (name: string) => options.get(name) ?? null;
  const sslRootCert = option("sslrootcert");
  return {
    host: oneHost(option("host") ?? decoded(parts.ipv6 ?? parts.name)),
    port: onePort(option("port") ?? (parts.port || "5432")),
    user: option("user") ?? decoded(parts.user),
    password: option("password") ?? decoded(parts.password),
    database: option("dbname") ?? decoded(parts.database),
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

function unusable(reason: string, hint = FORM): SettingError {
  return new SettingError("DATABASE_URL", reason, hint);
}

function partsOf(text: string): Partial<Record<string, string>> {
  if (!/^postgres(ql(\+psycopg)?)?:\/\//.test(text)) throw unusable("does not begin with postgresql://");
  const parts = /[#\\]/.test(text) || UNCLEAR.test(text) ? undefined : ADDRESS.exec(text)?.groups;
  if (parts === undefined) {
    throw unusable("is not an address; @ / ? # \\ in a password are written %40 %2F %3F %23 %5C");
  }
  if (!parts.database) throw unusable("names no database after the host");
  return parts;
}

/** An option without a value is not there. */
function optionsOf(text: string): ReadonlyMap<string, string> {
  const given = [...new URLSearchParams(text)].filter(([, value]) => value !== "");
  const options = new Map(given);
  if (options.size < given.length) throw unusable("has an option twice");
  const strange = given.find(([name]) => !OPTIONS.has(name));
  if (strange === undefined) return options;
  throw unusable(`has an option that is not taken: ${strange[0]}`, "Those of libpq are, but for `options`.");
}

function oneHost(host: string): string {
  if (host === "") throw unusable("names no host");
  if (host.includes(",")) throw unusable("names several hosts", "Name one: the database's Service, or a proxy.");
  return host;
}

function onePort(port: string): number {
  const value = Number(port);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw unusable("has a port that is none");
  return value;
}

/** Percent-encoding undone; what is none stays as it is, as at the backend. */
function decoded(text = ""): string {
  return text.replace(/(%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
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
