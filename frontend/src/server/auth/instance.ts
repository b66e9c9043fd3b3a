import { betterAuth } from "better-auth";

import { Database } from "../database/pool";
import { type AuthSettings, authSettings } from "../settings";
import { authOptions } from "./options";
import { Tokens } from "./tokens";

/** Sign-in with these settings; connects to nothing yet. */
export function makeSignIn(settings: AuthSettings) {
  const database = new Database(settings.databaseUrl, settings.poolSize);
  const auth = betterAuth(authOptions(settings, database));
  const tokens = new Tokens(settings, (payload) => auth.api.signJWT({ body: { payload } }));
  return { settings, database, auth, tokens };
}

/** Sign-in as the environment sets it up. */
export type SignIn = ReturnType<typeof makeSignIn>;

let current: { key: string; signIn: SignIn } | undefined;

/**
 * Made at the first call, not at start: the app starts and answers its probes whatever the settings are.
 * Throws SettingError where they are missing or unusable.
 */
export function signIn(): SignIn {
  const settings = authSettings();
  const key = JSON.stringify(settings);
  if (current?.key !== key) current = { key, signIn: makeSignIn(settings) };
  return current.signIn;
}
