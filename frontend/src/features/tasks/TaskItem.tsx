import { useId } from "react";

import { dayOf } from "@/client/day";
import { BinIcon } from "@/components/icons";

import type { Task } from "./api";
import styles from "./TaskItem.module.css";

interface Props {
  task: Task;
  /** It was added while one was looking. */
  isNew: boolean;
  onToggle: (task: Task) => void;
  onRemove: (task: Task) => void;
}

/** One task: ticking its box or its title toggles it. */
export function TaskItem({ task, isNew, onToggle, onRemove }: Props) {
  const id = useId();
  return (
    <li className={styles.item} data-completed={task.completed} data-new={isNew}>
      <input
        id={id}
        className={styles.box}
        type="checkbox"
        checked={task.completed}
        onChange={() => { onToggle(task); }}
      />
      <div className={styles.words}>
        <label className={styles.title} htmlFor={id}>
          {task.title}
        </label>
        {task.description ? <p className={styles.description}>{task.description}</p> : null}
      </div>
      <time className={styles.day} dateTime={task.created_at}>
        {dayOf(new Date(task.created_at))}
      </time>
      <button
        type="button"
        className={`icon-button ${styles.remove}`}
        aria-label={`Delete ${task.title}`}
        title="Delete"
        onClick={() => { onRemove(task); }}
      >
        <BinIcon />
      </button>
    </li>
  );
}
