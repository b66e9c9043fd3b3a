/** A request's place at the backend, and how long its headers may take. */
export interface BackendRoute {
  readonly path: string;
  readonly timeoutMs: number;
}

/** How long the headers may take: of an answer that isn't streamed they come after the agent's whole run. */
export interface Waits {
  readonly backendMs: number;
  readonly chatMs: number;
}

/** Room for a ChatKit request that waits for the model before its first event. */
const CHATKIT_MS = 60_000;

const OF_USER = new Set(["tasks", "chat", "conversations"]);
const SHARED = new Map([["chatkit", "/chatkit"], ["model", "/api/model"]]);

/**
 * `tasks/3` of the user `u1` is `/api/u1/tasks/3` at the backend; `chatkit` and `model` belong to no user.
 *
 * The segments come decoded from the router. Null where one of them could climb out of the user's own part
 * of the API (the user id is set here, so a path must never be able to replace it), and for everything else
 * that the pages don't use.
 */
export function backendRoute(userId: string, segments: readonly string[], waits: Waits): BackendRoute | null {
  const unsafe = (segment: string) => segment === "" || segment === "." || segment === ".." || /[/\\]/.test(segment);
  const first = segments[0];
  if (first === undefined || segments.some(unsafe)) return null;
  if (OF_USER.has(first)) {
    const path = `/api/${[userId, ...segments].map(encodeURIComponent).join("/")}`;
    return { path, timeoutMs: first === "chat" ? waits.chatMs : waits.backendMs };
  }
  const path = segments.length === 1 ? SHARED.get(first) : undefined;
  if (path === undefined) return null;
  return { path, timeoutMs: first === "chatkit" ? Math.max(CHATKIT_MS, waits.backendMs) : waits.backendMs };
}
