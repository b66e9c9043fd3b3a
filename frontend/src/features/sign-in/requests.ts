import { type Refusal, UNREACHABLE, type Values, refusalOf } from "./refusal";

/** Signs in; the session comes as a cookie. Null where it worked. */
export function signIn({ email, password }: Values): Promise<Refusal | null> {
  return post("sign-in/email", { email: email.trim(), password });
}

/** Makes an account and signs in. Null where it worked. */
export function signUp({ name, email, password }: Values): Promise<Refusal | null> {
  return post("sign-up/email", { name: name.trim(), email: email.trim(), password });
}

export async function post(path: string, body: Record<string, string>): Promise<Refusal | null> {
  const headers = { "content-type": "application/json" };
  try {
    const answer = await fetch(`/api/auth/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return answer.ok ? null : await refusalOf(answer);
  } catch {
    return UNREACHABLE;
  }
}
