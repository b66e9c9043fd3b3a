import { afterAll, beforeAll, beforeEach, expect, vi } from "vitest";

import { migrate } from "@/migrate/migrate";

import { Browser } from "./browser";
import { catchLog, stubEnvironment } from "./environment";
import { type TestDatabase, makeDatabase } from "./postgres";

/** What a test of sign-in has: a database with all tables, and the log lines since the test began. */
export interface SignInWorld {
  database: TestDatabase;
  logged: Record<string, unknown>[];
}

/** Makes a world for the tests of a file; filled when they run. */
export function signInWorld(): SignInWorld {
  const world = {} as SignInWorld;
  beforeAll(async () => {
    world.database = await makeDatabase();
    stubEnvironment(world.database.url);
    vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await migrate();
  });
  beforeEach(async () => {
    world.logged = catchLog();
    stubEnvironment(world.database.url);
    await world.database.query('DELETE FROM "rateLimit"');
  });
  afterAll(() => world.database.drop());
  return world;
}

let people = 0;

/** An email address that nobody has yet. */
export function email(): string {
  people += 1;
  return `person${people}@example.com`;
}

/** The browser of somebody who has just made an account. */
export async function newcomer(): Promise<Browser> {
  const browser = new Browser();
  expect((await browser.signUp(email())).status).toBe(200);
  return browser;
}

export async function body(answer: Response): Promise<Record<string, unknown>> {
  return (await answer.json()) as Record<string, unknown>;
}
