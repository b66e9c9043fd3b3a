// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { parseDatabaseUrl } from "@/server/database/address";
import { SettingError } from "@/server/settings";

/** The backend's own table; a test of the kit keeps both the same. */
const TABLE = JSON.parse(readFileSync(`${import.meta.dirname}/data/database_urls.json`, "utf8")) as {
  taken: string[];
  refused: string[];
};

describe("DATABASE_URL, as the backend has it,", () => {
  it.each(TABLE.taken)("%s is taken", (url) => {
    expect(parseDatabaseUrl(url).host).not.toBe("");
  });

  it.each(TABLE.refused)("%s is refused", (url) => {
    expect(thrown(() => parseDatabaseUrl(url))).toBeInstanceOf(SettingError);
  });
});

describe("DATABASE_URL", () => {
  it.each([
    ["postgresql://u:p@db:6432/todo", { host: "db", port: 6432, user: "u", password: "p", database: "todo" }],
    ["postgres://u:p@db/todo", { host: "db", port: 5432 }],
    ["postgresql+psycopg://u:p@db/todo", { host: "db", database: "todo" }],
    ["postgresql://u:p%40%2F%23%3A@db/todo", { password: "p@/#:" }],
    ["postgresql://u:p@[::1]:5432/todo", { host: "::1" }],
    ["postgresql://u@db/todo", { database: "todo", password: "" }],
    ["postgresql://u:p w:&x@db/todo", { host: "db", password: "p w:&x" }],
    ["postgresql://u:50%@db/todo", { password: "50%" }],
    ["postgresql://u:%ff@db/todo", { password: "%ff" }],
    ["postgresql://u:p@db/to%40do", { database: "to@do" }],
    ["postgresql://u:p@db:/todo?", { host: "db", port: 5432, database: "todo" }],
    ["postgresql://u:p@db/todo?sslmode=require&connect_timeout=", { sslMode: "require" }],
    ["postgresql:///todo?host=/tmp&user=u&port=6000", { host: "/tmp", port: 6000, user: "u", database: "todo" }],
    ["postgresql://u:p@/todo?host=db", { host: "db", database: "todo" }],
    ["postgresql://u:p@db/todo", { sslMode: "prefer", sslRootCert: null, channelBinding: false, connectTimeoutMs: 5_000 }],
    ["postgresql://u:p@db/todo?sslmode=require&channel_binding=require", { sslMode: "require", channelBinding: true }],
    ["postgresql://u:p@db/todo?sslmode=verify-full&sslrootcert=%2Fetc%2Fdatabase%2Fca.crt", { sslRootCert: "/etc/database/ca.crt" }],
    ["postgresql://u:p@db/todo?sslrootcert=system", { sslMode: "verify-full" }],
    ["postgresql://u:p@db/todo?connect_timeout=2", { connectTimeoutMs: 2_000 }],
    ["postgresql://u:p@db/todo?connect_timeout=0", { connectTimeoutMs: 5_000 }],
    ["postgresql://u:p@db/todo?sslnegotiation=direct", { directTls: true }],
  ])("%s", (url, expected) => {
    expect(parseDatabaseUrl(url)).toMatchObject(expected);
  });

  it.each([
    ["mysql://u:s3cret@db/todo", "does not begin with postgresql://"],
    ["s3cret", "does not begin with postgresql://"],
    ["postgresql://u:s3cret/@db:x/todo", "is not an address"],
    ["postgresql://u:s3cret@one:1,two:2/todo", "is not an address"],
    ["postgresql://u:s3cret@one,two/todo", "names several hosts"],
    ["postgresql://u:s3cret@/todo?host=one,two", "names several hosts"],
    ["postgresql://u:s3@cret@db/todo", "is not an address"],
    ["postgresql://u:1/s3cret@db/todo", "is not an address"],
    ["postgresql://u:1/x?s3cret=1@db/todo", "is not an address"],
    ["postgresql://u:s3cret#@db/todo", "is not an address"],
    ["postgresql://u:s3cret@db/todo?host=one&host=two", "has an option twice"],
    ["postgresql://u:s3cret@db/todo?port=5432,5433", "has a port that is none"],
    ["postgresql://u:s3cret@db:99999/todo", "has a port that is none"],
    ["postgresql://u:s3cret@/todo", "names no host"],
    ["postgresql://u:s3cret@db", "names no database"],
    ["postgresql://u:s3cret@db/todo?pgbouncer=true", "has an option that is not taken: pgbouncer"],
    ["postgresql://u:s3cret@db/todo?options=-c%20search_path%3Dx", "has an option that is not taken: options"],
    ["postgresql://u:s3cret@db/todo?sslmode=yes", "has an unknown sslmode"],
    ["postgresql://u:s3cret@db/todo?sslmode=require&sslrootcert=system", "has sslrootcert=system with sslmode=require"],
  ])("%s is refused without showing it", (url, reason) => {
    const problem = thrown(() => parseDatabaseUrl(url));
    expect(problem).toBeInstanceOf(SettingError);
    expect(problem).toMatchObject({ variable: "DATABASE_URL", reason: expect.stringContaining(reason) as string });
    expect(JSON.stringify(problem) + String(problem)).not.toContain("s3cret");
  });
});

function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
