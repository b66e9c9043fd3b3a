import type { BackendRoute } from "./backend-path";
import { BodyTooLargeError, limitedBody } from "./body-limit";
import { log } from "./log";
import { problemResponse } from "./problems";
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
  readonly requestId: string;
  readonly cookies: readonly string[];
}

/**
 * Sends the request on to the backend with the user's token and streams both bodies. A browser that hangs up
 * ends the call to the backend.
 *
 * Where the backend is away the answer is JSON with plain words: 503 not configured, 502 not reachable, 504 no
 * answer in time.
 */
export async function forward(request: Request, passage: Passage): Promise<Response> {
  const { requestId, route } = passage;
  const base = backendUrl();
  if (base === null) {
    log("error", "backend not configured", { variable: "BACKEND_URL", request_id: requestId });
    return problemResponse("backend_not_configured", requestId);
  }
  const target = new URL(route.path + new URL(request.url).search, base);
  const deadline = new Deadline(request.signal, route.timeoutMs);
  try {
    const answer = await fetch(target, outgoing(request, passage, deadline.signal));
    return incoming(answer, passage);
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    if (causeOf(error) instanceof BodyTooLargeError) return problemResponse("too_large", requestId);
    const problem = deadline.passed ? "backend_timeout" : "backend_unreachable";
    const fields = { problem, host: target.host, path: route.path, reason: reason(error), request_id: requestId };
    log("error", "backend away", fields);
    return problemResponse(problem, requestId);
  } finally {
    deadline.clear();
  }
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

function outgoing(request: Request, passage: Passage, signal: AbortSignal): RequestInit & { duplex: "half" } {
  const headers = pick(request.headers, REQUEST_HEADERS);
  headers.set(REQUEST_ID, passage.requestId);
  headers.set("authorization", `Bearer ${passage.token}`);
  const { method } = request;
  const body = limitedBody(request.body);
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
