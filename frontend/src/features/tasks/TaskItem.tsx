import { useId } from "react";

import { BinIcon } from "@/components/icons";

import type { Task } from "./api";
import { dayOf } from "./day";
import styles from "./TaskItem.module.css";

interface Props {
  task: Task;
  onToggle: (task: Task) => void;
  onRemove: (task: Task) => void;
}

/** One task: ticking its box or its title toggles it. */
export function TaskItem({ task, onToggle, onRemove }: Props) {
  const id = useId();
  return (
    <li className={styles.item} data-completed={task.completed}>
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
        className={styles.remove}
        aria-label={`Delete ${task.title}`}
        title="Delete"
        onClick={() => { onRemove(task); }}
      >
        <BinIcon />
      </button>
    </li>
  );
}
