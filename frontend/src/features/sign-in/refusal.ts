import { EMAIL, NAME } from "@/server/auth/account-limits";
import { PASSWORD } from "@/server/auth/password";

export type FieldName = "name" | "email" | "password";

/** Why signing in or up did not work, in plain words, and the field it is about (null: none of them). */
export interface Refusal {
  readonly field: FieldName | null;
  readonly message: string;
}

const TOO_SHORT = `Use at least ${PASSWORD.min} characters.`;
const TOO_LONG = atMost(PASSWORD.max);
const NO_NAME = "Tell us what to call you.";
const NO_EMAIL = "That does not look like an email address.";
const TAKEN = "There is an account with this email already. Sign in instead.";
const OTHER = "That did not work, and it is not your fault. Try again in a moment.";

/** Better Auth's error codes. */
const BY_CODE: Readonly<Record<string, Refusal>> = {
  INVALID_EMAIL_OR_PASSWORD: { field: null, message: "Email and password don’t match. Check both and try again." },
  USER_ALREADY_EXISTS: { field: "email", message: TAKEN },
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: { field: "email", message: TAKEN },
  INVALID_EMAIL: { field: "email", message: NO_EMAIL },
  EMAIL_TOO_LONG: { field: "email", message: atMost(EMAIL.max) },
  NAME_MISSING: { field: "name", message: NO_NAME },
  NAME_TOO_LONG: { field: "name", message: atMost(NAME.max) },
  PASSWORD_TOO_SHORT: { field: "password", message: TOO_SHORT },
  PASSWORD_TOO_LONG: { field: "password", message: TOO_LONG },
  INVALID_ORIGIN: {
    field: null,
    message:
      "This page was opened at an address the app does not know. Whoever runs it has to add that address to TRUSTED_ORIGINS.",
  },
};

/** What the form says of an answer that is not 2xx. */
export async function refusalOf(answer: Response): Promise<Refusal> {
  const body = await jsonOf(answer);
  if (answer.status === 429) return { field: null, message: waitMessage(answer) };
  const known = typeof body.code === "string" ? BY_CODE[body.code] : undefined;
  if (known !== undefined) return known;
  const ours = typeof body.error === "string" && typeof body.message === "string" ? body.message : OTHER;
  return { field: null, message: ours };
}

export const UNREACHABLE: Refusal = {
  field: null,
  message: "The server can’t be reached. Check your connection and try again.",
};

export type Values = Readonly<Record<FieldName, string>>;
export type Refusals = Readonly<Partial<Record<FieldName, string>>>;

/** What can be said of the fields before asking the server. `newAccount`: all rules; else only what is empty. */
export function checkValues(values: Values, newAccount: boolean): Refusals {
  const { name, email, password } = values;
  return {
    ...(newAccount && name.trim() === "" && { name: NO_NAME }),
    ...(newAccount && name.trim().length > NAME.max && { name: atMost(NAME.max) }),
    ...(!/^\S+@\S+\.\S+$/.test(email.trim()) && { email: email.trim() === "" ? "Enter your email address." : NO_EMAIL }),
    ...(newAccount && email.trim().length > EMAIL.max && { email: atMost(EMAIL.max) }),
    ...(password === "" && { password: newAccount ? "Choose a password." : "Enter your password." }),
    ...(newAccount && password !== "" && password.length < PASSWORD.min && { password: TOO_SHORT }),
    ...(newAccount && password.length > PASSWORD.max && { password: TOO_LONG }),
  };
}

function atMost(characters: number): string {
  return `Use at most ${characters} characters.`;
}

function waitMessage(answer: Response): string {
  const seconds = Number(answer.headers.get("retry-after"));
  const when = seconds > 90 ? `in ${Math.ceil(seconds / 60)} minutes` : "in a minute";
  return `Too many tries. Try again ${when}.`;
}

async function jsonOf(answer: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await answer.json();
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
