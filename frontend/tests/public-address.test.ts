// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";

import { authSettings } from "@/server/settings";
import { reportSettings } from "@/server/start";

import { catchLog, stubEnvironment } from "./environment";

/** The backend's own table; a test of the kit keeps both the same. */
const TABLE = JSON.parse(readFileSync(`${import.meta.dirname}/data/public_addresses.json`, "utf8")) as {
  given: string;
  origin: string | null;
}[];

describe("BETTER_AUTH_URL", () => {
  it.each(TABLE)("$given has the origin that the backend expects in tokens: $origin", ({ given, origin }) => {
    stubEnvironment("postgresql://u:p@db/todo", { BETTER_AUTH_URL: given });
    if (origin === null) expect(authSettings).toThrow(/^BETTER_AUTH_URL: /);
    else expect(authSettings().origin).toBe(origin);
  });

  it("with a path is named in the log at start, with what to write instead", () => {
    stubEnvironment("postgresql://u:p@db/todo", { BETTER_AUTH_URL: "https://todo.example/s3cret" });
    vi.stubEnv("BACKEND_URL", "http://backend:8000");
    const lines = catchLog();
    reportSettings();
    expect(lines).toMatchObject([{ level: "error", variable: "BETTER_AUTH_URL", reason: "has a path" }]);
    expect(lines[0]?.hint).toContain("without a path");
    expect(JSON.stringify(lines)).not.toContain("s3cret");
  });
});
