/** Largest body taken from a browser. A chat message has 2,000 characters at most, a task about as many. */
export const BODY_LIMIT_BYTES = 256 * 1024;

/** A body turned out longer than BODY_LIMIT_BYTES while it was being read. */
export class BodyTooLargeError extends Error {
  constructor() {
    super(`the body has more than ${BODY_LIMIT_BYTES} bytes`);
    this.name = "BodyTooLargeError";
  }
}

/** True where the request says itself that its body is too long. */
export function announcesTooMuch(request: Request): boolean {
  return Number(request.headers.get("content-length")) > BODY_LIMIT_BYTES;
}

/** The body, piece by piece, ending in BodyTooLargeError after the limit: the length said beforehand may be a lie. */
export function limitedBody(body: ReadableStream<Uint8Array> | null): ReadableStream<Uint8Array> | null {
  let taken = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      taken += piece.byteLength;
      if (taken > BODY_LIMIT_BYTES) controller.error(new BodyTooLargeError());
      else controller.enqueue(piece);
    },
  });
  return body?.pipeThrough(counter) ?? null;
}
