export const REQUEST_ID = "x-request-id";
const SAFE_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's request id where it is safe to log and send on, else a new one. */
export function requestId(request: Pick<Request, "headers">): string {
  const given = request.headers.get(REQUEST_ID) ?? "";
  return SAFE_ID.test(given) ? given : crypto.randomUUID();
}
