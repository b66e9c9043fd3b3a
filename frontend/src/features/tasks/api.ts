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

/** A failed call, with words for a person. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    message: string,
    readonly status: number | null,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

export const listTasks = () => call<Task[]>("GET", TASKS_URL);
export const addTask = (task: NewTask) => call<Task>("POST", TASKS_URL, task);
export const toggleTask = (id: number) => call<Task>("PATCH", `${TASKS_URL}/${id}/complete`);
export const deleteTask = (id: number) => call<undefined>("DELETE", `${TASKS_URL}/${id}`);

async function call<T>(method: string, url: string, body?: unknown): Promise<T> {
  const headers = new Headers({ accept: "application/json" });
  const init: RequestInit = { method, headers };
  if (body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(body);
  }
  const answer = await fetch(url, init).catch(() => {
    throw new ApiError("This page cannot reach its server. Check your connection and try again.", null, null);
  });
  if (!answer.ok) throw await failure(answer);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

async function failure(answer: Response): Promise<ApiError> {
  const body: unknown = await answer.json().catch(() => null);
  return new ApiError(words(body, answer.status), answer.status, answer.headers.get("x-request-id"));
}

/** `message` is our own handler's, `detail` the backend's: a sentence, or a list of faults with `msg`. */
function words(body: unknown, status: number): string {
  const { message, detail } = (body ?? {}) as { message?: unknown; detail?: unknown };
  if (typeof message === "string") return message;
  if (typeof detail === "string") return detail;
  const first = Array.isArray(detail) ? (detail[0] as { msg?: unknown } | undefined)?.msg : undefined;
  return typeof first === "string" ? `${first}.` : `Something went wrong (${status}). Try again in a moment.`;
}
