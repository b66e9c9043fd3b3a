import { waitFor } from "@testing-library/react";

import type { LastRun, StreamingRequest, Thread, ThreadEvent, ThreadItem } from "@/features/chat/protocol";

interface Sent {
  type: string;
  params: Record<string, unknown>;
}

/** An answer on its way: the test says what comes and when. */
export class Turn {
  aborted = false;
  #halfId = "";
  /** What a stopped answer leaves behind. */
  #half = "";
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly body = new ReadableStream<Uint8Array>({ start: (controller) => { this.#controller = controller; } });

  constructor(
    readonly threadId: string,
    private readonly keep: (item: ThreadItem) => void,
    signal: AbortSignal | null | undefined,
    private readonly onEnd: (run: Pick<LastRun, "status" | "message">) => void,
  ) {
    signal?.addEventListener("abort", () => {
      this.aborted = true;
      if (this.#half) this.keep(assistant(this.#halfId, this.threadId, this.#half));
      this.onEnd({ status: "cancelled", message: "The answer was stopped before it was complete." });
      this.#controller.error(signal.reason);
    });
  }

  send(event: ThreadEvent): void {
    this.#controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`));
  }

  /** An item that is whole, and stored. */
  item(item: ThreadItem): void {
    this.keep(item);
    this.send({ type: "thread.item.done", item });
  }

  say(id: string, delta: string): void {
    const update = { type: "assistant_message.content_part.text_delta", content_index: 0, delta } as const;
    [this.#halfId, this.#half] = [id, this.#half + delta];
    this.send({ type: "thread.item.updated", item_id: id, update });
  }

  begin(id: string): void {
    this.send({ type: "thread.item.added", item: assistant(id, this.threadId, "") });
  }

  answer(id: string, text: string): void {
    this.item(assistant(id, this.threadId, text));
    this.#controller.close();
  }

  /** An item that is stored before the page hears of it. */
  record(item: ThreadItem): void {
    this.keep(item);
  }

  /** The server gives up, in words. */
  fail(message: string, retry = true): void {
    this.send({ type: "error", message, allow_retry: retry });
    this.#controller.close();
  }

  /** The server, or something between, is gone. */
  breakOff(): void {
    this.#controller.error(new TypeError("network error"));
  }

  /** The stream ends as if all were well, but there is no answer. */
  cutOff(): void {
    this.#controller.close();
  }
}

/** A backend in memory behind fetch: the ChatKit protocol, the tasks and the model's name. */
export class ChatKitServer {
  readonly threads: (Thread & { items: ThreadItem[] })[] = [];
  readonly sent: Sent[] = [];
  readonly turns: Turn[] = [];
  tasks: { id: number; title: string }[] = [];
  taskLoads = 0;
  model: object | null = { name: "demo-model", demo: true, label: "demo model, no AI" };
  /** In place of the next answers, one after the other; `after`: the request is carried out, its answer is lost. */
  faults: (Response | { lost: "before" | "after" })[] = [];
  #count = 0;

  thread(title: string, texts: string[] = []): string {
    const id = `thr_${this.threads.length + 1}`;
    const items = texts.map((text, index) => (index % 2 ? assistant : user)(this.#id(), id, text));
    this.threads.unshift({ id, title, created_at: new Date().toISOString(), items });
    return id;
  }

  types(): string[] {
    return this.sent.map(({ type }) => type);
  }

  /** The n-th answer, once it was asked for. */
  async turn(index = this.turns.length): Promise<Turn> {
    await waitFor(() => { if (!this.turns[index]) throw new Error(`There is no turn ${index} yet.`); });
    return this.turns[index]!;
  }

  fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    await Promise.resolve();
    if (url === "/api/backend/model") return this.model ? Response.json(this.model) : problem(503, "Away.");
    if (url.startsWith("/api/backend/tasks")) {
      this.taskLoads += 1;
      return Response.json(this.tasks.map((task) => ({ ...task, description: null, completed: false, created_at: "2026-01-01" })));
    }
    const request = JSON.parse(init.body as string) as Sent;
    this.sent.push(request);
    const fault = this.faults.shift();
    if (fault instanceof Response) return fault;
    if (fault?.lost === "before") throw new TypeError("Failed to fetch");
    const answer = this.#answer(request, init.signal);
    if (fault) throw new TypeError("Failed to fetch");
    return answer;
  };

  #answer({ type, params }: Sent, signal: AbortSignal | null | undefined): Response {
    const thread = this.threads.find(({ id }) => id === params.thread_id);
    if (params.thread_id !== undefined && !thread) return problem(404, "There is no such conversation.");
    const items = thread?.items ?? [];
    switch (type) {
      case "threads.list":
        return Response.json(page(this.threads.map((other) => ({ ...other, items: undefined })), params));
      case "threads.get_by_id":
        return Response.json({ ...thread, items: undefined });
      case "items.list":
        return Response.json(page(items.toReversed(), params));
      case "threads.update":
        Object.assign(thread!, { title: params.title });
        return Response.json(thread);
      case "threads.delete":
        this.threads.splice(this.threads.indexOf(thread!), 1);
        return Response.json({});
      default:
        return this.#stream({ type, params } as unknown as StreamingRequest, signal);
    }
  }

  #stream(request: StreamingRequest, signal: AbortSignal | null | undefined): Response {
    const id = request.type === "threads.create" ? this.thread(null as unknown as string) : request.params.thread_id;
    const thread = this.threads.find((other) => other.id === id)!;
    thread.metadata = {};
    const onEnd = (run: Pick<LastRun, "status" | "message">) => {
      const asked = thread.items.findLast((item) => item.type === "user_message");
      thread.metadata = { last_run: { ...run, after_item: asked?.id ?? "", allow_retry: true } };
    };
    const turn = new Turn(id, (item) => thread.items.push(item), signal, onEnd);
    if (request.type === "threads.create") turn.send({ type: "thread.created", thread: { ...thread, title: null } });
    if (request.type === "threads.retry_after_item") {
      thread.items.length = thread.items.findIndex((item) => item.id === request.params.item_id) + 1;
    } else turn.item(user(this.#id(), id, request.params.input.content.map(({ text }) => text).join("")));
    this.turns.push(turn);
    return new Response(turn.body, { headers: { "content-type": "text/event-stream", "x-request-id": "req-1" } });
  }

  #id(): string {
    this.#count += 1;
    return `msg_${this.#count}`;
  }
}

export const problem = (status: number, message: string) =>
  Response.json({ error: "x", message }, { status, headers: { "x-request-id": "req-7" } });

export function user(id: string, thread: string, text: string): ThreadItem {
  return { ...base(id, thread), type: "user_message", content: [{ type: "input_text", text }] };
}

export function assistant(id: string, thread: string, text: string): ThreadItem {
  return { ...base(id, thread), type: "assistant_message", content: [{ text }] };
}

export function workflow(id: string, thread: string, title: string, content: string): ThreadItem {
  const task = { type: "custom", title, content, status_indicator: "complete" } as const;
  return { ...base(id, thread), type: "workflow", workflow: { tasks: [task] } };
}

const base = (id: string, thread_id: string) => ({ id, thread_id, created_at: "2026-01-01T10:00:00Z" });

function page<T extends { id: string }>(rows: T[], { limit, after }: Record<string, unknown>) {
  const from = after === undefined ? 0 : rows.findIndex(({ id }) => id === after) + 1;
  const data = rows.slice(from, from + Number(limit));
  return { data, has_more: from + data.length < rows.length, after: data.at(-1)?.id };
}
