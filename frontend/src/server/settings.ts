/**
 * Settings of the server side, read from the environment at every call.
 *
 * Next writes `process.env.NEXT_PUBLIC_…` into the bundle at build time. Going through a name keeps the
 * lookup at run time, so that one image serves every environment.
 */
function setting(name: string): string {
  return process.env[name]?.trim() ?? "";
}

/** Address of the backend inside the cluster (BACKEND_URL), or null where none, or no usable one, is set. */
export function backendUrl(): URL | null {
  try {
    const url = new URL(setting("BACKEND_URL"));
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}

/** Address under which a person reaches the backend (NEXT_PUBLIC_BACKEND_URL); only shown. Null where unset. */
export function publicBackendUrl(): string | null {
  const value = setting("NEXT_PUBLIC_BACKEND_URL");
  return /^https?:\/\//.test(value) ? value.replace(/\/+$/, "") : null;
}

/** Milliseconds until the backend's response headers must have arrived (BACKEND_TIMEOUT_MS). */
export function backendTimeoutMs(): number {
  const value = Number(setting("BACKEND_TIMEOUT_MS"));
  return Number.isInteger(value) && value > 0 ? value : 15_000;
}

/** TEMPORARY, see users.ts: id of the demo user (DEMO_USER_ID). */
export function demoUserId(): string {
  return setting("DEMO_USER_ID") || "demo";
}
