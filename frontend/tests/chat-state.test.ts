import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import type { Entry } from "@/features/chat/entries";
import { type Page, type Thread, type ThreadEvent, type ThreadItem, mayChangeTasks } from "@/features/chat/protocol";
import { type ChatState, NOTHING, reduce } from "@/features/chat/state";

const data = (name: string) => readFileSync(`${import.meta.dirname}/data/${name}`, "utf8");

/** What the backend really sent: recorded by its own tests. */
function recorded(name: string): ThreadEvent[] {
  const events = data(name).split("\n\n").filter(Boolean);
  return events.map((event) => JSON.parse(event.replace("data: ", "")) as ThreadEvent);
}

const play = (state: ChatState, events: ThreadEvent[]) =>
  events.reduce((now, event) => reduce(now, { type: "event", event }), state);
const sent = (text: string, state = NOTHING) => reduce(state, { type: "send", id: "new-1", text });
const end = (state: ChatState) => reduce(state, { type: "ended", problem: null });

const QUESTION: Entry = { kind: "user", id: "msg_1", text: "add buy milk, and complete task 99", stored: true };
const STEPS: Entry = {
  kind: "steps",
  id: "wf_1",
  steps: [
    { title: "Added a task", subject: "buy milk", detail: null, status: "complete" },
    { title: "Could not complete a task", subject: "There is no task 99.", detail: null, status: "failed" },
  ],
};
const ANSWER: Entry = {
  kind: "assistant",
  id: "msg_2",
  parts: ["I added “buy milk”. There is no task 99."],
  streaming: false,
};

describe("a recorded answer", () => {
  const events = recorded("chatkit-stream.txt");

  it("becomes question, steps and answer, with the conversation's id and title", () => {
    const state = end(play(sent("add buy milk, and complete task 99"), events));
    expect(state).toEqual({
      ...NOTHING,
      threadId: "thr_1",
      title: "add buy milk, and complete task 99",
      entries: [QUESTION, STEPS, ANSWER],
      said: "I added “buy milk”. There is no task 99.",
    });
  });

  it("shows the message at once, and once, before the server has it", () => {
    const before = sent("add buy milk, and complete task 99");
    expect(before.entries).toEqual([{ ...QUESTION, id: "new-1", stored: false }]);
    expect(play(before, events.slice(0, 2)).entries).toEqual([QUESTION]);
  });

  it("grows word by word, and each step turns from going on to done", () => {
    const seen = new Set<string>();
    events.reduce((state, event) => {
      const next = reduce(state, { type: "event", event });
      for (const entry of next.entries) {
        if (entry.kind === "assistant") seen.add(entry.parts.join(""));
        if (entry.kind === "steps") seen.add(entry.steps.map(({ title, status }) => `${title} ${status}`).join(", "));
      }
      return next;
    }, sent("x"));
    expect([...seen]).toEqual([
      "",
      "Adding a task loading",
      "Adding a task loading, Completing a task loading",
      "Added a task complete, Completing a task loading",
      "Added a task complete, Could not complete a task failed",
      "I added ",
      "I added “buy milk”. ",
      "I added “buy milk”. There is no task 99.",
    ]);
  });

  it("is the same conversation when it is loaded", () => {
    const answers = JSON.parse(data("chatkit-answers.json")) as Record<string, { answer: unknown }>;
    const thread = answers["threads.get_by_id"]!.answer as Thread;
    const all = (thread as Thread & { items: Page<ThreadItem> }).items;
    const page = { ...all, data: all.data.slice(0, 3).reverse() };
    const loaded = reduce(NOTHING, { type: "loaded", thread, page });
    expect(loaded.entries).toEqual([QUESTION, STEPS, ANSWER]);
    expect(loaded.title).toBe("add buy milk, and complete task 99");
  });

  it("makes the task list load anew when a tool call ends, not while it goes on", () => {
    const reloads = events.filter(mayChangeTasks).map((event) => event.type);
    expect(reloads).toEqual(["thread.item.updated", "thread.item.updated", "thread.item.done"]);
  });

  it("can be cut off anywhere and asked again: nothing is there twice", () => {
    for (let at = 2; at < events.length; at += 1) {
      const cut = end(play(sent("x"), events.slice(0, at)));
      const again = end(play(reduce(cut, { type: "retry" }), events.slice(2)));
      expect(again.entries).toEqual([QUESTION, STEPS, ANSWER]);
    }
  });
});

describe("a recorded failure", () => {
  it("is said in the server's words, and the retry's answer takes its place", () => {
    const failed = end(play(sent("and bread"), recorded("chatkit-stream-error.txt")));
    expect(failed.problem?.message).toMatch(/^The assistant is not set up properly/);
    expect(failed.problem?.retry).toBe(true);
    expect(failed.phase).toBe("idle");
    const again = end(play(reduce(failed, { type: "retry" }), recorded("chatkit-stream-retry.txt")));
    expect(again.problem).toBeNull();
    expect(again.entries.map((entry) => entry.kind)).toEqual(["user", "steps", "assistant"]);
    expect(again.said).toBe("I added “buy bread”.");
  });
});

describe("what the protocol may bring", () => {
  const answering = play(sent("x"), recorded("chatkit-stream.txt").slice(0, 12));

  it("leaves alone what nobody knows yet", () => {
    const strange = [
      { type: "client_effect", name: "confetti" },
      { type: "from.the.future", x: 1 },
      { type: "thread.item.added", item: { id: "q", type: "hologram" } },
      { type: "thread.item.updated", item_id: "wf_1", update: { type: "widget.root.updated" } },
      { type: "thread.item.updated", item_id: "nobody", update: { type: "workflow.task.added", task_index: 0, task: {} } },
    ] as unknown as ThreadEvent[];
    expect(play(answering, strange).entries).toEqual(answering.entries);
  });

  it("keeps text for a part that was never announced", () => {
    const update = { type: "assistant_message.content_part.text_delta", content_index: 1, delta: "More." } as const;
    const state = play(answering, [{ type: "thread.item.updated", item_id: "msg_2", update }]);
    expect(state.entries.at(-1)).toMatchObject({ parts: ["I added ", "More."] });
  });

  it("shows what the server is doing until something else comes", () => {
    const state = play(answering, [{ type: "progress_update", text: "Reading the list" }]);
    expect(state.progress).toBe("Reading the list");
    expect(play(state, recorded("chatkit-stream.txt").slice(12, 13)).progress).toBeNull();
  });

  it("takes removed items away and shows notices", () => {
    const state = play(answering, [
      { type: "thread.item.removed", item_id: "wf_1" },
      { type: "notice", level: "info", message: "Nearly at the limit." },
    ]);
    expect(state.entries.map((entry) => entry.kind)).toEqual(["user", "assistant", "note"]);
  });

  it("settles when it is stopped: half an answer stays, a step without an end has failed", () => {
    const stopped = end(play(sent("x"), recorded("chatkit-stream.txt").slice(0, 8)));
    expect(stopped.entries.at(-1)).toMatchObject({ steps: [{ status: "complete" }, { status: "failed" }] });
    const empty = end(play(sent("x"), recorded("chatkit-stream.txt").slice(0, 4)));
    expect(empty.entries.map((entry) => entry.kind)).toEqual(["user"]);
  });

  it("says an error without words in our own", () => {
    const state = play(answering, [{ type: "error" }]);
    expect(state.problem).toMatchObject({ message: "Something went wrong while answering.", retry: false });
  });
});
