// @vitest-environment node
import { describe, expect, it } from "vitest";

import { parseDatabaseUrl } from "@/server/database/address";
import { SettingError } from "@/server/settings";

describe("DATABASE_URL", () => {
  it.each([
    ["postgresql://u:p@db:6432/todo", { host: "db", port: 6432, user: "u", password: "p", database: "todo" }],
    ["postgres://u:p@db/todo", { host: "db", port: 5432 }],
    ["postgresql+psycopg://u:p@db/todo", { host: "db", database: "todo" }],
    ["postgresql://u:p%40%2F%23%3A@db/todo", { password: "p@/#:" }],
    ["postgresql://u:p@[::1]:5432/todo", { host: "::1" }],
    ["postgresql://u@db", { database: "u", password: "" }],
    ["postgresql:///todo?host=/tmp&user=u&port=6000", { host: "/tmp", port: 6000, user: "u", database: "todo" }],
    ["postgresql://u:p@/todo", { host: "localhost", database: "todo" }],
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
