/**
 * Server-sent events, as far as ChatKit uses them: the `data` of each event, in order.
 *
 * Text may be cut anywhere between two pushes. Lines end with LF, CR or CRLF; several `data` lines make one
 * event; comments (`: keep-alive`) and other fields are skipped. Rules: WHATWG HTML, "event stream interpretation".
 */
export class SseParser {
  #rest = "";
  #data: string[] = [];

  push(text: string): string[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/); // a CR at the very end may be half of a CRLF
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line: string): string[] {
    if (line === "") return this.#dispatch();
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "data") this.#data.push(value ?? "");
    return [];
  }

  #dispatch(): string[] {
    if (this.#data.length === 0) return [];
    const event = this.#data.join("\n");
    this.#data = [];
    return [event];
  }
}

/** The `data` of every whole event of a body; what is cut off at its end is dropped. */
export async function* sseData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
    yield* parser.push(decoder.decode());
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
