// @vitest-environment node
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { POST } from "@/app/api/backend/[...path]/route";

import { startServer } from "./backend-server";
import { Browser } from "./browser";
import { ORIGIN, stubEnvironment } from "./environment";
import { newcomer, signInWorld } from "./people";

const world = signInWorld();
let ann: Browser;
let backend: Awaited<ReturnType<typeof startServer>>;

beforeAll(async () => {
  ann = await newcomer();
  backend = await startServer((_request, answer) => { answer.end("[]"); });
});

beforeEach(() => { vi.stubEnv("BACKEND_URL", backend.url); });

afterAll(() => backend.stop());

function asks(method: string, headers: Record<string, string>): Promise<Response> {
  const request = new Request(`${ORIGIN}/api/backend/tasks`, { method, headers });
  return POST(request, { params: Promise.resolve({ path: ["tasks"] }) });
}

describe("who may pass", () => {
  it("no stranger", async () => {
    const answer = await asks("GET", {});
    expect([answer.status, await answer.json()]).toMatchObject([401, { error: "sign_in_required" }]);
  });

  it.each(["x", "abc.def%3D", ""])("nobody with the made-up session %j", async (session) => {
    expect((await asks("GET", { cookie: `better-auth.session_token=${session}` })).status).toBe(401);
  });

  it("nobody whose session is over", async () => {
    const bob = new Browser();
    await bob.signUp("bob@example.com");
    const { cookie } = bob;
    expect((await asks("GET", { cookie })).status).toBe(200);
    await bob.post("sign-out");
    expect((await asks("GET", { cookie })).status).toBe(401);
  });

  it.each([
    ["GET", null, 200],
    ["POST", ORIGIN, 200],
    ["POST", null, 403],
    ["POST", "null", 403],
    ["POST", "https://evil.example", 403],
    ["PUT", "https://evil.example", 403],
    ["PATCH", "http://localhost:8080", 403],
    ["DELETE", "https://evil.example", 403],
    ["GET", "https://evil.example", 200], // the browser lets that page read nothing of it: no CORS header
  ])("%s from a page at %s: %i", async (method, origin, status) => {
    const answer = await asks(method, { cookie: ann.cookie, ...(origin !== null && { origin }) });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("a page at a trusted origin", async () => {
    stubEnvironment(world.database.url, { TRUSTED_ORIGINS: "http://localhost:*" });
    expect((await asks("POST", { cookie: ann.cookie, origin: "http://localhost:8080" })).status).toBe(200);
  });

  it("nobody while the database of sign-in is away, which is not the same as a stranger", async () => {
    stubEnvironment("postgresql://u:s3cret@127.0.0.1:1/todo");
    const answer = await asks("GET", { cookie: ann.cookie });
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: "session_unavailable", message: expect.stringMatching(/^Your session can’t be checked/) as string }]);
    expect(world.logged.at(-1)).toMatchObject({ event: "sign-in unavailable", host: "127.0.0.1:1" });
  });
});

describe("a refusal", () => {
  it.each([
    ["foreign_origin", { cookie: "", origin: "https://evil.example" }],
    ["sign_in_required", { origin: ORIGIN }],
    ["too_large", { origin: ORIGIN, "content-length": "1000000" }],
  ])("%s is one line in the log, under the id that is shown", async (problem, headers) => {
    const cookie = problem === "sign_in_required" ? "" : ann.cookie;
    const answer = await asks("POST", { ...headers, cookie, "x-request-id": "abc-1" });
    expect(await answer.json()).toMatchObject({ error: problem, requestId: "abc-1" });
    const line = { event: "request refused", problem, status: answer.status, method: "POST", path: "/api/backend/tasks" };
    expect(world.logged).toEqual([expect.objectContaining({ ...line, request_id: "abc-1" })]);
  });

  it("of a foreign origin names it, and the setting", async () => {
    await asks("POST", { cookie: ann.cookie, origin: "https://evil.example" });
    expect(world.logged[0]).toMatchObject({ origin: "https://evil.example", hint: expect.stringContaining("TRUSTED_ORIGINS") as string });
  });

  it("because of a setting does not speak of a session", async () => {
    stubEnvironment(world.database.url, { TRUSTED_ORIGINS: "http://*" });
    const answer = await asks("POST", { cookie: ann.cookie, origin: "https://evil.example" });
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: "sign_in_unavailable" }]);
  });
});

describe("the session", () => {
  it("is renewed on the way when it is a day old, in the database and in the browser", async () => {
    expect((await asks("GET", { cookie: ann.cookie })).headers.getSetCookie()).toEqual([]);
    await world.database.query(`UPDATE session SET "expiresAt" = "expiresAt" - interval '2 days'`);
    const renewed = await asks("GET", { cookie: ann.cookie });
    expect(renewed.headers.get("set-cookie")).toMatch(/^better-auth\.session_token=.*Max-Age=604800/);
    const rows = await world.database.query<{ days: number }>(
      `SELECT extract(epoch FROM max("expiresAt") - now())::float8 / 86400 AS days FROM session`,
    );
    expect(rows[0]?.days).toBeGreaterThan(6.9);
  });
});
