// @vitest-environment node
import { type RequestListener } from "node:http";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { DELETE, GET, POST } from "@/app/api/backend/[...path]/route";
import { BODY_LIMIT_BYTES } from "@/server/body-limit";

import { bodyOf, startServer } from "./backend-server";
import type { Browser } from "./browser";
import { ORIGIN } from "./environment";
import { newcomer, signInWorld } from "./people";

const world = signInWorld();
let ann: Browser;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => { ann = await newcomer(); });

afterEach(async () => {
  await stop?.();
  stop = undefined;
});

function call(handler: typeof GET, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = ann.headers(Object.fromEntries(new Headers(init.headers)));
  const request = new Request(`${ORIGIN}/api/backend/${path}`, { ...init, headers });
  return handler(request, { params: Promise.resolve({ path: path.split("/") }) });
}

async function backend(listener: RequestListener): Promise<void> {
  const server = await startServer(listener);
  stop = server.stop;
  vi.stubEnv("BACKEND_URL", server.url);
}

describe("a token that the backend refuses", () => {
  const refusal = '{"detail":"The token is not valid."}';

  /** A backend that refuses the first `times` requests, whatever they carry, and notes what comes. */
  async function refusing(times: number): Promise<string[][]> {
    const seen: string[][] = [];
    await backend((request, answer) => {
      void bodyOf(request).then((body) => {
        seen.push([request.headers.authorization ?? "", body]);
        if (seen.length <= times) answer.writeHead(401, { "content-type": "application/json" }).end(refusal);
        else answer.end("good");
      });
    });
    return seen;
  }

  /** Tokens have their second in them, so the next one is another one only then. */
  const aSecond = () => new Promise((resolve) => setTimeout(resolve, 1_100));

  it("is replaced by a fresh one, once, with the body sent again", async () => {
    await ann.token();
    await aSecond();
    const seen = await refusing(1);
    const answer = await call(POST, "tasks", { method: "POST", body: '{"title":"x"}' });
    expect([answer.status, await answer.text()]).toEqual([200, "good"]);
    expect(seen.map(([, body]) => body)).toEqual(['{"title":"x"}', '{"title":"x"}']);
    expect(seen[0]![0]).not.toBe(seen[1]![0]);
    await call(GET, "tasks");
    expect(seen[2]![0]).toBe(seen[1]![0]); // the fresh one is kept
    expect(world.logged).toEqual([]);
  });

  it.each([["GET", GET], ["DELETE", DELETE], ["POST", POST]] as const)(
    "twice is no 401 to the browser, which would sign in again for ever: %s",
    async (method, handler) => {
      const seen = await refusing(9);
      const body = method === "POST" ? "{}" : null;
      const answer = await call(handler, "tasks/1", { method, body, headers: { "x-request-id": "abc-1" } });
      expect([answer.status, await answer.json()]).toMatchObject([502, { error: "token_refused", requestId: "abc-1" }]);
      expect(seen).toHaveLength(2);
      const line = world.logged.at(-1);
      expect(line).toMatchObject({ level: "error", event: "backend refuses the token", request_id: "abc-1" });
      expect(line?.hint).toMatch(/BETTER_AUTH_URL and AUTH_JWT_ALGORITHM.*clocks/);
      expect(JSON.stringify(world.logged)).not.toContain("Bearer");
    },
  );

  it("keeps a body of the greatest length for the second try", async () => {
    const seen = await refusing(1);
    expect((await call(POST, "tasks", { method: "POST", body: "x".repeat(BODY_LIMIT_BYTES) })).status).toBe(200);
    expect(seen[1]![1]).toHaveLength(BODY_LIMIT_BYTES);
  });

  it("is replaced where the backend refuses it before it has read the body", async () => {
    let requests = 0;
    await backend((request, answer) => {
      requests += 1;
      if (requests === 1) answer.writeHead(401, { connection: "close" }).end(refusal);
      else void bodyOf(request).then((body) => answer.end(String(body.length)));
    });
    const answer = await call(POST, "tasks", { method: "POST", body: "x".repeat(BODY_LIMIT_BYTES) });
    expect([answer.status, await answer.text()]).toEqual([200, String(BODY_LIMIT_BYTES)]);
  });
});
