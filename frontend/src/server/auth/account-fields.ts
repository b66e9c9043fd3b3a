import { APIError } from "better-auth/api";

import { EMAIL, NAME } from "./account-limits";

/**
 * The body of a sign-up, its name without blanks around it. Throws an APIError where name or email is too long
 * or there is no name; all else is Better Auth's to check.
 */
export function checkedSignUp(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  const { name, email } = body as { name?: unknown; email?: unknown };
  if (typeof email === "string" && email.length > EMAIL.max) throw tooLong("EMAIL", "An email address", EMAIL.max);
  if (typeof name !== "string") return body;
  const trimmed = name.trim();
  if (trimmed === "") throw refusal("NAME_MISSING", "A name is needed.");
  if (trimmed.length > NAME.max) throw tooLong("NAME", "A name", NAME.max);
  return { ...body, name: trimmed };
}

/** A name for a token: one of an older account may be longer than headers can carry. */
export function shortName(name: string): string {
  return Array.from(name.slice(0, 2 * NAME.max)).slice(0, NAME.max).join("");
}

function tooLong(field: "NAME" | "EMAIL", what: string, max: number): APIError {
  return refusal(`${field}_TOO_LONG`, `${what} has at most ${max} characters.`);
}

function refusal(code: string, message: string): APIError {
  return new APIError("BAD_REQUEST", { code, message });
}
