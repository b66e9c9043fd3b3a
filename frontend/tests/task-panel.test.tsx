// @vitest-environment jsdom
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { SWRConfig } from "swr";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { TaskPanel } from "@/features/tasks/TaskPanel";
import type { Task } from "@/features/tasks/api";

/** A server in memory behind fetch: keeps tasks, and fails where a test says so. */
class Server {
  tasks: Task[] = [];
  down: Response | Error | null = null;
  hold: Promise<void> | null = null;

  add(title: string, more: Partial<Task> = {}): void {
    const now = new Date().toISOString();
    const id = this.tasks.length + 1;
    this.tasks.unshift({ id, title, description: null, completed: false, created_at: now, updated_at: now, ...more });
  }

  fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    const failing = this.down;
    await this.hold;
    if (failing instanceof Error) throw failing;
    if (failing) return failing.clone();
    return this.answer(init?.method ?? "GET", url, init?.body as string | undefined);
  };

  private answer(method: string, url: string, body?: string): Response {
    const id = Number(/tasks\/(\d+)/.exec(url)?.[1]);
    if (method === "GET") return Response.json(this.tasks);
    if (method === "POST") {
      this.add("", JSON.parse(body ?? "{}") as Partial<Task>);
      return Response.json(this.tasks[0], { status: 201 });
    }
    if (method === "DELETE") this.tasks = this.tasks.filter((task) => task.id !== id);
    else this.tasks = this.tasks.map((task) => (task.id === id ? { ...task, completed: !task.completed } : task));
    return method === "DELETE" ? new Response(null, { status: 204 }) : Response.json({});
  }
}

const away = () =>
  Response.json(
    { error: "backend_unreachable", message: "The task server is not reachable right now." },
    { status: 502, headers: { "x-request-id": "abc-1" } },
  );
let server: Server;

function show() {
  // A cache of its own for each test.
  return render(
    <SWRConfig value={{ provider: () => new Map(), dedupingInterval: 0, shouldRetryOnError: false }}>
      <TaskPanel />
    </SWRConfig>,
  );
}

const titles = () =>
  screen.queryAllByRole("listitem").map((item) => within(item).getByText(/./, { selector: "label" }).textContent);
const input = () => screen.getByRole("textbox", { name: "New task" });

beforeEach(() => {
  server = new Server();
  vi.stubGlobal("fetch", server.fetch);
});
afterEach(cleanup);

describe("the list", () => {
  it("says that it is loading until there is an answer", async () => {
    let release: () => void = () => undefined;
    server.hold = new Promise((resolve) => (release = resolve));
    show();
    expect(screen.getByText("Loading the tasks")).toBeInTheDocument();
    release();
    await screen.findByText("Nothing to do yet");
    expect(screen.queryByText("Loading the tasks")).not.toBeInTheDocument();
  });

  it("says what happened where the server is away, and comes back on a retry", async () => {
    server.add("Buy milk");
    server.down = away();
    show();
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("The task server is not reachable right now.");
    expect(alert).toHaveTextContent("abc-1");
    server.down = null;
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("Buy milk");
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("does not call the list empty where it was, and cannot be read again", async () => {
    const cache = new Map<string, { data: Task[] }>([["/api/backend/tasks", { data: [] }]]);
    server.down = away();
    render(
      <SWRConfig value={{ provider: () => cache, dedupingInterval: 0, shouldRetryOnError: false }}>
        <TaskPanel />
      </SWRConfig>,
    );
    expect(await screen.findByRole("alert")).toHaveTextContent("The task server is not reachable right now.");
    expect(screen.queryByText("Nothing to do yet")).not.toBeInTheDocument();
  });

  it("says so where even this page's own server is away", async () => {
    server.down = new TypeError("fetch failed");
    show();
    expect(await screen.findByRole("alert")).toHaveTextContent("This page cannot reach its server.");
  });

  it("is narrowed by what is to do and what is done, with a word where there is nothing", async () => {
    server.add("Old", { completed: true });
    server.add("New");
    show();
    await screen.findByText("New");
    await userEvent.click(screen.getByRole("button", { name: /^To do/ }));
    expect(titles()).toEqual(["New"]);
    await userEvent.click(screen.getByRole("checkbox", { name: "New" }));
    await screen.findByText("All done");
    await userEvent.click(screen.getByRole("button", { name: /^Done/ }));
    expect(titles()).toEqual(["New", "Old"]);
  });

  it("shows a title that looks like HTML as text", async () => {
    server.add("<img src=x onerror=alert(1)>");
    const { container } = show();
    await screen.findByText("<img src=x onerror=alert(1)>");
    expect(container.querySelector("img")).toBeNull();
  });
});

describe("changes", () => {
  it("adds a task with a note, with nothing but the keyboard", async () => {
    show();
    await screen.findByText("Nothing to do yet");
    await userEvent.type(input(), "Buy milk");
    await userEvent.tab();
    await userEvent.keyboard("{Enter}");
    await userEvent.type(screen.getByRole("textbox", { name: "Note" }), "two litres");
    await userEvent.click(input());
    await userEvent.keyboard("{Enter}");
    await screen.findByText("two litres");
    expect(titles()).toEqual(["Buy milk"]);
    expect(input()).toHaveValue("");
    expect(input()).toHaveFocus();
  });

  it("sends no title of blanks", async () => {
    show();
    await screen.findByText("Nothing to do yet");
    await userEvent.type(input(), "   {Enter}");
    expect(server.tasks).toEqual([]);
    expect(screen.getByRole("button", { name: "Add" })).toBeDisabled();
  });

  it("keeps what was typed when the server refuses it", async () => {
    show();
    await screen.findByText("Nothing to do yet");
    server.down = away();
    await userEvent.type(input(), "Buy milk{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent("not reachable");
    expect(input()).toHaveValue("Buy milk");
  });

  it("takes a toggle back when the server refuses it, and does it on a retry", async () => {
    server.add("Buy milk");
    show();
    const box = await screen.findByRole("checkbox", { name: "Buy milk" });
    server.down = away();
    await userEvent.click(box);
    await screen.findByRole("alert");
    expect(box).not.toBeChecked();
    server.down = null;
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => { expect(box).toBeChecked(); });
    expect(server.tasks[0]?.completed).toBe(true);
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("deletes a task, says so, and leaves the focus in the list", async () => {
    server.add("Buy milk");
    server.add("Call Ann");
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Delete Buy milk" }));
    await waitFor(() => { expect(titles()).toEqual(["Call Ann"]); });
    expect(await screen.findByText("Buy milk deleted")).toHaveAttribute("role", "status");
    expect(document.activeElement).not.toBe(document.body);
    expect(server.tasks.map((task) => task.title)).toEqual(["Call Ann"]);
  });
});

describe("accessibility", () => {
  it.each([
    ["a full list", () => { server.add("Buy milk", { description: "two litres" }); }],
    ["an empty list", () => undefined],
    ["an error", () => { server.down = away(); }],
  ])("has no finding of axe with %s", async (_case, prepare) => {
    prepare();
    const { container } = show();
    await waitFor(() => { expect(screen.queryByText("Loading the tasks")).not.toBeInTheDocument(); });
    const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
    expect(violations.map((violation) => violation.id)).toEqual([]);
  });
});
