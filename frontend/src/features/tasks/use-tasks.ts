import useSWR from "swr";

import type { ApiError } from "@/client/http";
import { STEADY_RETRY } from "@/client/retry";

import { type NewTask, type Task, TASKS_URL, addTask, deleteTask, listTasks, toggleTask } from "./api";

export interface Tasks {
  tasks: Task[] | undefined;
  error: ApiError | undefined;
  reload: () => Promise<unknown>;
  add: (task: NewTask) => Promise<unknown>;
  toggle: (task: Task) => Promise<unknown>;
  remove: (task: Task) => Promise<unknown>;
}

/**
 * The task list and its changes. A toggle or removal shows at once and is taken back when the server
 * refuses it; every change rejects with an ApiError then. Whoever else changes tasks (the chat) calls
 * `mutate(TASKS_URL)` of SWR and the list follows.
 */
export function useTasks(): Tasks {
  const { data, error, mutate } = useSWR<Task[], ApiError>(TASKS_URL, listTasks, {
    revalidateOnFocus: true,
    ...STEADY_RETRY,
  });

  const change = (now: (tasks: Task[]) => Task[], send: () => Promise<unknown>) =>
    mutate(send as () => Promise<undefined>, {
      optimisticData: (current) => now(current ?? []),
      rollbackOnError: true,
      populateCache: false,
      revalidate: true,
    });

  return {
    tasks: data,
    error,
    reload: () => mutate(),
    add: async (task) => {
      const added = await addTask(task);
      await mutate((current = []) => [added, ...current], { revalidate: true });
    },
    toggle: ({ id }) =>
      change(
        (tasks) => tasks.map((task) => (task.id === id ? { ...task, completed: !task.completed } : task)),
        () => toggleTask(id),
      ),
    remove: ({ id }) => change((tasks) => tasks.filter((task) => task.id !== id), () => deleteTask(id)),
  };
}
