import type { TestProject } from "vitest/node";

import { findPrograms, startCluster } from "./postgres-cluster";

const MISSING =
  "These tests need a real Postgres. Set TEST_DATABASE_URL to one where the user may create databases, " +
  "or install the server (Debian: apt-get install postgresql).";

/** Gives the tests a real Postgres: the one of TEST_DATABASE_URL, else a private one that goes away with them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  const programs = findPrograms();
  project.provide("postgresPrograms", programs);
  if (given !== undefined && given !== "") {
    project.provide("postgresUrl", given);
    return () => Promise.resolve();
  }
  if (programs === null) {
    throw new Error(MISSING);
  }
  const cluster = await startCluster(programs, []);
  project.provide("postgresUrl", cluster.url);
  return () => cluster.stop();
}
