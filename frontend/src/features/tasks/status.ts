import type { Task } from "./api";

export const STATUSES = ["all", "pending", "completed"] as const;
export type Status = (typeof STATUSES)[number];

/** The tasks that a status shows. */
export function withStatus(tasks: Task[], status: Status): Task[] {
  return status === "all" ? tasks : tasks.filter((task) => task.completed === (status === "completed"));
}
