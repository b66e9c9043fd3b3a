import { useState } from "react";

import type { Task } from "./api";

/**
 * Tells which tasks came after the list was first shown, whoever added them: they light up for a moment, so
 * that one sees what the chat has done.
 */
export function useNewcomers(tasks: Task[]): (task: Task) => boolean {
  const [known] = useState(() => new Set(tasks.map(({ id }) => id)));
  return ({ id }) => !known.has(id);
}
