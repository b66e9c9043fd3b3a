import type { Task } from "./api";
import styles from "./Progress.module.css";
import { withStatus } from "./status";

/** How far along one is. */
export function Progress({ tasks }: { tasks: Task[] }) {
  const done = withStatus(tasks, "completed").length;
  return (
    <p className={styles.progress}>
      {done} of {tasks.length} done
      <progress className={styles.bar} max={tasks.length} value={done} aria-label="Done so far" />
    </p>
  );
}
