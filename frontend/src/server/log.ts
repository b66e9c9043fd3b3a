type Level = "info" | "warning" | "error";

/** One JSON line on stdout, in the shape of the backend's lines. */
export function log(level: Level, event: string, fields: Record<string, unknown> = {}): void {
  const line = { timestamp: new Date().toISOString(), level, event, ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
