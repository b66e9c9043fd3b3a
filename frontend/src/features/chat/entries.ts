import { type ThreadItem, type WorkflowItem, type WorkflowTask, textOf } from "./protocol";

/** One thing in a conversation as it is shown. */
export type Entry = UserEntry | AssistantEntry | StepsEntry | NoteEntry;

export interface UserEntry {
  kind: "user";
  id: string;
  text: string;
  /** False until the server is known to have it. */
  stored: boolean;
}

export interface AssistantEntry {
  kind: "assistant";
  id: string;
  parts: string[];
  streaming: boolean;
}

export interface StepsEntry {
  kind: "steps";
  id: string;
  steps: Step[];
}

export interface NoteEntry {
  kind: "note";
  id: string;
  text: string;
}

/** A tool call: what is done ("Added a task"), to what ("buy milk"), and more for whoever wants to see it. */
export interface Step {
  title: string;
  subject: string | null;
  detail: string | null;
  status: "loading" | "complete" | "failed";
}

/** Null for what is not shown, such as the mark at the end of a turn. */
export function entryOf(item: ThreadItem, streaming = false): Entry | null {
  switch (item.type) {
    case "user_message":
      return { kind: "user", id: item.id, text: textOf(item), stored: true };
    case "assistant_message":
      return { kind: "assistant", id: item.id, parts: item.content.map((part) => part.text), streaming };
    case "workflow":
      return stepsOf(item);
    default:
      return null;
  }
}

function stepsOf({ id, workflow }: WorkflowItem): StepsEntry {
  return { kind: "steps", id, steps: workflow.tasks.map(stepOf) };
}

/**
 * The first line of `content` is what the step was about, the rest is its detail. ChatKit has no sign for
 * "failed": our server gives such a task no status.
 */
export function stepOf(task: WorkflowTask): Step {
  const [subject = "", ...rest] = (task.content ?? "").trim().split("\n");
  const { status_indicator: status } = task;
  return {
    title: task.title?.trim() ?? "",
    subject: subject.trim() || null,
    detail: rest.join("\n").trim() || null,
    status: status === "loading" || status === "complete" ? status : "failed",
  };
}

/** The answer's text; its parts are paragraphs. */
export function answerText(entry: AssistantEntry): string {
  return entry.parts.filter((part) => part !== "").join("\n\n");
}

/** Nothing moves any more: half an answer stays as far as it came, a step without an end has failed. */
export function settled(entries: Entry[]): Entry[] {
  return entries.flatMap((entry): Entry[] => {
    if (entry.kind === "assistant") return answerText(entry) ? [{ ...entry, streaming: false }] : [];
    if (entry.kind !== "steps") return [entry];
    const steps = entry.steps.map((step): Step => (step.status === "loading" ? { ...step, status: "failed" } : step));
    return steps.length > 0 ? [{ ...entry, steps }] : [];
  });
}

/** Half an answer is called one. */
export function cutOff(entries: Entry[]): Entry[] {
  if (!answersTo(entries).some((entry) => entry.kind === "assistant")) return entries;
  return [...entries, { kind: "note", id: "cut-off", text: "The answer was cut off." }];
}

/** Everything behind the last message of the person. */
export function answersTo(entries: Entry[]): Entry[] {
  return entries.slice(entries.findLastIndex((entry) => entry.kind === "user") + 1);
}

export function lastUserEntry(entries: Entry[]): UserEntry | undefined {
  return entries.findLast((entry): entry is UserEntry => entry.kind === "user");
}
