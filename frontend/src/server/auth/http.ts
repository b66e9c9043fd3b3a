import { BodyTooLargeError, announcesTooMuch, limitedBody } from "../body-limit";
import { log } from "../log";
import { problemResponse, refuse } from "../problems";
import { requestId } from "../request-id";
import { currentSession, logSignInFault } from "../session";
import { signIn } from "./instance";

const BASE = "/api/auth";
/** What Better Auth serves to the outside. The rest of it (mail, accounts elsewhere, changing a user) is not set up. */
const OPEN = new Set(["/sign-up/email", "/sign-in/email", "/sign-out", "/jwks", "/ok"]);

/** Everything below /api/auth. 503 with words where sign-in is not set up or its database is away. */
export async function authRequest(request: Request): Promise<Response> {
  const id = requestId(request);
  const path = new URL(request.url).pathname.slice(BASE.length);
  try {
    return await answer(request, path, id);
  } catch (error) {
    if (error instanceof BodyTooLargeError) return refuse("too_large", request, id);
    if (logSignInFault(error, id)) return problemResponse("sign_in_unavailable", id);
    const [message, stack] = error instanceof Error ? [error.message, error.stack] : [String(error)];
    log("error", "sign-in broke", { path, message, stack, request_id: id });
    return problemResponse("internal_error", id);
  }
}

async function answer(request: Request, path: string, id: string): Promise<Response> {
  if (path === "/token" && request.method === "GET") return tokenFor(request, id);
  if (path === "/get-session" && request.method === "GET") return sessionOf(request, id);
  if (!isOpen(path)) return refuse("not_found", request, id);
  if (announcesTooMuch(request)) return refuse("too_large", request, id);
  return finished(await signIn().auth.handler(limited(request)), id);
}

/** With HS256 there is no public key to show. */
function isOpen(path: string): boolean {
  return OPEN.has(path) && !(path === "/jwks" && signIn().settings.algorithm === "HS256");
}

/** As Better Auth answers it; asked for here, since its own answer to a database that is away is a bare 500. */
async function sessionOf(request: Request, id: string): Promise<Response> {
  const { response, headers } = await signIn().auth.api.getSession({ headers: request.headers, returnHeaders: true });
  return finished(Response.json(response, { headers }), id);
}

/**
 * The backend's token, for programs that speak to it directly. Not for scripts in a page: browsers mark their
 * requests with Sec-Fetch-Site (on https and localhost), which no script can leave out.
 */
async function tokenFor(request: Request, id: string): Promise<Response> {
  if (request.headers.has("sec-fetch-site")) return refuse("programs_only", request, id);
  const session = await currentSession(request.headers);
  if (session === null) return refuse("sign_in_required", request, id);
  const token = await signIn().tokens.of(session.id, session.user);
  return Response.json({ token }, { headers: { "cache-control": "no-store", "x-request-id": id } });
}

function limited(request: Request): Request {
  const body = limitedBody(request.body);
  return body === null ? request : new Request(request, { body, duplex: "half" } as RequestInit);
}

/** Better Auth's answer with the headers that all of ours have. */
function finished(given: Response, id: string): Response {
  const headers = new Headers(given.headers);
  headers.set("x-request-id", id);
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  const wait = headers.get("x-retry-after");
  if (wait !== null) headers.set("retry-after", wait);
  return new Response(given.body, { status: given.status, headers });
}
