import type { BetterAuthOptions } from "better-auth";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { jwt } from "better-auth/plugins/jwt";

import type { Connections, Database } from "../database/pool";
import { log } from "../log";
import type { AuthSettings } from "../settings";
import { checkedSignUp } from "./account-fields";
import { ACCOUNT_LIMIT, ADDRESS_RULES, Attempts, accountKey } from "./attempts";
import { keyring } from "./keyring";
import { PASSWORD } from "./password";

const DAY_S = 86_400;

/** What decides the tables; all that the migrator needs. */
export function schemaOptions(database: Connections) {
  return {
    database,
    plugins: [
      jwt({
        adapter: keyring,
        disableSettingJwtHeader: true, // the token is for the backend: no answer to a browser carries it
        jwks: { rotationInterval: 90 * DAY_S, gracePeriod: 3600 },
      }),
    ],
    rateLimit: { storage: "database" },
  } satisfies BetterAuthOptions;
}

/** Better Auth's options: sign-up and sign-in with email and password. */
export function authOptions(settings: AuthSettings, database: Database) {
  const attempts = new Attempts(database);
  const schema = schemaOptions(database);
  return {
    ...schema,
    appName: "Todo",
    baseURL: settings.origin,
    secret: settings.secret,
    trustedOrigins: [...settings.trustedOrigins],
    emailAndPassword: { enabled: true, minPasswordLength: PASSWORD.min, maxPasswordLength: PASSWORD.max },
    session: { expiresIn: 7 * DAY_S, updateAge: DAY_S },
    rateLimit: {
      ...schema.rateLimit,
      enabled: true,
      customRules: ADDRESS_RULES,
      customStorage: addressStorage(attempts),
    },
    hooks: accountHooks(attempts),
    advanced: {
      // The scheme people use, not NODE_ENV: a Secure cookie over plain http never comes back.
      useSecureCookies: settings.origin.startsWith("https://"),
      // Said aloud, since Better Auth would switch both checks off where NODE_ENV is `test`.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      database: { validateSchema: false }, // the init container's work; a missing table is said in plain words
    },
    onAPIError: { throw: true }, // what is no answer to the caller is for our own handler
    telemetry: { enabled: false },
    logger: { level: "warn", log: logLine },
  } satisfies BetterAuthOptions;
}

function addressStorage(attempts: Attempts) {
  return {
    consume: async (key: string, rule: { window: number; max: number }) => {
      const { allowed, retryAfterS } = await attempts.count(key, { max: rule.max, windowS: rule.window });
      return { allowed, retryAfter: allowed ? null : retryAfterS };
    },
  };
}

const SIGN_IN = "/sign-in/email";
const SIGN_UP = "/sign-up/email";

/** A new account keeps to its limits. Every try to sign in is counted before it is checked, so that many at once gain nothing. */
function accountHooks(attempts: Attempts) {
  return {
    before: createAuthMiddleware(async (context) => {
      if (context.path === SIGN_UP) return { context: { body: checkedSignUp(context.body) } };
      const key = context.path === SIGN_IN ? keyOf(context.body) : null;
      if (key === null) return;
      const { allowed, retryAfterS } = await attempts.count(key, ACCOUNT_LIMIT);
      if (allowed) return;
      const body = { code: "TOO_MANY_ATTEMPTS", message: "Too many attempts for this account." };
      throw new APIError("TOO_MANY_REQUESTS", body, { "retry-after": String(retryAfterS) });
    }),
    after: createAuthMiddleware(async (context) => {
      const key = context.path === SIGN_IN && context.context.newSession ? keyOf(context.body) : null;
      if (key !== null) await attempts.forget(key);
    }),
  };
}

function keyOf(body: unknown): string | null {
  const email = typeof body === "object" && body !== null && "email" in body ? body.email : null;
  return typeof email === "string" ? accountKey(email) : null;
}

const TYPING = /^(User not found|Invalid password|Password not found|Invalid email)/;
const FOREIGN_HINT = "Where people open the app at this address, add it to TRUSTED_ORIGINS.";
const THROWN = "INTERNAL_SERVER_ERROR"; // comes with an error that is thrown as well: our own handler logs its reason

/** Better Auth's own lines in our shape. People's typing errors are no warnings. */
function logLine(level: "debug" | "info" | "warn" | "error", message: string, ...rest: unknown[]): void {
  if (message === THROWN) return;
  const error = rest.find((one) => one instanceof Error);
  const ours = level === "warn" ? "warning" : level === "debug" ? "info" : level;
  const hint = message.startsWith("Invalid origin") ? { hint: FOREIGN_HINT } : {};
  log(TYPING.test(message) ? "info" : ours, "sign-in", { message, ...(error && { reason: error.message }), ...hint });
}
