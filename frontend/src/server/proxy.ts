import type { BackendRoute } from "./backend-path";
import { BodyTooLargeError, limitedBody } from "./body-limit";
import { log } from "./log";
import { problemResponse, refuse } from "./problems";
import { REQUEST_ID } from "./request-id";
import { backendUrl } from "./settings";

/** Nothing else of a browser's request reaches the backend: no cookie, no forged identity. */
const REQUEST_HEADERS = ["accept", "accept-language", "content-type", "last-event-id"];
/** Nothing else of the backend's answer reaches the browser. */
const RESPONSE_HEADERS = ["cache-control", "content-disposition", "content-type", "retry-after"];

/** Who sends the request on, and where to. `cookies` renew the session and go with the answer. */
export interface Passage {
  readonly route: BackendRoute;
  readonly token: string;
  /** A new token in place of `token`, which the backend refused. */
  readonly freshToken: () => Promise<string>;
  readonly requestId: string;
  readonly cookies: readonly string[];
}

/**
 * Sends the request on to the backend with the user's token and streams both bodies. A browser that hangs up
 * ends the call to the backend.
 *
 * A token that the backend refuses is replaced once, since the keys may have changed. 401 never goes to the
 * browser: there it means that nobody is signed in, and whoever comes here is.
 *
 * Where the backend is away the answer is JSON with plain words: 503 not configured, 502 not reachable or token
 * refused, 504 no answer in time.
 */
export async function forward(request: Request, passage: Passage): Promise<Response> {
  const base = backendUrl();
  if (base === null) {
    log("error", "backend not configured", { variable: "BACKEND_URL", request_id: passage.requestId });
    return problemResponse("backend_not_configured", passage.requestId);
  }
  const target = new URL(passage.route.path + new URL(request.url).search, base);
  // What was sent is kept for the second try; limitedBody says how much that is at most.
  const [body, again] = limitedBody(request.body)?.tee() ?? [null, null];
  const answer = await send(request, target, passage, body);
  if (answer.status !== 401) {
    void again?.cancel().catch(() => undefined); // an error of it is the first one's too
    return answer;
  }
  void answer.body?.cancel().catch(() => undefined);
  const second = await send(request, target, { ...passage, token: await passage.freshToken() }, again);
  return second.status === 401 ? tokenRefused(second, target, passage.requestId) : second;
}

async function send(request: Request, target: URL, passage: Passage, body: Body): Promise<Response> {
  const { requestId, route } = passage;
  const deadline = new Deadline(request.signal, route.timeoutMs);
  try {
    const answer = await fetch(target, outgoing(request, passage, body, deadline.signal));
    return incoming(answer, passage);
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    if (causeOf(error) instanceof BodyTooLargeError) return refuse("too_large", request, requestId);
    const problem = deadline.passed ? "backend_timeout" : "backend_unreachable";
    const fields = { problem, host: target.host, path: route.path, reason: reason(error), request_id: requestId };
    log("error", "backend away", fields);
    return problemResponse(problem, requestId);
  } finally {
    deadline.clear();
  }
}

/** Everybody is shut out until somebody looks at the settings, so the log line says at which. */
function tokenRefused(answer: Response, target: URL, requestId: string): Response {
  void answer.body?.cancel().catch(() => undefined);
  const hint =
    "BETTER_AUTH_URL and AUTH_JWT_ALGORITHM must be the same at frontend and backend, with HS256 " +
    "BETTER_AUTH_SECRET too; their clocks must agree. The backend's log says why under the same request_id.";
  log("error", "backend refuses the token", { host: target.host, path: target.pathname, hint, request_id: requestId });
  return problemResponse("token_refused", requestId);
}

/** Ends the wait for the response's headers; a body that is already streaming is not cut. */
class Deadline {
  passed = false;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor(client: AbortSignal, timeoutMs: number) {
    this.timer = setTimeout(() => {
      this.passed = true;
      this.controller.abort();
    }, timeoutMs);
    this.signal = AbortSignal.any([client, this.controller.signal]);
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

type Body = ReadableStream<Uint8Array> | null;
type Outgoing = RequestInit & { duplex: "half" };

function outgoing(request: Request, passage: Passage, body: Body, signal: AbortSignal): Outgoing {
  const headers = pick(request.headers, REQUEST_HEADERS);
  headers.set(REQUEST_ID, passage.requestId);
  headers.set("authorization", `Bearer ${passage.token}`);
  const { method } = request;
  return { method, headers, body, signal, duplex: "half", redirect: "manual", cache: "no-store" };
}

function incoming(answer: Response, passage: Passage): Response {
  const headers = pick(answer.headers, RESPONSE_HEADERS);
  headers.set(REQUEST_ID, passage.requestId);
  for (const cookie of passage.cookies) headers.append("set-cookie", cookie);
  // no-transform keeps Next from compressing, and so buffering, what arrives piece by piece.
  const cache = headers.get("cache-control") ?? "no-store";
  headers.set("cache-control", cache.includes("no-transform") ? cache : `${cache}, no-transform`);
  return new Response(answer.body, { status: answer.status, headers });
}

function pick(from: Headers, names: string[]): Headers {
  const picked = new Headers();
  for (const name of names) {
    const value = from.get(name);
    if (value !== null) picked.set(name, value);
  }
  return picked;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

/** Node's own word for what went wrong (ECONNREFUSED, ENOTFOUND, …). */
function reason(error: unknown): string {
  const cause = causeOf(error);
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause ? String(cause.code) : cause.message || cause.name;
}
