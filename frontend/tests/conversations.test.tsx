// @vitest-environment jsdom
import { act, cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { freshServer, input, openPage, openTitle, say, transcript } from "./chat-page";
import { type ChatKitServer, problem } from "./chatkit-server";

vi.setConfig({ testTimeout: 30_000 });

let server: ChatKitServer;

beforeEach(() => {
  server = freshServer();
});
afterEach(cleanup);

const list = () => screen.getByRole("navigation", { name: "Conversations" });
const rows = () => within(list()).queryAllByRole("listitem").map((row) => within(row).getAllByRole("button")[0]!.firstChild?.textContent);
const row = (title: string) => within(list()).findByText(title);
const press = async (name: string) => { await userEvent.click(await within(list()).findByRole("button", { name })); };

async function two(): Promise<void> {
  server.thread("Groceries", ["Add buy milk", "Milk it is."]);
  server.thread("<i>Travel</i>", ["Book a train", "Which one?"]);
  openPage();
  await row("Groceries");
}

describe("the list", () => {
  it("says that it loads, then that there is nothing yet", async () => {
    openPage();
    expect(screen.getByText("Loading the conversations")).toBeInTheDocument();
    await screen.findByText("Whatever you talk about is kept here.");
  });

  it("opens one, marks it, and keeps it in the address", async () => {
    await two();
    expect(rows()).toEqual(["<i>Travel</i>", "Groceries"]);
    await userEvent.click(await row("Groceries"));
    await screen.findByText("Milk it is.");
    expect(window.location.search).toBe("?c=thr_1");
    expect(openTitle()).toBe("Groceries");
    expect((await row("Groceries")).closest("button")).toHaveAttribute("aria-current", "page");
    expect(input()).toHaveFocus();
  });

  it("follows the browser's back button", async () => {
    await two();
    await userEvent.click(await row("Groceries"));
    await screen.findByText("Milk it is.");
    await userEvent.click(await row("<i>Travel</i>"));
    await screen.findByText("Which one?");
    act(() => { window.history.back(); });
    await screen.findByText("Milk it is.");
  });

  it("gets a new conversation with its first message, and the address with it", async () => {
    await two();
    await say("Plan the weekend");
    const turn = await server.turn(0);
    await waitFor(() => { expect(window.location.search).toBe("?c=thr_3"); });
    server.threads[0]!.title = "Plan the weekend";
    turn.send({ type: "thread.updated", thread: { id: "thr_3", title: "Plan the weekend", created_at: "2026-01-01" } });
    await waitFor(() => { expect(openTitle()).toBe("Plan the weekend"); });
    await row("Plan the weekend");
    turn.answer("msg_x", "Gladly.");
    await screen.findByText("Gladly.");
    expect(transcript()).toHaveLength(2);
  });

  it("says what happened where it can't be loaded", async () => {
    server.faults = [problem(502, "The task server is not reachable right now.")];
    openPage();
    await within(list()).findByText("The task server is not reachable right now.");
    await press("Try again");
    await screen.findByText("Whatever you talk about is kept here.");
  });

  it("has more than a page", async () => {
    for (let index = 1; index <= 31; index += 1) server.thread(`Talk ${index}`);
    openPage();
    await row("Talk 31");
    expect(rows()).toHaveLength(30);
    await press("Show more");
    await row("Talk 1");
    expect(rows()).toHaveLength(31);
  });
});

describe("an open conversation", () => {
  it("outlives a reload", async () => {
    server.thread("Groceries", ["Add buy milk", "Milk it is."]);
    window.history.replaceState(null, "", "/?c=thr_1");
    openPage();
    expect(screen.getByText("Loading the conversation")).toBeInTheDocument();
    expect(screen.queryByText(/on your mind/)).not.toBeInTheDocument();
    await screen.findByText("Milk it is.");
    expect(transcript()).toEqual(["You: Add buy milk", "Assistant: Milk it is."]);
  });

  it("goes on answering while another one is looked at", async () => {
    await two();
    await userEvent.click(await row("Groceries"));
    await screen.findByText("Milk it is.");
    await say("And bread");
    const turn = await server.turn(0);
    await userEvent.click(await row("<i>Travel</i>"));
    await screen.findByText("Which one?");
    expect(turn.aborted).toBe(false);
    turn.answer("msg_x", "Bread as well.");
    await userEvent.click(await row("Groceries"));
    await screen.findByText("Bread as well.");
  });

  it("shows earlier messages when asked", async () => {
    server.thread("Long", Array.from({ length: 50 }, (_, index) => `Line ${index + 1}`));
    window.history.replaceState(null, "", "/?c=thr_1");
    openPage();
    await screen.findByText("Line 50");
    expect(transcript()[0]).toBe("You: Line 11");
    await userEvent.click(screen.getByRole("button", { name: "Show earlier messages" }));
    await screen.findByText("Line 1");
    expect(transcript()).toHaveLength(50);
    expect(screen.queryByRole("button", { name: "Show earlier messages" })).not.toBeInTheDocument();
  });

  it("that is not there says so, and a new one can be begun", async () => {
    window.history.replaceState(null, "", "/?c=thr_99");
    openPage();
    await screen.findByText("This conversation is not here");
    await userEvent.click(screen.getByRole("button", { name: "Begin a new one" }));
    await screen.findByText("What is on your mind, Ann?");
    expect(window.location.search).toBe("");
  });

  it("that can't be loaded says so, and comes back on a retry", async () => {
    server.thread("Groceries", ["Add buy milk", "Milk it is."]);
    window.history.replaceState(null, "", "/?c=thr_1");
    const away = () => problem(502, "The task server is not reachable right now.");
    server.faults = [away(), away(), away()];
    openPage();
    await screen.findByText("The conversation cannot be shown");
    const chat = screen.getByRole("region", { name: "Chat" });
    await userEvent.click(within(chat).getByRole("button", { name: "Try again" }));
    await screen.findByText("Milk it is.");
  });
});

describe("a new conversation", () => {
  it("begins empty, also while the last one has not got its id yet", async () => {
    openPage();
    await say("Hello");
    await press("New");
    await screen.findByText("What is on your mind, Ann?");
    const turn = await server.turn(0);
    turn.answer("msg_x", "Hi.");
    await waitFor(() => { expect(rows()).toHaveLength(1); });
    expect(transcript()).toEqual([]);
    expect(window.location.search).toBe("");
  });
});

describe("renaming", () => {
  it("is done in place, with the keyboard", async () => {
    await two();
    await userEvent.click(await row("Groceries"));
    await press("Rename Groceries");
    await userEvent.keyboard("Shopping{Enter}");
    await row("Shopping");
    expect(openTitle()).toBe("Shopping");
    expect(server.threads.find(({ id }) => id === "thr_1")?.title).toBe("Shopping");
    expect((await row("Shopping")).closest("button")).toHaveFocus();
  });

  it.each([["Escape", "Shopping{Escape}"], ["nothing left", "{Backspace}{Enter}"]])("is not done with %s", async (_case, keys) => {
    await two();
    await press("Rename Groceries");
    await userEvent.keyboard(keys);
    await row("Groceries");
    expect(server.types()).not.toContain("threads.update");
  });

  it("is taken back where the server refuses it, with its words", async () => {
    await two();
    await press("Rename Groceries");
    server.faults = [problem(503, "The database is away.")];
    await userEvent.keyboard("Shopping{Enter}");
    await within(list()).findByText("The database is away.");
    await row("Groceries");
  });
});

describe("deleting", () => {
  it("asks first, and does nothing on Keep or Escape", async () => {
    await two();
    await press("Delete Groceries");
    expect(screen.getByRole("group", { name: "Delete Groceries" })).toHaveTextContent("Delete Groceries for good? Your tasks stay.");
    expect(screen.getByRole("button", { name: "Keep" })).toHaveFocus();
    await userEvent.keyboard("{Escape}");
    await press("Delete Groceries");
    await press("Keep");
    expect(server.types()).not.toContain("threads.delete");
    expect(rows()).toHaveLength(2);
  });

  it("of the open one leads to a new one; the focus stays in the list", async () => {
    await two();
    await userEvent.click(await row("Groceries"));
    await screen.findByText("Milk it is.");
    await press("Delete Groceries");
    await press("Delete");
    await screen.findByText("What is on your mind, Ann?");
    expect(rows()).toEqual(["<i>Travel</i>"]);
    expect(server.threads.map(({ id }) => id)).toEqual(["thr_2"]);
    expect(document.activeElement).not.toBe(document.body);
  });

  it("has no finding of axe, nor has renaming", async () => {
    await two();
    await press("Delete Groceries");
    await press("Rename <i>Travel</i>");
    const { violations } = await axe.run(list(), { rules: { "color-contrast": { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
  });
});
