import { replacePage } from "./navigation";
import { post } from "./requests";

/** Ends the session and shows /sign-in. Throws an Error with plain words where that did not work. */
export async function signOut(): Promise<void> {
  const refusal = await post("sign-out", {});
  if (refusal !== null) throw new Error(refusal.message);
  replacePage("/sign-in");
}
