import { demoUserId } from "./settings";

export interface User {
  id: string;
  /** True until sign-in arrives: everybody shares this one user. */
  demo: boolean;
}

/**
 * Who is asking, or null for a stranger.
 *
 * TEMPORARY: there is no sign-in yet, everybody is the demo user. Sign-in replaces this body by a look at
 * the session of `request`; the callers stay as they are.
 */
export function currentUser(_request: Request): Promise<User | null> {
  return Promise.resolve({ id: demoUserId(), demo: true });
}
