// @vitest-environment node
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { databaseFault } from "@/server/database/faults";
import { Database } from "@/server/database/pool";

import { catchLog } from "./environment";
import { type TestDatabase, makeDatabase } from "./postgres";

let server: TestDatabase;
let database: Database;
let logged: Record<string, unknown>[];

beforeAll(async () => {
  server = await makeDatabase();
});

afterAll(() => server.drop());

beforeEach(() => {
  logged = catchLog();
});

afterEach(() => database.end());

async function fault(query: Promise<unknown>): Promise<string | undefined> {
  return query.then(() => "it worked", (error: unknown) => databaseFault(error)?.reason);
}

const stopAll = () =>
  server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'todo-frontend'");

describe("a database that is stopped", () => {
  it("takes its idle connections with it and nothing else", async () => {
    database = new Database(server.url, 2);
    await database.query("SELECT 1");
    await stopAll();
    await vi.waitFor(() => {
      expect(logged).toMatchObject([{ event: "database connection lost", level: "warning" }]);
    });
    expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("ends the query that is running with a reason, and the next one works", async () => {
    database = new Database(server.url, 1);
    const running = fault(database.query("SELECT pg_sleep(20)"));
    await vi.waitFor(async () => {
      expect(await server.query("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")).toHaveLength(1);
    });
    await stopAll();
    expect(await running).toBe("the database was stopped");
    expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });
});

describe("limits", () => {
  it("end a query that gets no answer, and its connection is not used again", async () => {
    database = new Database(server.url, 1, 200);
    expect(await fault(database.query("SELECT pg_sleep(20)"))).toBe("no answer in time");
    expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("end the wait for a connection that is never made", async () => {
    const url = new URL(server.url);
    url.host = "192.0.2.1:5432"; // TEST-NET-1: nobody answers there
    url.searchParams.set("connect_timeout", "1");
    database = new Database(url.href, 1);
    const started = Date.now();
    expect(await fault(database.query("SELECT 1"))).toMatch(/no answer in time|not reachable|connection/);
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  it("hold the number of connections", async () => {
    database = new Database(server.url, 3);
    const pids = await Promise.all(
      Array.from({ length: 20 }, () => database.query<{ pid: number }>("SELECT pg_backend_pid() AS pid, pg_sleep(0.02)")),
    );
    expect(new Set(pids.flat().map((row) => row.pid)).size).toBeLessThanOrEqual(3);
  });
});
