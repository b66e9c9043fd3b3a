// @vitest-environment jsdom
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { replacePage } from "@/features/sign-in/navigation";

import { freshServer, input, openPage, say, transcript } from "./chat-page";
import { type ChatKitServer, problem, workflow } from "./chatkit-server";

vi.mock("@/features/sign-in/navigation", () => ({ replacePage: vi.fn() })); // jsdom can't load another page

vi.setConfig({ testTimeout: 30_000 });

let server: ChatKitServer;

beforeEach(() => {
  server = freshServer();
  vi.mocked(replacePage).mockClear();
});
afterEach(cleanup);

const stop = () => screen.findByRole("button", { name: "Stop answering" });
const idle = () => screen.findByRole("button", { name: "Send" });

describe("a message and its answer", () => {
  it("shows the message at once and the answer as it arrives", async () => {
    openPage();
    await say("Add buy milk");
    expect(transcript()[0]).toBe("You: Add buy milk");
    expect(input()).toHaveValue("");
    const turn = await server.turn(0);
    turn.begin("msg_a");
    turn.say("msg_a", "I added **buy");
    await screen.findByText("I added **buy");
    turn.say("msg_a", " milk**.");
    expect((await screen.findByText("buy milk")).tagName).toBe("STRONG");
    turn.answer("msg_a", "I added **buy milk**.");
    await idle();
    expect(transcript()).toEqual(["You: Add buy milk", "Assistant: I added buy milk."]);
    expect(server.types().filter((type) => type !== "threads.list")).toEqual(["threads.create"]);
  });

  it("says the whole answer to a screen reader once it is there, not word by word", async () => {
    openPage();
    await say("Hello");
    const status = screen.getByText("The assistant is answering");
    expect(status).toHaveAttribute("role", "status");
    expect(screen.getByRole("log")).toHaveAttribute("aria-live", "off");
    const turn = await server.turn(0);
    turn.begin("msg_a");
    turn.say("msg_a", "Good");
    await screen.findByText("Good");
    expect(status).toHaveTextContent("The assistant is answering");
    turn.answer("msg_a", "Good morning.");
    await idle();
    expect(status).toHaveTextContent("Good morning.");
  });

  it("shows tool calls as steps, and the task list follows as soon as one has ended", async () => {
    openPage();
    await say("Add buy milk");
    const turn = await server.turn(0);
    await waitFor(() => { expect(server.taskLoads).toBe(1); });
    const task = { type: "custom", title: "Adding a task", content: "buy milk", status_indicator: "loading" } as const;
    turn.send({ type: "thread.item.added", item: { ...workflow("wf_1", "thr_1", "", ""), workflow: { tasks: [] } } as never });
    turn.send({ type: "thread.item.updated", item_id: "wf_1", update: { type: "workflow.task.added", task_index: 0, task } });
    expect(await screen.findByText("Adding a task")).toHaveTextContent("Adding a task · buy milk, in progress");
    expect(server.taskLoads).toBe(1);
    server.tasks.push({ id: 1, title: "buy milk" });
    const done = { ...task, title: "Added a task", content: 'buy milk\n\n{"task_id": 1}', status_indicator: "complete" } as const;
    turn.send({ type: "thread.item.updated", item_id: "wf_1", update: { type: "workflow.task.updated", task_index: 0, task: done } });
    await screen.findByRole("checkbox", { name: "buy milk" }); // while the answer is still on its way
    expect(await stop()).toBeInTheDocument();
    const details = screen.getByText("Added a task").closest("details")!;
    expect(details).not.toHaveAttribute("open");
    expect(details).toHaveTextContent('{"task_id": 1}');
    turn.answer("msg_a", "Done.");
    await idle();
  });

  it("shows HTML and Markdown in one's own message as they are, and HTML in answers as text", async () => {
    const { container } = openPage();
    await say("<b>bold</b> **x** <script>alert(1)</script>");
    (await server.turn(0)).answer("msg_a", "<img src=x onerror=alert(1)> it is");
    await screen.findByText("<img src=x onerror=alert(1)> it is");
    expect(transcript()[0]).toBe("You: <b>bold</b> **x** <script>alert(1)</script>");
    expect(container.querySelector("img, b, script")).toBeNull();
  });

  it("stops when one says so, keeps what had come, and lets one go on", async () => {
    openPage();
    await say("Hello");
    const turn = await server.turn(0);
    turn.begin("msg_a");
    turn.say("msg_a", "Half an");
    await screen.findByText("Half an");
    await userEvent.click(await stop());
    await idle();
    expect(turn.aborted).toBe(true);
    await screen.findByText("The answer was stopped before it was complete.");
    expect(screen.getByRole("button", { name: "Retry" })).toBeInTheDocument();
    expect(transcript()).toEqual(["You: Hello", "Assistant: Half an", "The answer was cut off."]);
    await say("Again");
    (await server.turn(1)).answer("msg_b", "Whole.");
    await screen.findByText("Whole.");
  });

  it("shows after a stop what the server has recorded, which may be more than had come", async () => {
    openPage();
    await say("Add buy milk");
    const turn = await server.turn(0);
    await stop();
    turn.record(workflow("wf_1", "thr_1", "Added a task", "buy milk"));
    await userEvent.click(await stop());
    await screen.findByText("Added a task");
    await userEvent.click(screen.getByRole("button", { name: "Retry" }));
    (await server.turn(1)).answer("msg_b", "Whole.");
    await screen.findByText("Whole.");
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
    expect(server.types()).toContain("threads.retry_after_item");
  });

  it("stops on Escape, too", async () => {
    openPage();
    await say("Hello");
    const turn = await server.turn(0);
    await stop();
    await userEvent.keyboard("{Escape}");
    await idle();
    expect(turn.aborted).toBe(true);
  });
});

describe("the composer", () => {
  it("suggests ticking off only what is there", async () => {
    openPage();
    await screen.findByText("Nothing to do yet");
    expect(screen.queryByRole("button", { name: /as done$/ })).not.toBeInTheDocument();
    cleanup();
    server.tasks = [{ id: 1, title: "water the plants" }];
    openPage();
    expect(await screen.findByRole("button", { name: "Mark water the plants as done" })).toBeInTheDocument();
  });

  it("begins with suggestions, which are sent as they are", async () => {
    openPage();
    expect(screen.getByText("What is on your mind, Ann?")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "What is left?" }));
    expect(transcript()[0]).toBe("You: What is left?");
    expect(input()).toHaveFocus();
    (await server.turn(0)).answer("msg_a", "Nothing.");
    await idle();
  });

  it("has the focus, and begins a new line with Shift+Enter", async () => {
    openPage();
    expect(input()).toHaveFocus();
    await userEvent.keyboard("one{Shift>}{Enter}{/Shift}two");
    expect(input()).toHaveValue("one\ntwo");
    expect(server.turns).toHaveLength(0);
  });

  it.each([
    ["isComposing", { isComposing: true }],
    ["key code 229, as Safari tells it", { keyCode: 229 }],
  ])("does not send on an Enter that picks a word of an input method (%s)", async (_case, init) => {
    openPage();
    await userEvent.type(input(), "にほん");
    fireEvent.keyDown(input(), { key: "Enter", ...init });
    expect(input()).toHaveValue("にほん");
    expect(transcript()).toEqual([]);
  });

  it.each([["nothing", ""], ["blanks", "  \n "]])("refuses %s", async (_case, text) => {
    openPage();
    await say(text || " ");
    expect(transcript()).toEqual([]);
    expect(screen.getByRole("button", { name: "Send" })).toBeDisabled();
  });

  it("counts near the limit, takes 2,000 characters and refuses 2,001", async () => {
    openPage();
    fireEvent.change(input(), { target: { value: "x".repeat(1799) } });
    expect(screen.queryByText(/2,000/)).not.toBeInTheDocument();
    fireEvent.change(input(), { target: { value: "x".repeat(2001) } });
    expect(screen.getByText("2,001 / 2,000: 1 too many")).toHaveAttribute("role", "alert");
    await userEvent.keyboard("{Enter}");
    expect(transcript()).toEqual([]);
    fireEvent.change(input(), { target: { value: "🥛".repeat(2000) } });
    expect(screen.getByText("2,000 / 2,000")).toBeInTheDocument();
    await userEvent.keyboard("{Enter}");
    expect(transcript()).toHaveLength(2); // and the sign that an answer is coming
    (await server.turn(0)).answer("msg_a", "That is a lot of milk.");
    await idle();
  });

  it("sends nothing while an answer is on its way, and keeps what is typed", async () => {
    openPage();
    await say("One");
    const turn = await server.turn(0);
    await say("Two");
    expect(input()).toHaveValue("Two");
    turn.answer("msg_a", "First.");
    await idle();
    expect(server.turns).toHaveLength(1);
    expect(input()).toHaveValue("Two");
  });
});

describe("the model's badge", () => {
  it("says that a demo model is none, and why", async () => {
    openPage();
    const badge = await screen.findByRole("button", { name: "demo model, no AI" });
    expect(badge).toHaveAccessibleDescription(/nothing is sent to an AI/);
  });

  it("names a real model", async () => {
    server.model = { name: "gpt-5-mini", demo: false, label: null };
    openPage();
    await screen.findByText("gpt-5-mini");
  });

  it("is not there where nobody knows, without a word", async () => {
    server.model = null;
    openPage();
    await screen.findByText("Nothing to do yet");
    expect(screen.queryByText(/model/)).not.toBeInTheDocument();
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });
});

describe("a session that is over", () => {
  it("leads to signing in", async () => {
    openPage();
    await screen.findByText("Nothing to do yet");
    server.faults = [problem(401, "Please sign in first.")];
    await say("Hello");
    await waitFor(() => { expect(replacePage).toHaveBeenCalledWith("/sign-in"); });
  });
});

describe("accessibility", () => {
  it.each([
    ["nothing said yet", async () => { await screen.findByText("Nothing to do yet"); }],
    ["an answer on its way", async () => { await say("Hello"); (await server.turn(0)).begin("msg_a"); }],
    ["steps and an answer", async () => {
      await say("Hello");
      const turn = await server.turn(0);
      turn.item(workflow("wf_1", "thr_1", "Added a task", "buy milk\n\nmore"));
      turn.answer("msg_a", "- one\n- two");
      await idle();
    }],
    ["a failure", async () => {
      await say("Hello");
      (await server.turn(0)).fail("The model is away.");
      await screen.findByRole("button", { name: "Retry" });
    }],
  ])("has no finding of axe with %s", async (_case, prepare) => {
    const { container } = openPage();
    await prepare();
    const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
    expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
  });
});
