import { signIn } from "./auth/instance";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * True where a page of somebody else may have sent the request: it changes something, and its Origin header,
 * which browsers set on such requests and scripts can't, is missing or none of ours.
 */
export async function isForeign(request: Request): Promise<boolean> {
  if (SAFE_METHODS.has(request.method)) return false;
  const origin = request.headers.get("origin");
  if (origin === null) return true;
  return !(await signIn().auth.$context).isTrustedOrigin(origin);
}
