import { headers } from "next/headers";
import { redirect } from "next/navigation";

import { signIn } from "./auth/instance";
import { hostOf } from "./database/address";
import { databaseFault } from "./database/faults";
import { log } from "./log";
import { requestId } from "./request-id";
import { SettingError } from "./settings";

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

export interface Session {
  readonly id: string;
  readonly user: User;
  /** `Set-Cookie` lines that renew the session's cookie; for the answer to the browser. */
  readonly cookies: readonly string[];
}

/**
 * The session whose cookie the request carries, or null for a stranger. Asked of the database every time, so
 * that signing out ends a session everywhere at once.
 *
 * Throws where sign-in is not set up or its database is away: see `logSignInFault`.
 */
export async function currentSession(requestHeaders: Headers, renew = true): Promise<Session | null> {
  if (!/session_token=/.test(requestHeaders.get("cookie") ?? "")) return null;
  const query = renew ? {} : { disableRefresh: true };
  const answer = await signIn().auth.api.getSession({ headers: requestHeaders, query, returnHeaders: true });
  if (answer.response === null) return null;
  const { session, user } = answer.response;
  const cookies = answer.headers.getSetCookie();
  return { id: session.id, user: { id: user.id, email: user.email, name: user.name }, cookies };
}

/** Who is asking, or null for a stranger. For pages: they can't set cookies, so the session is not renewed. */
export async function currentUser(requestHeaders: Headers): Promise<User | null> {
  return (await currentSession(requestHeaders, false))?.user ?? null;
}

/** The user a page is for; a stranger is sent to /sign-in, and so is everybody while sign-in is away. */
export async function requireUser(): Promise<User> {
  const user = await userOrFault();
  if (user === null || user === "away") redirect("/sign-in");
  return user;
}

/** Like `currentUser`, for a page that goes on without: `away` where sign-in can't answer. */
export async function userOrFault(): Promise<User | null | "away"> {
  const requestHeaders = await headers();
  try {
    return await currentUser(requestHeaders);
  } catch (error) {
    if (!logSignInFault(error, requestId({ headers: requestHeaders }))) throw error;
    return "away";
  }
}

/** Logs why sign-in can't answer. False where the error has nothing to do with settings or database. */
export function logSignInFault(error: unknown, id: string): boolean {
  const fields = faultFields(error);
  if (fields !== null) log("error", "sign-in unavailable", { ...fields, request_id: id });
  return fields !== null;
}

function faultFields(error: unknown): Record<string, string> | null {
  if (error instanceof SettingError) return { variable: error.variable, reason: error.reason, hint: error.hint };
  const fault = databaseFault(error);
  if (fault === null) return null;
  return { variable: "DATABASE_URL", host: hostOf(signIn().database.address), reason: fault.reason, hint: fault.hint };
}
