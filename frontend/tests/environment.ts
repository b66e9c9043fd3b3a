import { vi } from "vitest";

export const ORIGIN = "http://localhost:30000";
export const SECRET = "a-secret-of-the-tests-0123456789abcdef";

/** The environment of the server side; what is not named here is as in a pod. */
export function stubEnvironment(databaseUrl: string, changes: Readonly<Record<string, string>> = {}): void {
  const values = {
    DATABASE_URL: databaseUrl,
    BETTER_AUTH_SECRET: SECRET,
    BETTER_AUTH_URL: ORIGIN,
    TRUSTED_ORIGINS: "",
    AUTH_JWT_ALGORITHM: "",
    DATABASE_POOL_SIZE: "5",
    ...changes,
  };
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
}

/** Catches the JSON log lines instead of printing them. */
export function catchLog(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(JSON.parse(String(text)) as Record<string, unknown>);
    return true;
  });
  return lines;
}
