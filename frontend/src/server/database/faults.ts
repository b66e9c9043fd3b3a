/** What went wrong with the database: its reason in a few words, what to do, and whether waiting can help. */
export interface DatabaseFault {
  readonly reason: string;
  readonly hint: string;
  readonly lasting: boolean;
}

const AWAY = "Is it running, and is the host in DATABASE_URL right?";
const TABLES = "Run migrate.mjs, which the init container of the pod does.";

const passing = (reason: string, hint = AWAY): DatabaseFault => ({ reason, hint, lasting: false });
const lasting = (reason: string, hint: string): DatabaseFault => ({ reason, hint, lasting: true });

/** Node's codes and Postgres': https://www.postgresql.org/docs/current/errcodes-appendix.html */
const FAULTS: Readonly<Record<string, DatabaseFault>> = {
  ECONNREFUSED: passing("connection refused"),
  ECONNRESET: passing("connection reset"),
  EPIPE: passing("connection lost"),
  ENOTFOUND: passing("no such host"),
  EAI_AGAIN: passing("the name server did not answer"),
  EHOSTUNREACH: passing("host not reachable"),
  ENETUNREACH: passing("network not reachable"),
  ETIMEDOUT: passing("no answer in time"),
  "57P01": passing("the database was stopped", "It comes back by itself after a restart."),
  "57P02": passing("the database crashed", "Look at its log."),
  "57P03": passing("the database is starting", "Wait a moment."),
  "53300": passing("too many connections", "Lower DATABASE_POOL_SIZE or raise max_connections."),
  "28P01": lasting("wrong user or password", "Compare DATABASE_URL with the database's Secret."),
  "28000": lasting("the database refuses this user, or asks for TLS", "Check user and sslmode in DATABASE_URL."),
  "3D000": lasting("no such database", "Check the name in DATABASE_URL."),
  "42501": lasting("not allowed", "The user in DATABASE_URL has to own the tables."),
  "42P01": lasting("a table is missing", TABLES),
  "42703": lasting("a column is missing", TABLES),
};

/** node-pg has no codes for these. */
const MESSAGES: readonly (readonly [RegExp, DatabaseFault])[] = [
  [/timeout exceeded|connection timeout|timeout expired|read timeout/i, passing("no answer in time")],
  [/Connection terminated|Client has encountered a connection error/i, passing("connection lost")],
  [/does not support SSL/, lasting("the server has no TLS", "Turn TLS on there, or set sslmode=disable.")],
  [/channel binding|SASL|SCRAM/i, lasting("the database's sign-in failed", "Check password and channel_binding in DATABASE_URL.")],
];

const CERTIFICATE = /CERT|SELF_SIGNED|ALTNAME|^ERR_(SSL|TLS)|UNABLE_TO_/;

/** What an error says about the database, or null where it has nothing to do with it. Looks through `cause`. */
export function databaseFault(error: unknown): DatabaseFault | null {
  for (let at = error; at instanceof Error; at = inner(at)) {
    const { message } = at;
    const code = "code" in at ? String(at.code) : "";
    const known = FAULTS[code] ?? MESSAGES.find(([pattern]) => pattern.test(message))?.[1];
    if (known !== undefined) return known;
    if (CERTIFICATE.test(code)) {
      return lasting(`its certificate was not accepted (${code})`, "Check sslmode and sslrootcert in DATABASE_URL.");
    }
    if ("severity" in at) return lasting(`${code} ${message}`, "Look at the database's log.");
  }
  return null;
}

/** Node tries every address of a name and reports all the failures as one AggregateError. */
function inner(error: Error): unknown {
  return error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
}
