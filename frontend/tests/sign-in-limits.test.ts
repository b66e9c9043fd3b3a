// @vitest-environment node
import { describe, expect, it, vi } from "vitest";

import { ACCOUNT_LIMIT, ADDRESS_RULES } from "@/server/auth/attempts";

import { Browser } from "./browser";
import { stubEnvironment } from "./environment";
import { body, email, newcomer, signInWorld } from "./people";
import { makeDatabase } from "./postgres";

const world = signInWorld();

describe("guessing", () => {
  it("is stopped for the account, from whatever addresses, and then the right password does not help", async () => {
    const known = email();
    await new Browser().signUp(known);
    const guesses = Array.from({ length: ACCOUNT_LIMIT.max + 20 }, (_, index) => {
      const elsewhere = { "x-forwarded-for": `198.51.100.${index}` };
      return new Browser().post("sign-in/email", { email: known, password: `guess ${index}` }, elsewhere);
    });
    const statuses = (await Promise.all(guesses)).map((answer) => answer.status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(ACCOUNT_LIMIT.max);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    const late = await new Browser().signIn(known);
    expect(late.status).toBe(429);
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(ACCOUNT_LIMIT.windowS - 60);
    expect((await new Browser().signIn(known.replace("person", "other"))).status).toBe(401);
  });

  it("is over when the right password comes in time: the count begins anew", async () => {
    const known = email();
    await new Browser().signUp(known);
    for (let round = 0; round < 3; round += 1) {
      for (let tries = 0; tries < ACCOUNT_LIMIT.max - 1; tries += 1) await new Browser().signIn(known, "wrong horse");
      expect((await new Browser().signIn(known)).status).toBe(200);
    }
  }, 60_000);

  it("may go on when the window is over", async () => {
    const known = email();
    await new Browser().signUp(known);
    for (let tries = 0; tries < ACCOUNT_LIMIT.max; tries += 1) await new Browser().signIn(known, "wrong horse");
    expect((await new Browser().signIn(known)).status).toBe(429);
    await world.database.query('UPDATE "rateLimit" SET "lastRequest" = "lastRequest" - $1', [ACCOUNT_LIMIT.windowS * 1000]);
    expect((await new Browser().signIn(known)).status).toBe(200);
  });

  it("of one address at many accounts ends too, and hinders no other address", async () => {
    const { max } = ADDRESS_RULES["/sign-in/email"];
    await world.database.query(
      `INSERT INTO "rateLimit" (id, key, count, "lastRequest")
       VALUES ('x', '203.0.113.7|/sign-in/email', $1, extract(epoch FROM now()) * 1000)`,
      [max - 1],
    );
    expect((await new Browser().signIn(email())).status).toBe(401);
    const refused = await new Browser().signIn(email());
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([429, true]);
    const stranger = { email: email(), password: "correct horse" };
    const elsewhere = { "x-forwarded-for": "198.51.100.1" };
    expect((await new Browser().post("sign-in/email", stranger, elsewhere)).status).toBe(401);
  });

  it("leaves no address of a person in the table", async () => {
    const known = email();
    await new Browser().signIn(known);
    expect(JSON.stringify(await world.database.query('SELECT * FROM "rateLimit"'))).not.toContain(known);
  });
});

describe("a database that is away", () => {
  it("is said in words to the person and with its host in the log", async () => {
    stubEnvironment("postgresql://u:s3cret@127.0.0.1:1/todo");
    const answer = await new Browser().signIn("a@example.com");
    const { error, message } = await body(answer);
    expect([answer.status, error]).toEqual([503, "sign_in_unavailable"]);
    expect(message).toMatch(/can’t be reached/);
    const line = world.logged.find((entry) => entry.event === "sign-in unavailable");
    expect(line).toMatchObject({ level: "error", variable: "DATABASE_URL", host: "127.0.0.1:1" });
    expect(line).toMatchObject({ reason: "connection refused" });
    expect(JSON.stringify(world.logged)).not.toContain("s3cret");
  });

  it.each(["jwks", "get-session", "token"])("is 503 at /%s too", async (path) => {
    const browser = await newcomer();
    const { cookie } = browser;
    stubEnvironment("postgresql://u:s3cret@127.0.0.1:1/todo");
    const answer = await new Browser().get(path, { cookie });
    expect(answer.status).toBe(503);
    expect(world.logged).toMatchObject([{ event: "sign-in unavailable", reason: "connection refused" }]);
  });

  it("hurts one moment only: after a restart the same process goes on", async () => {
    const browser = await newcomer();
    await world.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await vi.waitFor(async () => {
      expect((await browser.get("get-session")).status).toBe(200);
    });
    expect(await body(await browser.get("get-session"))).toMatchObject({ user: { name: "Ann" } });
  });

  it("without tables says what to run", async () => {
    const empty = await makeDatabase();
    stubEnvironment(empty.url);
    expect((await new Browser().signUp(email())).status).toBe(503);
    const line = world.logged.find((entry) => entry.event === "sign-in unavailable");
    expect([line?.reason, line?.hint]).toEqual(["a table is missing", expect.stringContaining("migrate.mjs")]);
    await empty.drop();
  });
});

describe("settings", () => {
  it.each([
    ["DATABASE_URL", "", "is not set"],
    ["DATABASE_URL", "s3cret", "does not begin with postgresql://"],
    ["BETTER_AUTH_SECRET", "", "is not set"],
    ["BETTER_AUTH_URL", "", "is not set"],
    ["BETTER_AUTH_URL", "localhost:30000", "is not an http or https address"],
    ["AUTH_JWT_ALGORITHM", "none", "is neither EdDSA nor HS256"],
    ["TRUSTED_ORIGINS", "http://*", "holds what is no origin, or a wildcard without a domain"],
  ])("%s=%j is named in the log, and sign-in answers 503", async (variable, value, reason) => {
    stubEnvironment(world.database.url, { [variable]: value });
    const answer = await new Browser().signIn("a@example.com");
    expect(answer.status).toBe(503);
    expect(world.logged.at(-1)).toMatchObject({ event: "sign-in unavailable", variable, reason });
    expect(JSON.stringify(world.logged)).not.toContain("s3cret");
  });

  it("HS256 asks for a secret of 32 characters", async () => {
    stubEnvironment(world.database.url, { AUTH_JWT_ALGORITHM: "HS256", BETTER_AUTH_SECRET: "short" });
    expect((await new Browser().get("jwks")).status).toBe(503);
    expect(world.logged.at(-1)).toMatchObject({ variable: "BETTER_AUTH_SECRET", reason: "is too short for HS256" });
  });
});
