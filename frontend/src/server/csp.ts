import { chatkitWidget } from "./settings";

/** Where OpenAI serves ChatKit from: a script, and a frame that the script opens. */
const CHATKIT = "https://cdn.platform.openai.com";

/**
 * Content-Security-Policy of a page: everything from here, and inline scripts and styles only with the nonce of
 * this one answer. `development` lets the dev server's reloading through.
 */
export function contentSecurityPolicy(nonce: string, development: boolean): string {
  const widget = chatkitWidget() ? [CHATKIT] : [];
  const own = ["'self'", `'nonce-${nonce}'`];
  const directives: Record<string, readonly string[]> = {
    "default-src": ["'none'"],
    "script-src": [...own, ...widget, ...(development ? ["'unsafe-eval'"] : [])],
    "style-src": development ? ["'self'", "'unsafe-inline'"] : own,
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": development ? ["'self'", "ws:"] : ["'self'"],
    "manifest-src": ["'self'"],
    "frame-src": widget.length > 0 ? widget : ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
  };
  return Object.entries(directives).map(([name, sources]) => `${name} ${sources.join(" ")}`).join("; ");
}
