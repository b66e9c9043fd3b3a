// @vitest-environment node
import { type IncomingMessage, type RequestListener } from "node:http";
import { decodeJwt } from "jose";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { DELETE, GET, PATCH, POST } from "@/app/api/backend/[...path]/route";
import { backendRoute } from "@/server/backend-path";
import { BODY_LIMIT_BYTES } from "@/server/body-limit";
import { chatTimeoutMs } from "@/server/settings";

import { bodyOf, startServer } from "./backend-server";
import { Browser } from "./browser";
import { ORIGIN } from "./environment";
import { signInWorld } from "./people";

const world = signInWorld();
let ann: Browser;
let userId: string;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  ann = new Browser();
  userId = ((await (await ann.signUp("ann@example.com")).json()) as { user: { id: string } }).user.id;
});

function call(
  handler: typeof GET,
  path: string,
  init: RequestInit & { duplex?: "half" } = {},
  segments = path.split("?")[0]!.split("/"),
): Promise<Response> {
  const headers = ann.headers(Object.fromEntries(new Headers(init.headers)));
  const request = new Request(`${ORIGIN}/api/backend/${path}`, { ...init, headers });
  return handler(request, { params: Promise.resolve({ path: segments }) });
}

async function backend(listener: RequestListener): Promise<void> {
  const server = await startServer(listener);
  stop = server.stop;
  vi.stubEnv("BACKEND_URL", server.url);
}

afterEach(async () => {
  await stop?.();
  stop = undefined;
});

describe("the way to the backend", () => {
  it.each([
    ["tasks", "/api/USER/tasks"],
    ["tasks?status=pending", "/api/USER/tasks?status=pending"],
    ["tasks/3/complete", "/api/USER/tasks/3/complete"],
    ["tasks/a%20b", "/api/USER/tasks/a%2520b"],
    ["chat", "/api/USER/chat"],
    ["conversations", "/api/USER/conversations"],
    ["conversations/7/messages?limit=5", "/api/USER/conversations/7/messages?limit=5"],
    ["chatkit", "/chatkit"],
    ["model", "/api/model"],
  ])("sends %s on as %s", async (path, expected) => {
    let seen = "";
    await backend((request, answer) => {
      seen = request.url ?? "";
      answer.end("[]");
    });
    expect((await call(GET, path)).status).toBe(200);
    expect(seen).toBe(expected.replace("USER", userId));
  });

  it.each([
    [[".."]],
    [["tasks", "..", "..", "mallory"]],
    [["."]],
    [["tasks", "a/b"]],
    [["tasks", "a\\b"]],
    [[""]],
    [[]],
    [["mcp"]],
    [["docs"]],
    [["mallory", "tasks"]],
    [["chatkit", "x"]],
    [["model", ".."]],
    [["__proto__"]],
    [["constructor"]],
  ])(
    "refuses the path %j",
    async (segments: string[]) => {
      const answer = await call(GET, "x", {}, segments);
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: "bad_path" }]);
    },
  );

  it("reads BACKEND_URL at every request", async () => {
    await backend((_request, answer) => { answer.end("one"); });
    expect(await (await call(GET, "tasks")).text()).toBe("one");
    await stop?.();
    await backend((_request, answer) => { answer.end("two"); });
    expect(await (await call(GET, "tasks")).text()).toBe("two");
  });

  it("passes method, body, status and answer through", async () => {
    let seen: unknown;
    await backend((request, answer) => {
      void bodyOf(request).then((body) => {
        seen = [request.method, request.headers["content-type"], body];
        answer.writeHead(422, { "content-type": "application/json" }).end('{"detail":"no"}');
      });
    });
    const headers = { "content-type": "application/json" };
    const answer = await call(POST, "tasks", { method: "POST", headers, body: '{"title":"x"}' });
    expect(seen).toEqual(["POST", "application/json", '{"title":"x"}']);
    expect([answer.status, await answer.json()]).toEqual([422, { detail: "no" }]);
  });

  it("passes an answer without a body through", async () => {
    await backend((_request, answer) => { answer.writeHead(204).end(); });
    const answer = await call(DELETE, "tasks/1", { method: "DELETE" });
    expect([answer.status, answer.body]).toEqual([204, null]);
  });

  it("follows no redirect", async () => {
    await backend((_request, answer) => { answer.writeHead(307, { location: "http://127.0.0.1:1/" }).end(); });
    expect((await call(PATCH, "tasks/1/complete", { method: "PATCH" })).status).toBe(307);
  });
});

describe("headers", () => {
  const forbidden = ["authorization", "cookie", "x-forwarded-for", "x-user-id", "host"];

  it("carry the user's token, and nothing that the browser says of itself", async () => {
    let seen: IncomingMessage["headers"] = {};
    await backend((request, answer) => {
      seen = request.headers;
      answer.end("[]");
    });
    await call(GET, "tasks", { headers: { authorization: "Bearer forged" } });
    const token = (seen.authorization ?? "").replace("Bearer ", "");
    expect(decodeJwt(token)).toMatchObject({ sub: userId, email: "ann@example.com", iss: ORIGIN, aud: ORIGIN });
    expect(token).toBe(await ann.token()); // one token for the session, not one for each request
  });

  it("forwards only the named ones", async () => {
    let seen: IncomingMessage["headers"] = {};
    await backend((request, answer) => {
      seen = request.headers;
      answer.writeHead(200, {
        "content-type": "text/plain",
        "retry-after": "2",
        "set-cookie": "a=b",
        server: "uvicorn",
        "x-internal": "1",
      });
      answer.end("ok");
    });
    const headers = new Headers({ accept: "application/json", "accept-language": "en", "x-request-id": "abc-1" });
    for (const name of forbidden) headers.set(name, "forged");
    const answer = await call(GET, "tasks", { headers });
    expect(seen).toMatchObject({ accept: "application/json", "accept-language": "en", "x-request-id": "abc-1" });
    expect(Object.values(seen)).not.toContain("forged");
    expect([...answer.headers.keys()].sort()).toEqual(["cache-control", "content-type", "retry-after", "x-request-id"]);
  });

  it.each(["", "with blank", "x".repeat(129)])("replaces the unsafe request id %j", async (given) => {
    let seen: unknown;
    await backend((request, answer) => {
      seen = request.headers["x-request-id"];
      answer.end();
    });
    const answer = await call(GET, "tasks", { headers: { "x-request-id": given } });
    expect(seen).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get("x-request-id")).toBe(seen);
  });
});

describe("streaming", () => {
  it("hands the answer on piece by piece, while the backend is still writing", async () => {
    let finish: () => void = () => undefined;
    await backend((_request, answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write("data: one\n\n");
      finish = () => answer.end("data: two\n\n");
    });
    const answer = await call(GET, "tasks");
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe("data: one\n\n");
    finish();
    expect((await reader.read()).value).toBe("data: two\n\n");
    expect(answer.headers.get("cache-control")).toContain("no-transform");
  });

  it("hands the request on piece by piece, while the browser is still sending", async () => {
    let first: (text: string) => void;
    const arrived = new Promise<string>((resolve) => (first = resolve));
    await backend((request, answer) => {
      request.once("data", (chunk: Buffer) => { first(chunk.toString()); });
      request.on("end", () => { answer.end("done"); });
    });
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const writer = body.writable.getWriter();
    const answer = call(POST, "tasks", { method: "POST", body: body.readable, duplex: "half" });
    await writer.write(new TextEncoder().encode("one"));
    expect(await arrived).toBe("one");
    await writer.close();
    expect(await (await answer).text()).toBe("done");
  });

  it("ends the call to the backend when the browser hangs up", async () => {
    let closed: () => void;
    const hungUp = new Promise<void>((resolve) => (closed = resolve));
    await backend((_request, answer) => {
      answer.on("close", () => { closed(); });
      answer.writeHead(200).write("one");
    });
    const browser = new AbortController();
    await call(GET, "tasks", { signal: browser.signal });
    browser.abort();
    await hungUp;
  });

  it("does not cut a stream that outlives the limit for headers", async () => {
    vi.stubEnv("BACKEND_TIMEOUT_MS", "50");
    await backend((_request, answer) => {
      answer.writeHead(200).write("one ");
      setTimeout(() => answer.end("two"), 200);
    });
    expect(await (await call(GET, "tasks")).text()).toBe("one two");
  });
});

describe("a body that is too long", () => {
  const most = "x".repeat(BODY_LIMIT_BYTES);

  async function send(body: string, headers: Record<string, string> = {}): Promise<[number, number]> {
    let received = -1;
    await backend((request, answer) => {
      request.on("error", () => undefined);
      void bodyOf(request).then((text) => {
        received = text.length;
        answer.end();
      }, () => undefined);
    });
    const answer = await call(POST, "tasks", { method: "POST", body, headers });
    if (answer.status === 413) {
      const line = { event: "request refused", problem: "too_large", request_id: answer.headers.get("x-request-id") };
      expect(world.logged).toEqual([expect.objectContaining(line)]);
    }
    return [answer.status, received];
  }

  it("is refused at once where it says so", async () => {
    expect(await send(`${most}x`, { "content-length": String(BODY_LIMIT_BYTES + 1) })).toEqual([413, -1]);
  });

  it("is refused where it does not say so", async () => {
    expect(await send(`${most}x`)).toEqual([413, -1]);
  });

  it("begins one byte after the limit", async () => {
    expect(await send(most)).toEqual([200, BODY_LIMIT_BYTES]);
  });
});

describe("limits of time", () => {
  it.each([
    ["tasks", 15_000, 15_000],
    ["conversations", 15_000, 15_000],
    ["model", 15_000, 15_000],
    ["chatkit", 15_000, 60_000],
    ["chatkit", 70_000, 70_000],
    ["chat", 15_000, 140_000],
    ["tasks", 200, 200],
  ])("of %s under BACKEND_TIMEOUT_MS=%i: %i ms", (path, backendMs, expected) => {
    expect(backendRoute("u", [path], { backendMs, chatMs: 140_000 })?.timeoutMs).toBe(expected);
  });

  it.each([
    ["", 130_000],
    ["soon", 130_000],
    ["200000", 200_000],
  ])("of a chat under CHAT_TIMEOUT_MS=%j: %i ms", (value, expected) => {
    vi.stubEnv("CHAT_TIMEOUT_MS", value);
    expect(chatTimeoutMs()).toBe(expected);
  });

  it("of a chat and of the rest are each their own", async () => {
    vi.stubEnv("CHAT_TIMEOUT_MS", "100");
    await backend((_request, answer) => { setTimeout(() => answer.end("[]"), 500); });
    const statuses = [await call(POST, "chat", { method: "POST", body: "{}" }), await call(GET, "tasks")];
    expect(statuses.map((answer) => answer.status)).toEqual([504, 200]);
  });
});

describe("a backend that is away", () => {
  it.each([
    ["refuses", "http://127.0.0.1:1", 502, "backend_unreachable"],
    ["has no such host", "http://no-such-host.invalid:8000", 502, "backend_unreachable"],
    ["is not set", "", 503, "backend_not_configured"],
    ["is no address", "backend:8000", 503, "backend_not_configured"],
  ])("that %s is said in plain words", async (_case, url, status, error) => {
    vi.stubEnv("BACKEND_URL", url);
    const answer = await call(GET, "tasks", { headers: { "x-request-id": "abc-1" } });
    const body = (await answer.json()) as Record<string, string>;
    expect([answer.status, body.error, body.requestId]).toEqual([status, error, "abc-1"]);
    expect(body.message).toMatch(/^The task server|^This page/);
    expect(world.logged[0]).toMatchObject({ level: "error", request_id: "abc-1" });
  });

  it("is said within the limit when it never answers", async () => {
    vi.stubEnv("BACKEND_TIMEOUT_MS", "100");
    await backend(() => undefined);
    const started = Date.now();
    const answer = await call(GET, "tasks");
    expect([answer.status, await answer.json()]).toMatchObject([504, { error: "backend_timeout" }]);
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  it("is said when it breaks the connection off", async () => {
    await backend((request) => { request.socket.destroy(); });
    const answer = await call(GET, "tasks");
    expect([answer.status, await answer.json()]).toMatchObject([502, { error: "backend_unreachable" }]);
  });
});
