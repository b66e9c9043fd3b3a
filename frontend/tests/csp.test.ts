// @vitest-environment node
import { NextRequest } from "next/server";
import { describe, expect, it, vi } from "vitest";

import { config, proxy } from "@/proxy";
import { contentSecurityPolicy } from "@/server/csp";

function directives(policy: string): Record<string, string[]> {
  const entries = policy.split("; ").map((part) => part.split(" "));
  return Object.fromEntries(entries.map(([name = "", ...sources]) => [name, sources] as const));
}

describe("the policy of a page", () => {
  it("takes nothing from elsewhere and no inline script or style without the nonce", () => {
    const policy = contentSecurityPolicy("abc", false);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(directives(policy)).toMatchObject({
      "default-src": ["'none'"],
      "script-src": ["'self'", "'nonce-abc'"],
      "style-src": ["'self'", "'nonce-abc'"],
      "connect-src": ["'self'"],
      "frame-src": ["'none'"],
      "frame-ancestors": ["'none'"],
      "base-uri": ["'none'"],
      "form-action": ["'self'"],
    });
  });

  it.each(["true", "True"])("opens for CHATKIT_WIDGET=%s where its script and frame come from, and nothing else", (value) => {
    const closed = directives(contentSecurityPolicy("abc", false));
    vi.stubEnv("CHATKIT_WIDGET", value);
    const open = directives(contentSecurityPolicy("abc", false));
    const cdn = "https://cdn.platform.openai.com";
    expect(open).toEqual({ ...closed, "script-src": [...closed["script-src"]!, cdn], "frame-src": [cdn] });
  });

  it.each(["false", "", "0"])("stays closed for CHATKIT_WIDGET=%j", (value) => {
    vi.stubEnv("CHATKIT_WIDGET", value);
    expect(contentSecurityPolicy("abc", false)).not.toContain("openai");
  });
});

describe("proxy", () => {
  const ask = () => proxy(new NextRequest("http://localhost:30000/"));

  it("gives the same policy to the browser and to Next, which takes the nonce from it", () => {
    const answer = ask();
    const policy = answer.headers.get("content-security-policy");
    expect(policy).toMatch(/'nonce-[A-Za-z0-9+/]{22}=='/);
    expect(answer.headers.get("x-middleware-request-content-security-policy")).toBe(policy);
    expect(policy).toContain(`'nonce-${answer.headers.get("x-middleware-request-x-nonce") ?? ""}'`);
  });

  it("gives every answer a nonce of its own", () => {
    const nonces = Array.from({ length: 20 }, () => ask().headers.get("content-security-policy"));
    expect(new Set(nonces).size).toBe(20);
  });

  it.each([
    ["/", true],
    ["/sign-in", true],
    ["/no/such/page", true],
    ["/apiary", true],
    ["/api/backend/chatkit", false],
    ["/api/auth/sign-in/email", false],
    ["/_next/static/chunks/a.js", false],
    ["/icon.svg", false],
  ])("runs at %s: %s (an API's body must stream past it)", (path, runs) => {
    expect(new RegExp(`^${config.matcher[0]}$`).test(path)).toBe(runs);
  });
});
