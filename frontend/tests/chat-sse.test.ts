import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { SseParser, sseData } from "@/features/chat/sse";

const RECORDED = readFileSync(`${import.meta.dirname}/data/chatkit-stream.txt`);
const EVENTS = RECORDED.toString()
  .split("\n\n")
  .filter(Boolean)
  .map((event) => event.replace("data: ", ""));

function bodyOf(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function all(events: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const event of events) found.push(event);
  return found;
}

describe("events of a stream", () => {
  it("are the same wherever the stream is cut in two, also inside a letter", async () => {
    expect(EVENTS.length).toBeGreaterThan(10);
    for (let at = 0; at <= RECORDED.length; at += 1) {
      const events = await all(sseData(bodyOf(RECORDED.subarray(0, at), RECORDED.subarray(at))));
      if (events.join("\n") !== EVENTS.join("\n")) expect.fail(`cut at byte ${at}`);
    }
  });

  it("are the same byte by byte", async () => {
    const bytes = Array.from(RECORDED, (byte) => Uint8Array.of(byte));
    expect(await all(sseData(bodyOf(...bytes)))).toEqual(EVENTS);
  });

  it.each([
    ["lines with CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
    ["lines with CR", "data: a\r\rdata: b\r\r\n", ["a", "b"]],
    ["no blank after the colon", "data:a\n\n", ["a"]],
    ["only the first blank taken away", "data:  a\n\n", [" a"]],
    ["several data lines in one event", "data: a\ndata: b\n\n", ["a\nb"]],
    ["comments that keep the line open", ": ping\n\ndata: a\n\n", ["a"]],
    ["fields that are not data", "event: x\nid: 3\nretry: 5\ndata: a\n\n", ["a"]],
    ["an event without data", "event: x\n\n", []],
    ["an end that was cut off", "data: a\n\ndata: b\n", ["a"]],
    ["nothing", "", []],
  ])("with %s", async (_case, text, expected) => {
    expect(await all(sseData(bodyOf(new TextEncoder().encode(text))))).toEqual(expected);
    const parser = new SseParser();
    expect(Array.from(text).flatMap((letter) => parser.push(letter))).toEqual(expected);
  });
});
