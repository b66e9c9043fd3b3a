/**
 * `tasks/3` of the user `demo` is `/api/demo/tasks/3` at the backend.
 *
 * The segments come decoded from the router. Null where one of them could climb out of the user's own part
 * of the API: the user id is set here, so a path must never be able to replace it.
 */
export function backendPath(userId: string, segments: readonly string[]): string | null {
  const unsafe = (segment: string) => segment === "" || segment === "." || segment === ".." || /[/\\]/.test(segment);
  if (segments.length === 0 || segments.some(unsafe)) return null;
  return `/api/${[userId, ...segments].map(encodeURIComponent).join("/")}`;
}
