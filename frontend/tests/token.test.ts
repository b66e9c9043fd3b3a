// @vitest-environment node
import { type JSONWebKeySet, createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";

import { makeSignIn } from "@/server/auth/instance";
import { authSettings } from "@/server/settings";

import { Browser } from "./browser";
import { ORIGIN, SECRET, stubEnvironment } from "./environment";
import { body, email, newcomer, signInWorld } from "./people";

const CLAIMS = { name: "Ann", iss: ORIGIN, aud: ORIGIN };
const world = signInWorld();

afterEach(() => { vi.useRealTimers(); });

async function publishedKeys(): Promise<ReturnType<typeof createLocalJWKSet>> {
  return createLocalJWKSet((await body(await new Browser().get("jwks"))) as unknown as JSONWebKeySet);
}

describe("the token for the backend", () => {
  it("is signed by a key of /jwks and has the claims that the backend checks", async () => {
    const address = email();
    const browser = new Browser();
    const { user } = (await body(await browser.signUp(address))) as { user: { id: string } };
    const keys = (await body(await browser.get("jwks"))) as unknown as JSONWebKeySet;
    expect(JSON.stringify(keys)).not.toMatch(/"d"|private/);
    const { payload, protectedHeader } = await jwtVerify(await browser.token(), createLocalJWKSet(keys), {
      issuer: ORIGIN,
      audience: ORIGIN,
      algorithms: ["EdDSA"],
    });
    expect(payload).toEqual({ ...CLAIMS, sub: user.id, email: address, iat: payload.iat, exp: payload.iat! + 900 });
    expect(protectedHeader.kid).toBe(keys.keys[0]!.kid);
  });

  it("is signed with the shared secret under HS256, and then there is no public key", async () => {
    stubEnvironment(world.database.url, { AUTH_JWT_ALGORITHM: "HS256" });
    const address = email();
    const browser = new Browser();
    const { user } = (await body(await browser.signUp(address))) as { user: { id: string } };
    const { payload } = await jwtVerify(await browser.token(), new TextEncoder().encode(SECRET), {
      issuer: ORIGIN,
      audience: ORIGIN,
      algorithms: ["HS256"],
    });
    expect(payload).toEqual({ ...CLAIMS, sub: user.id, email: address, iat: payload.iat, exp: payload.iat! + 900 });
    expect((await browser.get("jwks")).status).toBe(404);
  });

  it("carries no more of a name than a new account may have, so that an older one can go on", async () => {
    const browser = await newcomer();
    await world.database.query(`UPDATE "user" SET name = repeat('😀', 6000)`);
    const { payload } = await jwtVerify(await browser.token(), await publishedKeys());
    expect(payload.name).toBe("😀".repeat(80));
  });

  it("names the origin only, however BETTER_AUTH_URL is written", async () => {
    stubEnvironment(world.database.url, { BETTER_AUTH_URL: `${ORIGIN}/` });
    const token = await (await newcomer()).token();
    const { payload } = await jwtVerify(token, await publishedKeys());
    expect([payload.iss, payload.aud]).toEqual([ORIGIN, ORIGIN]);
  });

  it("is kept for the session until two minutes before it ends", async () => {
    const browser = await newcomer();
    const first = await browser.token();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 12.9 * 60_000);
    expect(await browser.token()).toBe(first);
    vi.setSystemTime(Date.now() + 60_000);
    expect(await browser.token()).not.toBe(first);
  });

  it("is for programs: strangers and scripts in a page get none", async () => {
    expect((await new Browser().get("token")).status).toBe(401);
    const browser = await newcomer();
    expect((await browser.get("token", { "sec-fetch-site": "same-origin" })).status).toBe(403);
    expect(world.logged.at(-1)).toMatchObject({ event: "request refused", problem: "programs_only" });
    const answer = await browser.get("get-session");
    expect(answer.headers.get("set-auth-jwt")).toBeNull();
  });
});

describe("a changed BETTER_AUTH_SECRET", () => {
  const CHANGED = { BETTER_AUTH_SECRET: "another-secret-0123456789abcdef-0123456789" };

  it("asks people to sign in again, and then everything works", async () => {
    const known = email();
    const browser = new Browser();
    await browser.signUp(known);
    const oldKid = decodeProtectedHeader(await browser.token()).kid;
    stubEnvironment(world.database.url, CHANGED);
    expect((await browser.get("token")).status).toBe(401);
    expect((await browser.signIn(known)).status).toBe(200);
    const token = await browser.token();
    expect(decodeProtectedHeader(token).kid).not.toBe(oldKid);
    await jwtVerify(token, await publishedKeys(), { issuer: ORIGIN, audience: ORIGIN });
  });

  it("lets old and new pods sign beside each other while they are exchanged, with one key each", async () => {
    await world.database.query("DELETE FROM jwks");
    const old = await newcomer();
    const oldTokens = [await old.token()];
    stubEnvironment(world.database.url, CHANGED);
    const fresh = await newcomer();
    const newTokens = [await fresh.token()];
    for (let turn = 0; turn < 3; turn += 1) {
      stubEnvironment(world.database.url);
      oldTokens.push(await (await newcomer()).token());
      stubEnvironment(world.database.url, CHANGED);
      newTokens.push(await (await newcomer()).token());
    }
    expect(await world.database.query("SELECT id FROM jwks")).toHaveLength(2);
    for (const changes of [{}, CHANGED]) {
      stubEnvironment(world.database.url, changes);
      const keys = await publishedKeys();
      for (const token of [...oldTokens, ...newTokens]) await jwtVerify(token, keys);
    }
  });
});

describe("two replicas on an empty database", () => {
  it("sign people up and make tokens at once that either one's keys verify", async () => {
    await world.database.query("DELETE FROM jwks");
    const replicas = [makeSignIn(authSettings()), makeSignIn(authSettings())];
    const headers = { origin: ORIGIN, "content-type": "application/json", "x-forwarded-for": "203.0.113.8" };
    const addresses = Array.from({ length: 12 }, email);
    const answers = await Promise.all(
      addresses.map((address, index) => {
        const text = JSON.stringify({ name: "Bob", email: address, password: "correct horse" });
        const request = new Request(`${ORIGIN}/api/auth/sign-up/email`, { method: "POST", headers, body: text });
        return replicas[index % 2]!.auth.handler(request);
      }),
    );
    expect(answers.map((answer) => answer.status)).toEqual(addresses.map(() => 200));
    const user = { id: "1", email: "b@example.com", name: "Bob" };
    const tokens = await Promise.all(addresses.map((_, index) => replicas[index % 2]!.tokens.of(String(index), user)));
    for (const replica of replicas) {
      const answer = await replica.auth.handler(new Request(`${ORIGIN}/api/auth/jwks`));
      const keys = createLocalJWKSet((await answer.json()) as never);
      for (const token of tokens) await jwtVerify(token, keys, { issuer: ORIGIN });
    }
    await Promise.all(replicas.map((replica) => replica.database.end()));
  });

  it("of one person who presses twice make one account", async () => {
    const address = email();
    const answers = await Promise.all([new Browser().signUp(address), new Browser().signUp(address)]);
    const statuses = answers.map((answer) => answer.status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, 422]);
    expect(await world.database.query('SELECT 1 AS one FROM "user" WHERE email = $1', [address])).toHaveLength(1);
  });
});
