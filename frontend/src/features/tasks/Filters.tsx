import type { Task } from "./api";
import { STATUSES, type Status, withStatus } from "./status";
import styles from "./Filters.module.css";

const WORDS: Record<Status, string> = { all: "All", pending: "To do", completed: "Done" };

interface Props {
  tasks: Task[];
  status: Status;
  onChange: (status: Status) => void;
}

/** Which tasks are shown, with how many there are of each. */
export function Filters({ tasks, status, onChange }: Props) {
  return (
    <div className={styles.choices} role="group" aria-label="Show">
      {STATUSES.map((choice) => (
        <button
          key={choice}
          type="button"
          className={styles.choice}
          aria-pressed={choice === status}
          onClick={() => { onChange(choice); }}
        >
          {WORDS[choice]} <span className={styles.count}>{withStatus(tasks, choice).length}</span>
        </button>
      ))}
    </div>
  );
}
