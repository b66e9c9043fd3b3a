// @vitest-environment jsdom
import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { freshServer, openPage, say, transcript } from "./chat-page";
import type { LastRun } from "@/features/chat/protocol";

import { type ChatKitServer, problem, workflow } from "./chatkit-server";

vi.setConfig({ testTimeout: 30_000 });

let server: ChatKitServer;

beforeEach(() => {
  server = freshServer();
});
afterEach(cleanup);

const idle = () => screen.findByRole("button", { name: "Send" });
const retry = async () => { await userEvent.click(await screen.findByRole("button", { name: "Retry" })); };
const sent = (type: string) => server.sent.filter((request) => request.type === type);
/** How often the server has this message. */
const stored = (text: string) => server.threads.flatMap(({ items }) => items).filter((item) => JSON.stringify(item).includes(text)).length;

async function openWith(answered: string): Promise<void> {
  const id = server.thread("Groceries", ["Hello", answered]);
  window.history.replaceState(null, "", `/?c=${id}`);
  openPage();
  await screen.findByText(answered);
}

describe("a failure the server tells", () => {
  it("is shown in its words, and a retry asks for the answer only", async () => {
    openPage();
    await say("What is left?");
    (await server.turn(0)).fail("The model is not reachable right now. Your message is kept.");
    expect(await screen.findByRole("alert")).toHaveTextContent("The model is not reachable right now.");
    await retry();
    expect(screen.queryByText(/not reachable/)).not.toBeInTheDocument();
    (await server.turn(1)).answer("msg_a", "Nothing is left.");
    await idle();
    expect(transcript()).toEqual(["You: What is left?", "Assistant: Nothing is left."]);
    expect(sent("threads.retry_after_item")).toEqual([
      { type: "threads.retry_after_item", params: { thread_id: "thr_1", item_id: "msg_1" } },
    ]);
    expect(stored("What is left?")).toBe(1);
  });

  it("can't be retried where the server says so", async () => {
    openPage();
    await say("Hello");
    (await server.turn(0)).fail("A message has 1 to 2,000 characters.", false);
    await screen.findByRole("alert");
    expect(screen.queryByRole("button", { name: "Retry" })).not.toBeInTheDocument();
  });

  it.each([
    [429, "Too many messages. Wait 20 seconds.", true],
    [503, "The assistant is away.", true],
    [502, "The task server is not reachable right now.", true],
    [413, "That is too much at once.", false],
    [422, "That can't be read.", false],
  ])("before any answer, with %i, is shown with the request's id; retry: %s", async (status, words, again) => {
    openPage();
    await screen.findByText("Whatever you talk about is kept here.");
    server.faults = [problem(status, words)];
    await say("Hello");
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent(words);
    expect(alert).toHaveTextContent("req-7");
    expect(transcript()).toEqual(["You: Hello"]);
    expect(screen.queryByRole("button", { name: "Retry" }) !== null).toBe(again);
  });
});

describe("a run that ended badly, after a reload", () => {
  const words = "The model is not reachable right now.";
  const last = (status: LastRun["status"], allow_retry: boolean) => ({ status, message: words, after_item: "msg_1", allow_retry });

  function openAfter(run: LastRun, texts: string[]): void {
    const id = server.thread("Groceries", texts);
    server.threads[0]!.metadata = { last_run: run };
    window.history.replaceState(null, "", `/?c=${id}`);
    openPage();
  }

  it.each(["failed", "cancelled"] as const)("%s: has the same notice as live, and is asked again", async (status) => {
    openAfter(last(status, true), ["What is left?"]);
    expect(await screen.findByRole("alert")).toHaveTextContent(words);
    expect(transcript()).toEqual(["You: What is left?"]);
    await retry();
    (await server.turn(0)).answer("msg_a", "Nothing.");
    await screen.findByText("Nothing.");
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
    expect(sent("threads.retry_after_item")[0]?.params).toEqual({ thread_id: "thr_1", item_id: "msg_1" });
  });

  it("calls half an answer one", async () => {
    openAfter(last("cancelled", true), ["What is left?", "There is"]);
    await screen.findByRole("alert");
    expect(transcript()).toEqual(["You: What is left?", "Assistant: There is", "The answer was cut off."]);
  });

  it("offers no retry where the server allows none", async () => {
    openAfter(last("failed", false), ["What is left?"]);
    await screen.findByRole("alert");
    expect(screen.queryByRole("button", { name: "Retry" })).not.toBeInTheDocument();
  });

  it("and still goes on: looks again until it has ended", async () => {
    openAfter(last("running", false), ["What is left?", "There is"]);
    await screen.findByRole("alert");
    expect(transcript()).toEqual(["You: What is left?", "Assistant: There is"]);
    server.threads[0]!.metadata = {};
    await waitFor(() => { expect(screen.queryByRole("alert")).not.toBeInTheDocument(); }, { timeout: 5_000 });
  });
});

describe("a conversation that can't be loaded", () => {
  it("comes by itself once the server is back", async () => {
    const id = server.thread("Groceries", ["Hello", "Hi Ann."]);
    window.history.replaceState(null, "", `/?c=${id}`);
    server.faults = Array.from({ length: 3 }, () => problem(503, "Not right now."));
    openPage();
    await screen.findByText("The conversation cannot be shown");
    expect(await screen.findByText("Hi Ann.", {}, { timeout: 9_000 })).toBeInTheDocument();
  });
});

describe("a connection that breaks", () => {
  it("half way: what had come stays, and a retry takes its place", async () => {
    openPage();
    await say("Add buy milk");
    const turn = await server.turn(0);
    turn.item(workflow("wf_1", "thr_1", "Added a task", "buy milk"));
    turn.begin("msg_a");
    turn.say("msg_a", "I add");
    await screen.findByText("I add");
    turn.breakOff();
    expect(await screen.findByRole("alert")).toHaveTextContent("The connection broke before the answer was complete.");
    expect(transcript().slice(-2)).toEqual(["Assistant: I add", "The answer was cut off."]);
    await retry();
    const again = await server.turn(1);
    again.item(workflow("wf_1", "thr_1", "Added a task", "buy milk"));
    again.answer("msg_b", "I added it.");
    await idle();
    expect(transcript().map((line) => line.split(":")[0])).toEqual(["You", "Done by the assistant", "Assistant"]);
    expect(stored("Add buy milk")).toBe(1);
  });

  it("without an error, but without an answer either, is a failure as well", async () => {
    openPage();
    await say("Hello");
    (await server.turn(0)).cutOff();
    expect(await screen.findByRole("alert")).toHaveTextContent("The answer broke off. Nothing you wrote is lost.");
  });

  it("half way: a reload shows what the server has, and the conversation goes on", async () => {
    openPage();
    await say("Hello");
    (await server.turn(0)).breakOff();
    await screen.findByRole("alert");
    cleanup();
    openPage();
    await waitFor(() => { expect(transcript()).toEqual(["You: Hello"]); });
    await say("Still there?");
    (await server.turn(1)).answer("msg_b", "Yes.");
    await screen.findByText("Yes.");
    expect(sent("threads.add_user_message")).toHaveLength(1);
  });

  it("on the way there: the message is sent once more", async () => {
    await openWith("Hi Ann.");
    server.faults = [{ lost: "before" }];
    await say("Add buy milk");
    expect(await screen.findByRole("alert")).toHaveTextContent("This page cannot reach its server.");
    await retry();
    (await server.turn(0)).answer("msg_b", "Done.");
    await screen.findByText("Done.");
    expect(stored("Add buy milk")).toBe(1);
    expect(transcript().filter((line) => line === "You: Add buy milk")).toHaveLength(1);
  });

  it("on the way back: the message is not sent again, only its answer asked for", async () => {
    await openWith("Hi Ann.");
    server.faults = [{ lost: "after" }];
    await say("Add buy milk");
    await screen.findByRole("alert");
    await retry();
    (await server.turn(1)).answer("msg_b", "Done.");
    await screen.findByText("Done.");
    expect(sent("threads.add_user_message")).toHaveLength(1);
    expect(sent("threads.retry_after_item")).toHaveLength(1);
    expect(stored("Add buy milk")).toBe(1);
  });

  it("on the way back from a first message: the conversation is found again", async () => {
    server.thread("Older", ["Add buy milk", "Done."]); // the same words, but known already
    openPage();
    await screen.findByText("Older");
    server.faults = [{ lost: "after" }];
    await say("Add buy milk");
    await screen.findByRole("alert");
    await retry();
    (await server.turn(1)).answer("msg_b", "Done again.");
    await screen.findByText("Done again.");
    expect(sent("threads.create")).toHaveLength(1);
    expect(server.threads).toHaveLength(2);
    expect(window.location.search).toBe("?c=thr_2");
  });

  it("on the way there with a first message: a conversation with the same words is not mistaken for it", async () => {
    server.thread("Older", ["Add buy milk", "Done."]);
    openPage();
    await screen.findByText("Older");
    server.faults = [{ lost: "before" }];
    await say("Add buy milk");
    await retry();
    (await server.turn(0)).answer("msg_b", "Done anew.");
    await screen.findByText("Done anew.");
    expect(server.threads).toHaveLength(2);
    expect(stored("Add buy milk")).toBe(2);
  });

  it("and something else is written instead of a retry: the lost message goes, the new one is sent", async () => {
    await openWith("Hi Ann.");
    server.faults = [{ lost: "before" }];
    await say("First try");
    await screen.findByRole("alert");
    await say("Second try");
    (await server.turn(0)).answer("msg_b", "Done.");
    await screen.findByText("Done.");
    expect(transcript()).toEqual(["You: Hello", "Assistant: Hi Ann.", "You: Second try", "Assistant: Done."]);
    expect(stored("First try")).toBe(0);
  });

  it("and the retry fails as well: it can be tried again", async () => {
    await openWith("Hi Ann.");
    server.faults = [{ lost: "before" }];
    await say("Add buy milk");
    await screen.findByRole("alert");
    server.faults = [{ lost: "before" }, { lost: "before" }];
    await retry();
    await screen.findByRole("alert");
    await retry();
    (await server.turn(0)).answer("msg_b", "Done.");
    await screen.findByText("Done.");
    expect(stored("Add buy milk")).toBe(1);
  });
});
