/** Next calls this once at its start; the import under the condition keeps it out of the Edge bundle, which has no stdout. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") (await import("@/server/start")).reportSettings();
}
