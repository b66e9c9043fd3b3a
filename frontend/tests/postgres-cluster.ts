import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pg from "pg";

const PASSWORD = "s3cret-of-the-tests";

/** The folder with initdb and postgres: PATH first, then Debian's place, newest version first. Null: there is none. */
export function findPrograms(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const onPath = (process.env.PATH ?? "").split(delimiter);
  const folders = [...onPath, ...versions.map((version) => join(debian, version, "bin"))];
  return folders.find((folder) => folder !== "" && existsSync(join(folder, "initdb"))) ?? null;
}

export interface Cluster {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a private Postgres on a free port. `files` (name, content) are put beside the data, for its own user only. */
export async function startCluster(
  programs: string,
  settings: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "todo-postgres-"));
  const user = serverUser();
  for (const [name, content] of Object.entries({ ...files, password: PASSWORD })) {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    if (user !== null) chownSync(join(folder, name), user.uid, user.gid);
  }
  if (user !== null) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { cwd: folder, ...user };
  const owner = ["-U", "tests", "--pwfile", join(folder, "password"), "--auth=scram-sha-256"];
  const init = ["-D", data, ...owner, "--locale=C", "--encoding=UTF8", "--no-sync"];
  execFileSync(join(programs, "initdb"), init, { ...options, stdio: "pipe" });
  const port = await freePort();
  const all = ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=200", ...settings];
  const start = ["-D", data, "-k", folder, "-p", String(port), ...all.flatMap((setting) => ["-c", setting])];
  const server = spawn(join(programs, "postgres"), start, { ...options, stdio: "ignore" });
  const url = `postgresql://tests:${PASSWORD}@127.0.0.1:${port}/postgres`;
  await answering(url, server);
  return { url, stop: () => stop(server, folder) };
}

/** Postgres refuses to run as root: then its own user, or nobody. Null: stay who we are. */
function serverUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { stdio: "pipe" }).toString());
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      continue;
    }
  }
  throw new Error("As root the tests need a user named postgres or nobody for Postgres.");
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (server.exitCode !== null) throw new Error(`Postgres ended at its start with ${server.exitCode}`);
    const client = new pg.Client(url);
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error("Postgres did not answer in 60 s");
}

async function stop(server: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGINT");
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
