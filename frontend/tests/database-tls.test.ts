// @vitest-environment node
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

import { databaseFault } from "@/server/database/faults";
import { Database } from "@/server/database/pool";

import { type Certificate, makeAuthority, makeCertificate } from "./certificates";
import { startCluster } from "./postgres-cluster";
import { type Door, openDoor } from "./tls-door";

let folder: string;
let ours: Certificate;
const doors: Record<string, Door> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "todo-tls-"));
  ours = await makeAuthority("ours");
  const theirs = await makeAuthority("theirs");
  writeFileSync(join(folder, "ca.crt"), ours.cert);
  const url = inject("postgresUrl");
  doors["right name"] = await openDoor(url, await makeCertificate(ours, "localhost"));
  doors["right address"] = await openDoor(url, await makeCertificate(ours, "127.0.0.1"));
  doors["other name"] = await openDoor(url, await makeCertificate(ours, "database.example"));
  doors["other authority"] = await openDoor(url, await makeCertificate(theirs, "localhost"));
  doors["no TLS"] = await openDoor(url, null);
}, 60_000);

afterAll(async () => {
  await Promise.all(Object.values(doors).map((door) => door.stop()));
  rmSync(folder, { recursive: true });
});

/** What comes of one query: `tls`, `plain`, or the reason that a person reads. */
async function outcome(door: string, parameters: string, host = "localhost"): Promise<string> {
  const { port, seen } = doors[door]!;
  const before = { ...seen };
  try {
    const url = new URL(inject("postgresUrl"));
    url.host = `${host}:${port}`;
    const database = new Database(`${url.href}${parameters.replace("CA", join(folder, "ca.crt"))}`, 1);
    try {
      expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    } finally {
      await database.end();
    }
    return seen.tls > before.tls ? "tls" : "plain";
  } catch (error) {
    return databaseFault(error)?.reason ?? (error as Error).message;
  }
}

const OTHER_NAME = "its certificate was not accepted (ERR_TLS_CERT_ALTNAME_INVALID)";
const UNKNOWN = "its certificate was not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)";
const NO_FILE = "DATABASE_URL: names /nowhere/ca.crt as sslrootcert: ENOENT";

describe("sslmode means what libpq means by it", () => {
  it.each([
    ["", "right name", "tls"],
    ["", "other authority", "tls"],
    ["", "no TLS", "plain"],
    ["?sslmode=disable", "right name", "plain"],
    ["?sslmode=disable", "no TLS", "plain"],
    ["?sslmode=allow", "no TLS", "plain"],
    ["?sslmode=prefer", "other authority", "tls"],
    ["?sslmode=prefer", "no TLS", "plain"],
    ["?sslmode=require", "other authority", "tls"],
    ["?sslmode=require", "other name", "tls"],
    ["?sslmode=require", "no TLS", "the server has no TLS"],
    ["?sslmode=require&channel_binding=require", "right name", "tls"],
    ["?sslmode=require&sslrootcert=CA", "other name", "tls"],
    ["?sslmode=require&sslrootcert=CA", "other authority", UNKNOWN],
    ["?sslmode=require&sslrootcert=/nowhere/ca.crt", "other authority", "tls"],
    ["?sslmode=verify-ca&sslrootcert=CA", "right name", "tls"],
    ["?sslmode=verify-ca&sslrootcert=CA", "other name", "tls"],
    ["?sslmode=verify-ca&sslrootcert=CA", "other authority", UNKNOWN],
    ["?sslmode=verify-ca&sslrootcert=CA", "no TLS", "the server has no TLS"],
    ["?sslmode=verify-ca&sslrootcert=/nowhere/ca.crt", "right name", NO_FILE],
    ["?sslmode=verify-full&sslrootcert=CA", "right name", "tls"],
    ["?sslmode=verify-full&sslrootcert=CA", "other name", OTHER_NAME],
    ["?sslmode=verify-full&sslrootcert=CA", "other authority", UNKNOWN],
    ["?sslmode=verify-full&sslrootcert=system", "right name", UNKNOWN],
    ["?sslrootcert=system", "right name", UNKNOWN],
  ])("%j to a server with %s: %s", async (parameters, door, expected) => {
    expect(await outcome(door, parameters)).toBe(expected);
  });

  it.each([
    ["right address", "tls"],
    ["right name", OTHER_NAME],
  ])("verify-full checks an IP address too: %s, %s", async (door, expected) => {
    expect(await outcome(door, "?sslmode=verify-full&sslrootcert=CA", "127.0.0.1")).toBe(expected);
  });
});

describe.skipIf(inject("postgresPrograms") === null)("a Postgres that speaks TLS itself", () => {
  it("takes the address that Neon hands out, with its channel binding", async () => {
    const { cert, key } = await makeCertificate(ours, "localhost");
    const files = { "server.crt": cert, "server.key": key };
    const settings = ["ssl=on", "ssl_cert_file=../server.crt", "ssl_key_file=../server.key"];
    const cluster = await startCluster(inject("postgresPrograms")!, settings, files);
    const database = new Database(`${cluster.url}?sslmode=require&channel_binding=require`, 1);
    try {
      const rows = await database.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
      expect(rows).toEqual([{ ssl: true }]);
    } finally {
      await database.end();
      await cluster.stop();
    }
  }, 90_000);
});
