import { EmptyPicture } from "@/components/icons";
import { Notice } from "@/components/Notice";

import type { Task } from "./api";
import { type Status, withStatus } from "./status";
import { TaskItem } from "./TaskItem";
import styles from "./TaskList.module.css";
import { useNewcomers } from "./use-newcomers";

interface Props {
  tasks: Task[];
  status: Status;
  onToggle: (task: Task) => void;
  onRemove: (task: Task) => void;
}

/** The tasks of a status, or a word about why there are none. */
export function TaskList({ tasks, status, onToggle, onRemove }: Props) {
  const shown = withStatus(tasks, status);
  const isNew = useNewcomers(tasks);
  if (shown.length === 0) return <Notice {...EMPTY[tasks.length === 0 ? "all" : status]} picture={<EmptyPicture />} />;
  return (
    <ul className={styles.list}>
      {shown.map((task) => (
        <TaskItem key={task.id} task={task} isNew={isNew(task)} onToggle={onToggle} onRemove={onRemove} />
      ))}
    </ul>
  );
}

const EMPTY: Record<Status, { title: string; text: string }> = {
  all: { title: "Nothing to do yet", text: "Write down the first thing on your mind; it will be kept here." },
  pending: { title: "All done", text: "Every task on the list is ticked off. Time for a break." },
  completed: { title: "Nothing done yet", text: "Tick a task off and it shows up here." },
};
