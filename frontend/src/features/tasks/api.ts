import { call } from "@/client/http";

export interface Task {
  id: number;
  title: string;
  description: string | null;
  completed: boolean;
  created_at: string;
  updated_at: string;
}

export interface NewTask {
  title: string;
  description: string | null;
}

export const TASKS_URL = "/api/backend/tasks";

export const listTasks = () => call<Task[]>("GET", TASKS_URL);
export const addTask = (task: NewTask) => call<Task>("POST", TASKS_URL, task);
export const toggleTask = (id: number) => call<Task>("PATCH", `${TASKS_URL}/${id}/complete`);
export const deleteTask = (id: number) => call<undefined>("DELETE", `${TASKS_URL}/${id}`);
