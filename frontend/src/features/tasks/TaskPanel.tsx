"use client";

import { useRef, useState } from "react";

import { AddTask } from "./AddTask";
import type { Task } from "./api";
import { Filters } from "./Filters";
import { Progress } from "./Progress";
import { FailureBanner, ListUnavailable, LoadingList } from "./states";
import type { Status } from "./status";
import { TaskList } from "./TaskList";
import styles from "./TaskPanel.module.css";
import { useTaskActions } from "./use-task-actions";
import { useTasks } from "./use-tasks";

/** The whole of the tasks: add, narrow, list; and what to say when the server does not play along. */
export function TaskPanel() {
  const all = useTasks();
  const { failure, said, add, toggle, remove } = useTaskActions(all);
  const [status, setStatus] = useState<Status>("all");
  const list = useRef<HTMLDivElement>(null);

  const { error } = all;
  // A list that was empty and could not be read anew says nothing about what is on it.
  const tasks = all.tasks?.length || !error ? all.tasks : undefined;
  const reload = () => void all.reload();
  const banner = failure ?? (tasks && error ? { message: error.message, retry: reload } : null);
  const onRemove = (task: Task) => {
    list.current?.focus(); // the button that had the focus is about to go
    remove(task);
  };

  return (
    <section className={`panel ${styles.panel}`} aria-label="Tasks">
      <header className={styles.header}>
        <h2 className={styles.title}>Tasks</h2>
        {tasks?.length ? <Progress tasks={tasks} /> : null}
      </header>
      <AddTask onAdd={add} />
      {banner ? <FailureBanner text={banner.message} onRetry={banner.retry} /> : null}
      {tasks?.length ? <Filters tasks={tasks} status={status} onChange={setStatus} /> : null}
      <div ref={list} tabIndex={-1} className={styles.list} aria-busy={!tasks && !error}>
        {tasks ? <TaskList tasks={tasks} status={status} onToggle={toggle} onRemove={onRemove} /> : null}
        {!tasks && error ? <ListUnavailable text={error.message} requestId={error.requestId} onRetry={reload} /> : null}
        {!tasks && !error ? <LoadingList /> : null}
      </div>
      <p className="hidden" role="status">
        {said}
      </p>
    </section>
  );
}
