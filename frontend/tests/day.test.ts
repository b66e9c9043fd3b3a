// @vitest-environment node
import { expect, it } from "vitest";

import { dayOf } from "@/client/day";

const NOW = new Date(2026, 2, 30, 0, 30); // the night after clocks went forward in much of Europe

it.each([
  [new Date(2026, 2, 30, 0, 10), "Today"],
  [new Date(2026, 2, 29, 23, 59), "Yesterday"],
  [new Date(2026, 2, 24, 12), "6 days ago"],
  [new Date(2026, 2, 23, 12), "Mar 23"],
  [new Date(2026, 2, 31), "Mar 31"],
])("says of %s: %s", (time, words) => {
  expect(dayOf(time, NOW)).toBe(words);
});
