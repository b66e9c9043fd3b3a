import { replacePage } from "@/features/sign-in/navigation";

/** A failed call, with words for a person. `status` is null where no answer came at all. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    message: string,
    readonly status: number | null,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

const NOT_REACHED = "This page cannot reach its server. Check your connection and try again.";

/** Like fetch, but resolves with good answers only; anything else is an ApiError. An abort stays an abort. */
export async function request(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, init).catch((reason: unknown) => {
    if (init.signal?.aborted) throw reason;
    throw new ApiError(NOT_REACHED, null, null);
  });
  if (answer.ok) return answer;
  if (answer.status === 401) replacePage("/sign-in"); // the session is over: nothing on the page can go on
  throw await failure(answer);
}

/** JSON there and back; undefined for an answer without a body. */
export async function call<T>(method: string, url: string, body?: unknown): Promise<T> {
  const headers = new Headers({ accept: "application/json" });
  const init: RequestInit = { method, headers };
  if (body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(body);
  }
  const answer = await request(url, init);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** What a person reads about a failure. */
export function wordsOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : "Something went wrong. Try again in a moment.";
}

async function failure(answer: Response): Promise<ApiError> {
  const body: unknown = await answer.json().catch(() => null);
  return new ApiError(words(body, answer.status), answer.status, answer.headers.get("x-request-id"));
}

/** `message` is our own handler's, `detail` the backend's: a sentence, or a list of faults with `msg`. */
function words(body: unknown, status: number): string {
  const { message, detail } = (body ?? {}) as { message?: unknown; detail?: unknown };
  if (typeof message === "string") return message;
  if (typeof detail === "string") return detail;
  const first = Array.isArray(detail) ? (detail[0] as { msg?: unknown } | undefined)?.msg : undefined;
  return typeof first === "string" ? `${first}.` : `Something went wrong (${status}). Try again in a moment.`;
}
