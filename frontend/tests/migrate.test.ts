// @vitest-environment node
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { type Server, connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type TestDatabase, makeDatabase } from "./postgres";

const run = promisify(execFile);
const TABLES = ["account", "jwks", "rateLimit", "session", "user", "verification"];

let folder: string;
let bundle: string;
let database: TestDatabase;

interface Ended {
  code: number;
  lines: Record<string, unknown>[];
  printed: string;
}

/** `node migrate.mjs`, as the image runs it: one file, elsewhere than its sources. */
async function migrate(environment: Record<string, string>): Promise<Ended> {
  const env = { NODE_ENV: "production" as const, PATH: process.env.PATH ?? "", MIGRATE_WAIT_S: "1", ...environment };
  const done = await run(process.execPath, [bundle], { env, cwd: folder }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );
  const lines = done.stdout.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code: done.code, lines, printed: done.stdout + done.stderr };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "todo-migrate-"));
  bundle = join(folder, "migrate.mjs");
  await run(process.execPath, ["build-migrate.mjs", bundle], { cwd: join(import.meta.dirname, "..") });
}, 60_000);

afterAll(() => { rmSync(folder, { recursive: true }); });

beforeEach(async () => {
  database = await makeDatabase();
});

afterEach(() => database.drop());

async function relations(kind: string): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = $1 AND relnamespace = 'public'::regnamespace ORDER BY 1",
    [kind],
  );
  return rows.map((row) => row.name).sort((a, b) => a.localeCompare(b));
}

describe("migrate.mjs", () => {
  it("makes all tables once when several pods start on an empty database at the same time", async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => migrate({ DATABASE_URL: database.url })));
    expect(all.map((one) => one.code)).toEqual([0, 0, 0, 0]);
    const created = all.map((one) => (one.lines.at(-1)?.created as string[]).length).sort();
    expect(created).toEqual([0, 0, 0, TABLES.length]);
    expect(await relations("r")).toEqual(TABLES);
    expect(await relations("v")).toEqual(["users"]);
  }, 60_000);

  it("changes nothing the second time", async () => {
    await migrate({ DATABASE_URL: database.url });
    await database.query(`INSERT INTO "user" (id, name, email, "emailVerified") VALUES ('1', 'Ann', 'a@b.example', false)`);
    expect((await migrate({ DATABASE_URL: database.url })).lines).toMatchObject([{ event: "migrated", created: [] }]);
    expect(await database.query("SELECT id, name, email, email_verified FROM users")).toEqual([
      { id: "1", name: "Ann", email: "a@b.example", email_verified: false },
    ]);
  });

  it("adds what an older release did not have and keeps what is there", async () => {
    await migrate({ DATABASE_URL: database.url });
    await database.query(`INSERT INTO "user" (id, name, email, "emailVerified") VALUES ('1', 'Ann', 'a@b.example', false)`);
    await database.query('ALTER TABLE "user" DROP COLUMN image');
    await database.query('DROP TABLE "rateLimit"');
    expect((await migrate({ DATABASE_URL: database.url })).lines).toMatchObject([{ created: ["rateLimit"] }]);
    expect(await database.query('SELECT name, image FROM "user"')).toEqual([{ name: "Ann", image: null }]);
  });

  it("leaves somebody's table with the name users alone", async () => {
    await database.query("CREATE TABLE users (mine int)");
    expect((await migrate({ DATABASE_URL: database.url })).code).toBe(0);
    expect(await relations("r")).toContain("users");
  });

  it("leaves nothing half done", async () => {
    await database.query('CREATE TABLE verification (id text PRIMARY KEY, "unknown" text NOT NULL)');
    await database.query("CREATE VIEW users AS SELECT 1 AS other"); // can't be replaced: other columns
    const ended = await migrate({ DATABASE_URL: database.url });
    expect(ended.code).toBe(1);
    expect(await relations("r")).toEqual(["verification"]);
  });

  it("waits for a database that starts later", async () => {
    const { hostname, port } = new URL(database.url);
    const door = createServer((socket) => {
      const to = connect(Number(port), hostname);
      for (const end of [socket, to]) end.on("error", () => { socket.destroy(); to.destroy(); });
      socket.pipe(to).pipe(socket);
    });
    const free = await portOf(door);
    await new Promise((resolve) => door.close(resolve));
    const url = new URL(database.url);
    url.port = String(free);
    const running = migrate({ DATABASE_URL: url.href, MIGRATE_WAIT_S: "20" });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    door.listen(free, "127.0.0.1");
    const { code, lines } = await running;
    door.close();
    expect([code, lines[0]?.event, lines.at(-1)?.event]).toEqual([0, "waiting for the database", "migrated"]);
  }, 30_000);
});

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("a migration that can't be done ends with 1 and one line that says why, without the value", () => {
  const wrongPassword = (url: string) => url.replace(/:[^:@]*@/, ":wr0ng-secret@");
  it.each([
    ["no variable", () => "", { variable: "DATABASE_URL", reason: "is not set" }],
    ["no address", () => "wr0ng-secret", { variable: "DATABASE_URL", reason: "does not begin with postgresql://" }],
    ["nobody there", () => "postgresql://u:wr0ng-secret@127.0.0.1:1/x", { host: "127.0.0.1:1", reason: "connection refused" }],
    ["no such host", () => "postgresql://u:wr0ng-secret@no-such-host.invalid/x", { host: "no-such-host.invalid:5432" }],
    ["wrong password", wrongPassword, { variable: "DATABASE_URL", reason: "wrong user or password" }],
    ["no such database", (url: string) => `${url}x`, { reason: "no such database" }],
    ["no CA file", (url: string) => `${url}?sslmode=verify-full&sslrootcert=/nowhere/ca.crt`, { reason: expect.stringContaining("/nowhere/ca.crt") as string }],
  ])("%s", async (_case, change, expected) => {
    const { code, lines, printed } = await migrate({ DATABASE_URL: change(database.url) });
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({ level: "error", event: "migration failed", ...expected, hint: expect.stringMatching(/\w/) as string });
    expect(printed).not.toMatch(/wr0ng-secret|s3cret-of-the-tests|at .*\.mjs/);
  }, 20_000);
});
