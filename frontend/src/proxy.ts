import { type NextRequest, NextResponse } from "next/server";

import { contentSecurityPolicy } from "@/server/csp";

/**
 * Gives every page its own nonce. Next reads it from the request's Content-Security-Policy and puts it on the
 * scripts it writes. Who is signed in is asked by the page itself, where the database is.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV === "development");
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy);
  headers.set("x-nonce", nonce);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

/** Pages only: Next would read the whole body of an API request before handing it on, which ends streaming. */
export const config = {
  matcher: ["/((?!api/|_next/static/|_next/image|icon\\.svg|robots\\.txt).*)"],
};
