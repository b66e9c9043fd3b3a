import { log } from "./log";
import { problemResponse } from "./problems";
import { backendTimeoutMs, backendUrl } from "./settings";

/** Nothing else of a browser's request reaches the backend: no cookie, no forged identity. */
const REQUEST_HEADERS = ["accept", "accept-language", "content-type", "last-event-id"];
/** Nothing else of the backend's answer reaches the browser. */
const RESPONSE_HEADERS = ["cache-control", "content-disposition", "content-type", "retry-after"];
const REQUEST_ID = "x-request-id";
const SAFE_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's request id where it is safe to log and send on, else a new one. */
export function requestId(request: Request): string {
  const given = request.headers.get(REQUEST_ID) ?? "";
  return SAFE_ID.test(given) ? given : crypto.randomUUID();
}

/**
 * Sends the request on to the backend and streams both bodies.
 *
 * `path` is absolute and already safe (see backendPath). Where the backend is away the answer is JSON with
 * plain words: 503 not configured, 502 not reachable, 504 no answer in time.
 */
export async function forward(request: Request, path: string, id: string): Promise<Response> {
  const base = backendUrl();
  if (base === null) {
    log("error", "backend not configured", { variable: "BACKEND_URL", request_id: id });
    return problemResponse("backend_not_configured", id);
  }
  const target = new URL(path + new URL(request.url).search, base);
  const deadline = new Deadline(request.signal, backendTimeoutMs());
  try {
    const answer = await fetch(target, outgoing(request, id, deadline.signal));
    return incoming(answer, id);
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    const problem = deadline.passed ? "backend_timeout" : "backend_unreachable";
    log("error", "backend away", { problem, host: target.host, path, reason: reason(error), request_id: id });
    return problemResponse(problem, id);
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

function outgoing(request: Request, id: string, signal: AbortSignal): RequestInit & { duplex: "half" } {
  const headers = pick(request.headers, REQUEST_HEADERS);
  headers.set(REQUEST_ID, id);
  const { method, body } = request;
  return { method, headers, body, signal, duplex: "half", redirect: "manual", cache: "no-store" };
}

function incoming(answer: Response, id: string): Response {
  const headers = pick(answer.headers, RESPONSE_HEADERS);
  headers.set(REQUEST_ID, id);
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

/** Node's own word for what went wrong (ECONNREFUSED, ENOTFOUND, …). */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause ? String(cause.code) : cause.message || cause.name;
}
