/**
 * The part of the ChatKit wire protocol that this page speaks (openai-chatkit 1.6, `chatkit/types.py`).
 * What the server may add later is let through untouched: unknown events and items are ignored further on.
 */
export const CHATKIT_URL = "/api/backend/chatkit";

/** Shown for a conversation without a title. */
export const UNTITLED = "Conversation";

export interface Page<T> {
  data: T[];
  has_more: boolean;
  after?: string | null;
}

export interface Thread {
  id: string;
  title?: string | null;
  created_at: string;
  metadata?: { last_run?: LastRun };
}

/** How the newest run ended that is not a whole answer; our server's own. In streams the stream itself tells. */
export interface LastRun {
  status: "failed" | "cancelled" | "running";
  message: string;
  /** Id of the message that was to be answered. */
  after_item: string;
  allow_retry: boolean;
}

interface ItemBase {
  id: string;
  thread_id: string;
  created_at: string;
}

export interface UserMessage extends ItemBase {
  type: "user_message";
  content: { type: string; text: string }[];
}

export interface AssistantMessage extends ItemBase {
  type: "assistant_message";
  content: { text: string }[];
}

/** What the agent does for one message: a line for each tool call. */
export interface WorkflowItem extends ItemBase {
  type: "workflow";
  workflow: { tasks: WorkflowTask[]; summary?: { title?: string } | null };
}

export interface WorkflowTask {
  type: string;
  title?: string | null;
  content?: string | null;
  status_indicator?: "none" | "loading" | "complete";
}

interface OtherItem extends ItemBase {
  type: "end_of_turn";
}

export type ThreadItem = UserMessage | AssistantMessage | WorkflowItem | OtherItem;

export type ItemUpdate =
  | { type: "assistant_message.content_part.added"; content_index: number; content: { text: string } }
  | { type: "assistant_message.content_part.text_delta"; content_index: number; delta: string }
  | { type: "assistant_message.content_part.done"; content_index: number; content: { text: string } }
  | { type: "workflow.task.added"; task_index: number; task: WorkflowTask }
  | { type: "workflow.task.updated"; task_index: number; task: WorkflowTask };

export type ThreadEvent =
  | { type: "thread.created" | "thread.updated"; thread: Thread }
  | { type: "thread.item.added" | "thread.item.done" | "thread.item.replaced"; item: ThreadItem }
  | { type: "thread.item.updated"; item_id: string; update: ItemUpdate }
  | { type: "thread.item.removed"; item_id: string }
  | { type: "progress_update"; text: string }
  | { type: "notice"; level: "info" | "warning" | "danger"; message: string }
  | { type: "error"; message?: string | null; allow_retry?: boolean }
  | { type: "stream_options" | "client_effect" };

export type StreamingRequest =
  | { type: "threads.create"; params: { input: UserInput } }
  | { type: "threads.add_user_message"; params: { thread_id: string; input: UserInput } }
  | { type: "threads.retry_after_item"; params: { thread_id: string; item_id: string } };

interface PageParams {
  limit: number;
  order: "asc" | "desc";
  after?: string;
}

/** Every plain request with what it answers. */
export interface Answers {
  "threads.get_by_id": { params: { thread_id: string }; answer: Thread };
  "threads.list": { params: PageParams; answer: Page<Thread> };
  "items.list": { params: PageParams & { thread_id: string }; answer: Page<ThreadItem> };
  "threads.update": { params: { thread_id: string; title: string }; answer: Thread };
  "threads.delete": { params: { thread_id: string }; answer: unknown };
}

export interface UserInput {
  content: { type: "input_text"; text: string }[];
  attachments: string[];
  inference_options: Record<string, never>;
}

export function userInput(text: string): UserInput {
  return { content: [{ type: "input_text", text }], attachments: [], inference_options: {} };
}

/** The text of a message, its parts put together. */
export function textOf(item: UserMessage | AssistantMessage): string {
  return item.content.map((part) => part.text).join("");
}

/** True where a tool call has ended: the task list may be another one now. */
export function mayChangeTasks(event: ThreadEvent): boolean {
  if (event.type === "thread.item.done") return event.item.type === "workflow";
  if (event.type !== "thread.item.updated") return false;
  const { update } = event;
  const tool = update.type === "workflow.task.updated" || update.type === "workflow.task.added";
  return tool && update.task.status_indicator !== "loading";
}
