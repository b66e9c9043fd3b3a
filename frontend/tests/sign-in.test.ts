// @vitest-environment node
import { describe, expect, it } from "vitest";

import { currentUser } from "@/server/session";
import { settingProblems } from "@/server/settings";

import { Browser } from "./browser";
import TRUSTED from "./trusted_origins.json";
import { ORIGIN, stubEnvironment } from "./environment";
import { body, email, newcomer, signInWorld } from "./people";

const world = signInWorld();

describe("an account", () => {
  it("is made, left and entered again", async () => {
    const [browser, address] = [new Browser(), email()];
    const made = await browser.signUp(address);
    expect(made.headers.get("set-cookie")).toMatch(/^better-auth\.session_token=.*HttpOnly; SameSite=Lax$/);
    expect(made.headers.get("cache-control")).toBe("no-store");
    expect(await body(await browser.get("get-session"))).toMatchObject({ user: { email: address, name: "Ann" } });
    const before = browser.cookie;
    expect((await browser.post("sign-out")).status).toBe(200);
    expect(browser.cookie).toBe("");
    const thief = new Request(`${ORIGIN}/`, { headers: { cookie: before } });
    expect(await currentUser(thief.headers)).toBeNull(); // the session is over, not just its cookie
    expect((await browser.signIn(address.toUpperCase())).status).toBe(200);
    expect(browser.cookie).not.toBe(before);
  });

  it.each([
    ["wrong password", (b: Browser, known: string) => b.signIn(known, "wrong horse"), 401, "INVALID_EMAIL_OR_PASSWORD"],
    ["unknown email", (b: Browser) => b.signIn("nobody@example.com"), 401, "INVALID_EMAIL_OR_PASSWORD"],
    ["taken email", (b: Browser, known: string) => b.signUp(known), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"],
    ["short password", (b: Browser) => b.signUp(email(), "seven77"), 400, "PASSWORD_TOO_SHORT"],
    ["long password", (b: Browser) => b.signUp(email(), "x".repeat(129)), 400, "PASSWORD_TOO_LONG"],
    ["no email", (b: Browser) => b.signUp("no email"), 400, "VALIDATION_ERROR"],
  ])("is refused: %s", async (_case, act, status, code) => {
    const known = email();
    await new Browser().signUp(known);
    const browser = new Browser();
    const answer = await act(browser, known);
    expect([answer.status, (await body(answer)).code]).toEqual([status, code]);
    expect(browser.cookie).toBe("");
  });

  const long = (length: number) => `${"x".repeat(length - "@example.com".length)}@example.com`;

  it.each([
    ["", email(), "NAME_MISSING"],
    ["  ", email(), "NAME_MISSING"],
    ["x".repeat(81), email(), "NAME_TOO_LONG"],
    ["x".repeat(100_000), email(), "NAME_TOO_LONG"],
    ["Ann", long(255), "EMAIL_TOO_LONG"],
    ["Ann", long(5_000), "EMAIL_TOO_LONG"],
  ])("keeps to its limits: name %j, email %j: %s", async (name, address, code) => {
    const answer = await new Browser().post("sign-up/email", { name, email: address, password: "correct horse" });
    expect([answer.status, (await body(answer)).code]).toEqual([400, code]);
    expect(await world.database.query('SELECT 1 AS one FROM "user" WHERE email = $1', [address])).toEqual([]);
  });

  it("may go up to its limits, and keeps no blanks around the name", async () => {
    const fields = { name: ` ${"x".repeat(80)} `, email: email(), password: "correct horse" };
    const answer = await new Browser().post("sign-up/email", fields);
    expect([answer.status, await body(answer)]).toMatchObject([200, { user: { name: "x".repeat(80) } }]);
  });

  it("can't be made with a body of half a megabyte, whatever length it admits to", async () => {
    const name = "x".repeat(500_000);
    const fields = { name, email: email(), password: "correct horse" };
    expect((await new Browser().post("sign-up/email", fields)).status).toBe(413);
    expect((await new Browser().post("sign-up/email", fields, { "content-length": "500100" })).status).toBe(413);
  });

  it.each(["forget-password", "change-email", "delete-user", "sign-in/social", "update-user"])(
    "opens no way to %s",
    async (path) => {
      const answer = await (await newcomer()).post(path, { email: "x@example.com" });
      expect([answer.status, (await body(answer)).error]).toEqual([404, "not_found"]);
    },
  );
});

describe("the session's cookie", () => {
  it.each([
    ["http://localhost:30000", false],
    ["https://todo.example", true],
  ])("of %s is Secure: %s", async (url, secure) => {
    stubEnvironment(world.database.url, { BETTER_AUTH_URL: url });
    const browser = new Browser(url);
    const answer = await browser.signUp(email());
    expect(/; Secure/.test(answer.headers.get("set-cookie") ?? "")).toBe(secure);
    expect((await browser.get("get-session")).status).toBe(200);
  });
});

describe("origins", () => {
  it.each([
    ["", ORIGIN, true],
    ["", "http://localhost:8080", false],
    ["", "https://localhost:30000", false],
    ["http://localhost:*", "http://localhost:8080", true],
    ["http://localhost:*,http://127.0.0.1:*", "http://127.0.0.1:41234", true],
    ["http://localhost:*", "http://localhost.evil.example", false],
    ["http://localhost:*", "http://localhost:1@evil.example", false],
    ["http://172.18.0.2:30000", "http://172.18.0.2:30000", true],
    ["https://*.example.com", "https://todo.example.com", true],
    ["https://*.example.com", "https://example.com.evil.example", false],
    ["", "null", false],
  ])("with TRUSTED_ORIGINS=%s a page at %s may sign in: %s", async (trusted, origin, allowed) => {
    stubEnvironment(world.database.url, { TRUSTED_ORIGINS: trusted });
    const known = email();
    expect((await new Browser().signUp(known)).status).toBe(200);
    const answer = await new Browser(origin).signIn(known);
    expect(answer.status).toBe(allowed ? 200 : 403);
  });

  it.each(TRUSTED.good)("may be trusted as %j", (trusted) => {
    stubEnvironment(world.database.url, { TRUSTED_ORIGINS: trusted });
    expect(settingProblems().map(({ variable }) => variable)).not.toContain("TRUSTED_ORIGINS");
  });

  it.each(TRUSTED.bad)("can't be trusted as %j: nobody signs in until it is mended", async (trusted) => {
    stubEnvironment(world.database.url, { TRUSTED_ORIGINS: trusted });
    expect((await new Browser("https://evil.example").signIn(email())).status).toBe(503);
    expect(world.logged).toMatchObject([{ event: "sign-in unavailable", variable: "TRUSTED_ORIGINS" }]);
  });

  it("that are refused are a line in the log that names the setting", async () => {
    expect((await new Browser("https://evil.example").signIn(email())).status).toBe(403);
    const line = world.logged.find((entry) => String(entry.message).startsWith("Invalid origin"));
    expect(line?.hint).toContain("TRUSTED_ORIGINS");
  });

  it("are checked for signing out too", async () => {
    const browser = await newcomer();
    const stranger = new Browser("https://evil.example");
    const answer = await stranger.post("sign-out", {}, { cookie: browser.cookie });
    expect(answer.status).toBe(403);
    expect(await body(await browser.get("get-session"))).not.toBeNull();
  });
});
