/**
 * Settings of the server side, read from the environment at every call.
 *
 * Next writes `process.env.NEXT_PUBLIC_…` into the bundle at build time. Going through a name keeps the
 * lookup at run time, so that one image serves every environment.
 */
function setting(name: string): string {
  return process.env[name]?.trim() ?? "";
}

/** A variable is missing or can't be used. Carries its name and what to do, never its value. */
export class SettingError extends Error {
  constructor(
    readonly variable: string,
    readonly reason: string,
    readonly hint: string,
  ) {
    super(`${variable}: ${reason}`);
    this.name = "SettingError";
  }
}

function required(name: string, hint: string): string {
  const value = setting(name);
  if (value === "") throw new SettingError(name, "is not set", hint);
  return value;
}

function httpUrl(name: string): URL | null {
  const value = setting(name);
  const url = URL.canParse(value) ? new URL(value) : null;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : null;
}

function count(name: string, otherwise: number): number {
  const value = Number(setting(name));
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}

/** Address of the backend inside the cluster (BACKEND_URL), or null where none, or no usable one, is set. */
export function backendUrl(): URL | null {
  return httpUrl("BACKEND_URL");
}

/** Address under which a person reaches the backend (NEXT_PUBLIC_BACKEND_URL); only shown. Null where unset. */
export function publicBackendUrl(): string | null {
  const value = setting("NEXT_PUBLIC_BACKEND_URL");
  return /^https?:\/\//.test(value) ? value.replace(/\/+$/, "") : null;
}

/** Milliseconds until the backend's response headers must have arrived (BACKEND_TIMEOUT_MS). */
export function backendTimeoutMs(): number {
  return count("BACKEND_TIMEOUT_MS", 15_000);
}

/** Milliseconds for a chat that isn't streamed (CHAT_TIMEOUT_MS); more than the backend's RUN_TIMEOUT_S. */
export function chatTimeoutMs(): number {
  return count("CHAT_TIMEOUT_MS", 130_000);
}

/** CHATKIT_WIDGET=true: OpenAI's ChatKit web component, loaded from its CDN, instead of our own chat. */
export function chatkitWidget(): boolean {
  return setting("CHATKIT_WIDGET").toLowerCase() === "true";
}

/** The database's address (DATABASE_URL). Throws SettingError where it is missing. */
export function databaseUrl(): string {
  return required("DATABASE_URL", "Give the Secret the key database-url: postgresql://user:password@host:5432/name");
}

/** Connections that one pod may hold (DATABASE_POOL_SIZE). */
export function databasePoolSize(): number {
  return count("DATABASE_POOL_SIZE", 5);
}

/** Seconds that migrate.mjs waits for a database that does not answer (MIGRATE_WAIT_S). */
export function migrateWaitS(): number {
  return count("MIGRATE_WAIT_S", 30);
}

/** Seconds that migrate.mjs waits for another migrator (MIGRATE_LOCK_TIMEOUT_S). */
export function migrateLockTimeoutS(): number {
  return count("MIGRATE_LOCK_TIMEOUT_S", 120);
}

export type TokenAlgorithm = "EdDSA" | "HS256";

export interface AuthSettings {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly secret: string;
  /** Public origin, without a path; issuer and audience of the tokens. */
  readonly origin: string;
  /** Further origins the app may be opened at, with Better Auth's wildcards. */
  readonly trustedOrigins: readonly string[];
  readonly algorithm: TokenAlgorithm;
}

/** Everything sign-in needs. Throws SettingError for the first variable that is missing or unusable. */
export function authSettings(): AuthSettings {
  const algorithm = tokenAlgorithm();
  return {
    databaseUrl: databaseUrl(),
    poolSize: databasePoolSize(),
    secret: authSecret(algorithm),
    origin: publicOrigin(),
    trustedOrigins: trustedOrigins(),
    algorithm,
  };
}

/** Every variable that is missing or unusable, for the log at start. Empty: sign-in and backend are set up. */
export function settingProblems(): SettingError[] {
  const checks = [databaseUrl, publicOrigin, trustedOrigins, tokenAlgorithm, () => authSecret("EdDSA"), requiredBackendUrl];
  return checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      if (error instanceof SettingError) return [error];
      throw error;
    }
  });
}

function requiredBackendUrl(): void {
  const hint = "Set it to the backend inside the cluster: http://backend:8000";
  required("BACKEND_URL", hint);
  if (backendUrl() === null) throw new SettingError("BACKEND_URL", "is not an http or https address", hint);
}

function tokenAlgorithm(): TokenAlgorithm {
  const value = setting("AUTH_JWT_ALGORITHM") || "EdDSA";
  if (value === "EdDSA" || value === "HS256") return value;
  throw new SettingError("AUTH_JWT_ALGORITHM", "is neither EdDSA nor HS256", "Leave it out for EdDSA.");
}

/** RFC 7518, section 3.2: a key of HS256 has at least 256 bits. */
const HS256_SECRET_CHARACTERS = 32;

function authSecret(algorithm: TokenAlgorithm): string {
  const secret = required("BETTER_AUTH_SECRET", "Give the Secret the key auth-secret: openssl rand -base64 32");
  if (algorithm === "HS256" && secret.length < HS256_SECRET_CHARACTERS) {
    const hint = "Use 32 characters or more: openssl rand -base64 32";
    throw new SettingError("BETTER_AUTH_SECRET", "is too short for HS256", hint);
  }
  return secret;
}

/** Not all that URL takes: an address that URL would write otherwise is another one to the backend. */
const ORIGIN = /^https?:\/\/(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:\d*)?\/?$/i;

/** As the backend reads it: tests/data/public_addresses.json is tried on both. */
function publicOrigin(): string {
  const hint = "Set it to the address people open, without a path, for example http://localhost:30000";
  const value = required("BETTER_AUTH_URL", hint);
  const url = httpUrl("BETTER_AUTH_URL");
  if (url !== null && url.pathname !== "/") throw new SettingError("BETTER_AUTH_URL", "has a path", hint);
  const host = ORIGIN.exec(value)?.[1]?.toLowerCase();
  if (url === null || host === undefined || (!host.startsWith("[") && host !== url.hostname)) {
    throw new SettingError("BETTER_AUTH_URL", "is not an http or https address", hint);
  }
  return url.origin;
}

/**
 * The port may be `*`. A host may begin with `*.` above a domain: Better Auth's own patterns take `*` anywhere,
 * and with http://* or https://192.168.* a page of anybody's would pass.
 */
const TRUSTED = /^https?:\/\/(\[[0-9a-f:]+\]|\*\.(localhost|[a-z0-9_-]+(\.[a-z0-9_-]+)+)|[a-z0-9_-]+(\.[a-z0-9_-]+)*)(:(\d+|\*))?$/i;

/** As the delivery reads them: tests/trusted_origins.json is tried on both. */
function trustedOrigins(): string[] {
  const origins = setting("TRUSTED_ORIGINS").split(",").map((text) => text.trim()).filter(Boolean);
  if (origins.every((origin) => TRUSTED.test(origin))) return origins;
  const hint = "Write origins with commas between: https://todo.example.org, https://*.example.org, http://localhost:*";
  throw new SettingError("TRUSTED_ORIGINS", "holds what is no origin, or a wildcard without a domain", hint);
}
