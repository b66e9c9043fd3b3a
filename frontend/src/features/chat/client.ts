import { ApiError, call, request } from "@/client/http";

import { type Answers, CHATKIT_URL, type StreamingRequest, type ThreadEvent } from "./protocol";
import { sseData } from "./sse";

const BROKEN = "The connection broke before the answer was complete.";

/** A plain request of the protocol. Rejects with an ApiError. */
export function ask<T extends keyof Answers>(type: T, params: Answers[T]["params"]): Promise<Answers[T]["answer"]> {
  return call<Answers[T]["answer"]>("POST", CHATKIT_URL, { type, params });
}

/** The events of a streaming request as they arrive. Rejects with an ApiError, or with the signal's reason. */
export async function* stream(body: StreamingRequest, signal: AbortSignal): AsyncGenerator<ThreadEvent> {
  const answer = await request(CHATKIT_URL, {
    method: "POST",
    headers: { accept: "text/event-stream", "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
  const broken = () => new ApiError(BROKEN, null, answer.headers.get("x-request-id"));
  if (!answer.body) throw broken();
  try {
    for await (const data of sseData(answer.body)) yield JSON.parse(data) as ThreadEvent;
  } catch (reason) {
    throw signal.aborted ? reason : broken();
  }
}
