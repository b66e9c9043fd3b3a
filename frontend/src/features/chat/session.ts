import { ApiError, wordsOf } from "@/client/http";

import { ask, stream } from "./client";
import { type UserEntry, answersTo, lastUserEntry } from "./entries";
import {
  type Page,
  type StreamingRequest,
  type Thread,
  type ThreadItem,
  type UserMessage,
  mayChangeTasks,
  textOf,
  userInput,
} from "./protocol";
import { type ChatAction, type ChatState, NOTHING, type Problem, reduce } from "./state";

/** What the rest of the page wants to know of a conversation. */
export interface Listener {
  /** It has got its id. */
  created: (session: ChatSession, thread: Thread) => void;
  /** Its title or its place in the list changed. */
  touched: () => void;
  tasksChanged: () => void;
  /** Ids of the conversations there were before, where they are known. */
  known: () => ReadonlySet<string> | undefined;
}

const PAGE = 40;
/** The server notices a moment later that nobody listens any more; until then its record is not whole. */
const AFTER_STOP = { tries: 10, pauseMs: 500 };
const STOPPED: Problem = { kind: "send", message: "You stopped the answer.", retry: true, requestId: null };
const CUT_OFF = "The answer broke off. Nothing you wrote is lost.";

/** Faults of the message itself: sending it again changes nothing. */
const FINAL = new Set([400, 403, 404, 413, 422]);

/**
 * One conversation: its state, and what can be done with it. Lives outside React, so that an answer goes on
 * while another conversation is looked at.
 */
export class ChatSession {
  #state: ChatState;
  #abort: AbortController | null = null;
  #subscribers = new Set<() => void>();
  #count = 0;
  /** The conversations there were before the last message was sent for the first time. */
  #known: ReadonlySet<string> | undefined;

  constructor(
    threadId: string | null,
    private readonly listener: Listener,
  ) {
    // A conversation with an id has something to load; it says so from the first moment.
    this.#state = { ...NOTHING, threadId, phase: threadId === null ? "idle" : "loading" };
  }

  readonly state = (): ChatState => this.#state;

  readonly subscribe = (subscriber: () => void): (() => void) => {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  };

  /** Loads the newest page, unless an answer is on its way. */
  async load(): Promise<void> {
    const id = this.#state.threadId;
    if (id === null || this.#state.phase === "answering") return;
    this.#dispatch({ type: "load" });
    try {
      const stored = await storedIn(id);
      if (this.#loading()) this.#dispatch({ type: "loaded", ...stored });
    } catch (reason) {
      if (this.#loading()) this.#dispatch({ type: "failed", problem: loadProblem(reason) });
    }
  }

  /** Looks again, without a word, whether the server has by now what it did not have before. */
  async lookAgain(): Promise<void> {
    const { threadId, problem, phase } = this.#state;
    if (threadId === null || problem === null || phase !== "idle") return;
    const stored = await storedIn(threadId).catch(() => null);
    if (stored && this.#state.problem === problem) this.#dispatch({ type: "loaded", ...stored });
  }

  async loadEarlier(): Promise<void> {
    const { threadId, earlier } = this.#state;
    if (threadId === null || earlier === null) return;
    const page = await itemsOf(threadId, earlier);
    if (this.#state.earlier === earlier) this.#dispatch({ type: "earlier", page });
  }

  async send(text: string): Promise<void> {
    if (!canSend(this.#state)) return;
    const unsure = lastUserEntry(this.#state.entries)?.stored === false;
    if (!unsure) this.#known = this.listener.known();
    this.#count += 1;
    this.#dispatch({ type: "send", id: `new-${this.#count}`, text });
    await this.#answer(async (signal) => {
      if (unsure) await this.#settleUnsure(text);
      await this.#read(this.#requestFor(text), signal);
    });
  }

  /**
   * Once more. A message that the server has is not sent again: it is asked to answer it, and what its tools
   * have done for it already is not done twice.
   */
  async retry(): Promise<void> {
    const { problem, entries, phase } = this.#state;
    if (phase !== "idle") return;
    if (problem?.kind !== "send") return this.load();
    const message = lastUserEntry(entries);
    if (!message) return;
    this.#dispatch({ type: "retry" });
    await this.#answer((signal) => this.#again(message, signal));
  }

  stop(): void {
    this.#abort?.abort();
  }

  rename(title: string): void {
    this.#dispatch({ type: "renamed", title });
  }

  async #again(message: UserEntry, signal: AbortSignal): Promise<void> {
    if (!message.stored) {
      const stored = await this.#findStored(message.text);
      if (stored === null) return this.#read(this.#requestFor(message.text), signal);
      this.#dispatch({ type: "loaded", ...stored });
      this.#dispatch({ type: "retry" });
    }
    const { threadId, entries } = this.#state;
    const params = { thread_id: threadId ?? "", item_id: lastUserEntry(entries)?.id ?? message.id };
    await this.#read({ type: "threads.retry_after_item", params }, signal);
  }

  /** A message of which nobody knows whether it arrived, and another one to send: find out, or let it go. */
  async #settleUnsure(next: string): Promise<void> {
    const unsure = this.#state.entries.find((entry): entry is UserEntry => entry.kind === "user" && !entry.stored);
    const stored = unsure ? await this.#findStored(unsure.text) : null;
    if (stored) this.#dispatch({ type: "loaded", ...stored });
    else this.#dispatch({ type: "forget-unsent" });
    this.#dispatch({ type: "send", id: `new-${this.#count}`, text: next });
  }

  /** The conversation as the server has it, if the message nobody is sure of has got there; else null. */
  async #findStored(text: string): Promise<Stored | null> {
    const id = this.#state.threadId ?? (await this.#newThread());
    if (id === null) return null;
    const { thread, page } = await storedIn(id);
    if (!this.#isNew(page.data.find((item) => item.type === "user_message"), text)) return null;
    if (this.#state.threadId === null) this.listener.created(this, thread);
    return { thread, page };
  }

  /** A conversation nobody has seen yet: the one whose start got lost on its way back. */
  async #newThread(): Promise<string | null> {
    const known = this.#known;
    if (!known) return null;
    const { data } = await ask("threads.list", { limit: 1, order: "desc" });
    return data.find(({ id }) => !known.has(id))?.id ?? null;
  }

  #isNew(item: UserMessage | undefined, text: string): boolean {
    return item !== undefined && textOf(item) === text && this.#state.entries.every(({ id }) => id !== item.id);
  }

  #requestFor(text: string): StreamingRequest {
    const { threadId } = this.#state;
    const input = userInput(text);
    return threadId === null
      ? { type: "threads.create", params: { input } }
      : { type: "threads.add_user_message", params: { thread_id: threadId, input } };
  }

  /** Runs until the answer is there, is stopped, or failed; then says so. */
  async #answer(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    let problem: Problem | null = null;
    try {
      await run(abort.signal);
      if (!this.#complete()) problem = { kind: "send", message: CUT_OFF, retry: true, requestId: null };
    } catch (reason) {
      problem = abort.signal.aborted ? { ...STOPPED } : sendProblem(reason);
    }
    this.#abort = null;
    this.#dispatch({ type: "ended", problem });
    this.listener.tasksChanged();
    this.listener.touched();
    if (abort.signal.aborted) await this.#showRecorded();
  }

  /** What the server has of an answer that was stopped, in place of what had come. */
  async #showRecorded(): Promise<void> {
    const { threadId, problem, entries } = this.#state;
    if (threadId === null || !lastUserEntry(entries)?.stored) return;
    for (let tries = 0; tries < AFTER_STOP.tries; tries += 1) {
      const stored = await storedIn(threadId).catch(() => null);
      if (this.#state.problem !== problem) return; // a retry, or something else was asked
      if (stored && stored.thread.metadata?.last_run?.status !== "running") {
        this.#dispatch({ type: "loaded", ...stored });
        this.listener.tasksChanged();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, AFTER_STOP.pauseMs));
    }
  }

  async #read(request: StreamingRequest, signal: AbortSignal): Promise<void> {
    for await (const event of stream(request, signal)) {
      this.#dispatch({ type: "event", event });
      if (event.type === "thread.created") this.listener.created(this, event.thread);
      if (event.type === "thread.updated") this.listener.touched();
      if (mayChangeTasks(event)) this.listener.tasksChanged();
    }
  }

  /** A stream may end early without an error of the connection; then there is no answer, or half of one. */
  #complete(): boolean {
    if (this.#state.problem) return true;
    const last = answersTo(this.#state.entries).at(-1);
    return last?.kind === "assistant" && !last.streaming;
  }

  #loading(): boolean {
    return this.#state.phase === "loading";
  }

  #dispatch(action: ChatAction): void {
    this.#state = reduce(this.#state, action);
    for (const subscriber of this.#subscribers) subscriber();
  }
}

/** Not while an answer is on its way, nor before one sees what there is. */
export function canSend({ phase, entries }: ChatState): boolean {
  return phase === "idle" || (phase === "loading" && entries.length > 0);
}

interface Stored {
  thread: Thread;
  page: Page<ThreadItem>;
}

async function storedIn(threadId: string): Promise<Stored> {
  const [thread, page] = await Promise.all([ask("threads.get_by_id", { thread_id: threadId }), itemsOf(threadId)]);
  return { thread, page };
}

function itemsOf(threadId: string, after?: string): Promise<Page<ThreadItem>> {
  const params = { thread_id: threadId, limit: PAGE, order: "desc" as const };
  return ask("items.list", after === undefined ? params : { ...params, after });
}

function loadProblem(reason: unknown): Problem {
  const { status, requestId } = faultOf(reason);
  const missing = status === 404;
  return { kind: missing ? "missing" : "load", message: wordsOf(reason), retry: !missing, requestId };
}

function sendProblem(reason: unknown): Problem {
  const { status, requestId } = faultOf(reason);
  return { kind: "send", message: wordsOf(reason), retry: !FINAL.has(status ?? 0), requestId };
}

function faultOf(reason: unknown): { status: number | null; requestId: string | null } {
  return reason instanceof ApiError ? reason : { status: null, requestId: null };
}
