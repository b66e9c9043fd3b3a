import { useState } from "react";

import { wordsOf } from "@/client/http";

import type { NewTask, Task } from "./api";
import type { Tasks } from "./use-tasks";

export interface Failure {
  message: string;
  retry: () => void;
}

export interface TaskActions {
  /** What the last change failed of, until the next one begins. */
  failure: Failure | null;
  /** What the last change did, for a screen reader. */
  said: string;
  add: (task: NewTask) => Promise<void>;
  toggle: (task: Task) => void;
  remove: (task: Task) => void;
}

/** The changes as the page offers them: said when done; kept for another try when not. */
export function useTaskActions({ add, toggle, remove }: Tasks): TaskActions {
  const [failure, setFailure] = useState<Failure | null>(null);
  const [said, setSaid] = useState("");

  const attempt = async (action: () => Promise<unknown>, done: string): Promise<void> => {
    setFailure(null);
    try {
      await action();
      setSaid(done);
    } catch (reason) {
      setFailure({ message: wordsOf(reason), retry: () => void attempt(action, done) });
    }
  };
  return {
    failure,
    said,
    add: async (task) => {
      await add(task); // the form itself shows a failure, beside what was typed
      setSaid(`${task.title} added`);
    },
    toggle: (task) => void attempt(() => toggle(task), `${task.title}: ${task.completed ? "to do again" : "done"}`),
    remove: (task) => void attempt(() => remove(task), `${task.title} deleted`),
  };
}
