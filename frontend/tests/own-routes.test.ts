// @vitest-environment node
import { describe, expect, it, vi } from "vitest";

import { reportSettings } from "@/server/start";
import { GET as config } from "@/app/api/config/route";
import { GET as health } from "@/app/api/health/route";

import { catchLog, stubEnvironment } from "./environment";

const REQUEST = new Request("http://frontend.example/api/config");

describe("/api/health", () => {
  it("answers without a backend, a database or any setting", async () => {
    for (const name of ["BACKEND_URL", "DATABASE_URL", "BETTER_AUTH_SECRET", "BETTER_AUTH_URL"]) vi.stubEnv(name, "");
    expect(await health().json()).toEqual({ status: "ok" });
  });
});

describe("/api/config", () => {
  it.each([
    ["http://localhost:30001", "http://localhost:30001"],
    ["https://api.example/", "https://api.example"],
    ["", null],
    ["javascript:alert(1)", null],
  ])("shows NEXT_PUBLIC_BACKEND_URL=%j as it is at run time: %j", async (value, backendUrl) => {
    vi.stubEnv("NEXT_PUBLIC_BACKEND_URL", value);
    const rules = { min: 8, max: 128 };
    expect(await (await config(REQUEST)).json()).toEqual({ backendUrl, user: null, chatkitWidget: false, passwordRules: rules });
  });
});

describe("the start", () => {
  it("names every setting that is missing or unusable, and no value", () => {
    const values = { BACKEND_URL: "backend:8000", DATABASE_URL: "", BETTER_AUTH_SECRET: "", BETTER_AUTH_URL: "s3cret", AUTH_JWT_ALGORITHM: "none", TRUSTED_ORIGINS: "https://*" };
    for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
    const lines = catchLog();
    reportSettings();
    expect(lines.map((line) => line.variable).sort()).toEqual(Object.keys(values).sort());
    expect(JSON.stringify(lines)).not.toContain("s3cret");
  });

  it("says nothing where all is set", () => {
    stubEnvironment("postgresql://u:p@db/todo", { BACKEND_URL: "http://backend:8000" });
    const lines = catchLog();
    reportSettings();
    expect(lines).toEqual([]);
  });
});
