import { type Entry, answerText, answersTo, cutOff, entryOf, settled, stepOf } from "./entries";
import type { ItemUpdate, LastRun, Page, Thread, ThreadEvent, ThreadItem } from "./protocol";

/** What went wrong, in words, and what can be done about it. */
export interface Problem {
  /**
   * `load`: nothing to show; `missing`: no such conversation; `send`: the last message has no whole answer;
   * `running`: it is being answered out of this page's sight.
   */
  kind: "load" | "missing" | "send" | "running";
  message: string;
  retry: boolean;
  requestId: string | null;
}

export interface ChatState {
  threadId: string | null;
  title: string | null;
  entries: Entry[];
  phase: "idle" | "loading" | "answering";
  /** What the server says it is doing just now, where it does. */
  progress: string | null;
  problem: Problem | null;
  /** From where on there is more to load above, or null. */
  earlier: string | null;
  /** The last whole answer that came while looking on, for a screen reader. */
  said: string;
}

export type ChatAction =
  | { type: "load" }
  | { type: "loaded"; thread: Thread; page: Page<ThreadItem> }
  | { type: "earlier"; page: Page<ThreadItem> }
  | { type: "send"; id: string; text: string }
  | { type: "retry" }
  | { type: "event"; event: ThreadEvent }
  | { type: "ended"; problem: Problem | null }
  | { type: "failed"; problem: Problem }
  | { type: "forget-unsent" }
  | { type: "renamed"; title: string };

export const NOTHING: ChatState = {
  threadId: null,
  title: null,
  entries: [],
  phase: "idle",
  progress: null,
  problem: null,
  earlier: null,
  said: "",
};

const GENERIC = "Something went wrong while answering.";

/** The conversation after an action. Pure; what does not change stays the same object. */
export function reduce(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case "load":
      return { ...state, phase: "loading", problem: null, said: "" };
    case "loaded":
      return loaded(state, action.thread, action.page);
    case "earlier":
      return { ...state, entries: [...entriesOf(action.page), ...state.entries], earlier: cursor(action.page) };
    case "send":
      return begun(state, [...state.entries, { kind: "user", id: action.id, text: action.text, stored: false }]);
    case "retry":
      return begun(state, withoutLastAnswer(state.entries));
    case "event":
      return afterEvent(state, action.event);
    case "ended":
      return ended(state, state.problem ?? action.problem);
    case "failed":
      return { ...state, phase: "idle", problem: action.problem };
    case "forget-unsent":
      return { ...state, entries: state.entries.filter((entry) => entry.kind !== "user" || entry.stored) };
    case "renamed":
      return { ...state, title: action.title };
  }
}

function loaded(state: ChatState, thread: Thread, page: Page<ThreadItem>): ChatState {
  const title = thread.title ?? null;
  const run = thread.metadata?.last_run;
  const known = settled(entriesOf(page));
  const entries = run && run.status !== "running" ? cutOff(known) : known;
  const problem = run ? problemOfRun(run) : null;
  return { ...state, phase: "idle", threadId: thread.id, title, entries, earlier: cursor(page), problem };
}

/** Items come newest first. */
function entriesOf(page: Page<ThreadItem>): Entry[] {
  return page.data.toReversed().flatMap((item) => entryOf(item) ?? []);
}

function cursor(page: Page<ThreadItem>): string | null {
  return page.has_more ? (page.after ?? page.data.at(-1)?.id ?? null) : null;
}

function begun(state: ChatState, entries: Entry[]): ChatState {
  return { ...state, entries, phase: "answering", progress: null, problem: null, said: "" };
}

function ended(state: ChatState, problem: Problem | null): ChatState {
  const entries = problem ? cutOff(settled(state.entries)) : settled(state.entries);
  const said = answersTo(entries)
    .map((entry) => (entry.kind === "assistant" ? answerText(entry) : ""))
    .join("\n")
    .trim();
  return { ...state, entries, phase: "idle", progress: null, problem, said: problem ? "" : said };
}

function afterEvent(state: ChatState, event: ThreadEvent): ChatState {
  switch (event.type) {
    case "thread.created":
    case "thread.updated":
      return { ...state, threadId: event.thread.id, title: event.thread.title ?? state.title };
    case "thread.item.added":
      return withItem(state, event.item, true);
    case "thread.item.done":
    case "thread.item.replaced":
      return withItem(state, event.item, false);
    case "thread.item.updated":
      return withUpdate(state, event.item_id, event.update);
    case "thread.item.removed":
      return { ...state, entries: state.entries.filter(({ id }) => id !== event.item_id) };
    case "progress_update":
      return { ...state, progress: event.text };
    case "notice":
      return { ...state, entries: [...state.entries, note(state, event.message)] };
    case "error":
      return { ...state, problem: problemOf(event) };
    default:
      return state;
  }
}

function note(state: ChatState, text: string): Entry {
  return { kind: "note", id: `note-${state.entries.length}`, text };
}

function problemOf(event: Extract<ThreadEvent, { type: "error" }>): Problem {
  return { kind: "send", message: event.message ?? GENERIC, retry: event.allow_retry ?? false, requestId: null };
}

function problemOfRun({ status, message, allow_retry }: LastRun): Problem {
  const kind = status === "running" ? "running" : "send";
  return { kind, message: message || GENERIC, retry: allow_retry, requestId: null };
}

/** In place of the entry with its id; the person's own message in place of the one shown before it was sent. */
function withItem(state: ChatState, item: ThreadItem, streaming: boolean): ChatState {
  const entry = entryOf(item, streaming);
  if (entry === null) return state;
  const twin = state.entries.findIndex(({ id }) => id === entry.id);
  const at = twin >= 0 ? twin : entry.kind === "user" ? unsentIndex(state.entries) : -1;
  const entries = at >= 0 ? state.entries.with(at, entry) : [...state.entries, entry];
  return { ...state, entries, progress: null };
}

function unsentIndex(entries: Entry[]): number {
  return entries.findIndex((entry) => entry.kind === "user" && !entry.stored);
}

function withUpdate(state: ChatState, id: string, update: ItemUpdate): ChatState {
  const entries = state.entries.map((entry) => (entry.id === id ? updated(entry, update) : entry));
  return { ...state, entries, progress: null };
}

function updated(entry: Entry, update: ItemUpdate): Entry {
  if (entry.kind === "assistant") {
    const parts = partsAfter(entry.parts, update);
    return parts === entry.parts ? entry : { ...entry, parts };
  }
  if (entry.kind === "steps" && "task" in update) {
    const steps = [...entry.steps];
    steps[update.task_index] = stepOf(update.task);
    return { ...entry, steps: steps.filter(Boolean) };
  }
  return entry;
}

function partsAfter(parts: string[], update: ItemUpdate): string[] {
  if (!("content_index" in update)) return parts;
  const at = update.content_index;
  const padded = Array.from({ length: Math.max(parts.length, at + 1) }, (_, index) => parts[index] ?? "");
  if (update.type === "assistant_message.content_part.text_delta") {
    return padded.with(at, (padded[at] ?? "") + update.delta);
  }
  return "content" in update ? padded.with(at, update.content.text) : parts;
}

/** A message is asked again: the server drops what it had answered, and so do we. */
function withoutLastAnswer(entries: Entry[]): Entry[] {
  return entries.slice(0, entries.length - answersTo(entries).length);
}
