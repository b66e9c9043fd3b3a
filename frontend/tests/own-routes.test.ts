// @vitest-environment node
import { describe, expect, it, vi } from "vitest";

import { GET as config } from "@/app/api/config/route";
import { GET as health } from "@/app/api/health/route";

const REQUEST = new Request("http://frontend.example/api/config");

describe("/api/health", () => {
  it("answers without a backend", async () => {
    vi.stubEnv("BACKEND_URL", "");
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
    vi.stubEnv("DEMO_USER_ID", "visitor");
    expect(await (await config(REQUEST)).json()).toEqual({ backendUrl, user: { id: "visitor", demo: true } });
  });
});
