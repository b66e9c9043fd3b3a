// @vitest-environment node
import { expect, it } from "vitest";

import { type SigningKey, publishedKeys } from "@/server/auth/keyring";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 1);

function key(id: string, minutesAgo: number): SigningKey {
  return { id, createdAt: new Date(NOW - minutesAgo * MINUTE), publicKey: "{}", privateKey: "{}", alg: "EdDSA" };
}

it.each([
  ["only ours", [["ours", 99]], ["ours"], ["ours"]],
  ["another's that is older, shortly after ours was made", [["theirs", 500], ["ours", 10]], ["ours"], ["theirs", "ours"]],
  ["another's that is older, long after ours was made", [["theirs", 500], ["ours", 31]], ["ours"], ["ours"]],
  ["another's that is newer: the pods that replace us", [["ours", 500], ["theirs", 400]], ["ours"], ["ours", "theirs"]],
  ["another's and none of ours yet", [["theirs", 500]], [], ["theirs"]],
] as const)("publishes, of %s: the right ones", (_case, all, readable, expected) => {
  const keys = all.map(([id, age]) => key(id, age));
  const ours = keys.filter((one) => (readable as readonly string[]).includes(one.id));
  expect(publishedKeys(keys, ours, NOW).map((one) => one.id)).toEqual(expected);
});
