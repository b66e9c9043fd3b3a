// @vitest-environment jsdom
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { SWRConfig } from "swr";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { AccountMenu } from "@/features/shell/AccountMenu";
import { ThemeButton } from "@/features/shell/ThemeButton";
import { Workspace } from "@/features/shell/Workspace";
import { themeOf } from "@/features/shell/theme";
import { signOut } from "@/features/sign-in/actions";

import { freshServer } from "./chat-page";
import type { ChatKitServer } from "./chatkit-server";

vi.mock("@/features/sign-in/actions", () => ({ signOut: vi.fn(() => Promise.resolve()) }));

const ANN = { name: "Ann Example", email: "ann@example.com" };
vi.setConfig({ testTimeout: 30_000 });

let server: ChatKitServer;

beforeEach(() => {
  server = freshServer();
});
afterEach(() => {
  cleanup();
  delete document.documentElement.dataset.theme;
});

function open(chatKitWidget = false) {
  return render(
    <SWRConfig value={{ provider: () => new Map(), dedupingInterval: 0, shouldRetryOnError: false }}>
      <Workspace account={ANN} docsUrl="http://localhost:30001" conversation={null} chatKitWidget={chatKitWidget} />
    </SWRConfig>,
  );
}

describe("the theme", () => {
  it.each([[undefined, "system"], ["", "system"], ["blue", "system"], ["light", "light"], ["dark", "dark"]])(
    "of the cookie %j is %s",
    (cookie, theme) => { expect(themeOf(cookie)).toBe(theme); },
  );

  it("goes round at the press of a button, at once and for the next time", async () => {
    document.documentElement.dataset.theme = "system";
    render(<ThemeButton />);
    for (const [before, after] of [["as the system", "light"], ["light", "dark"], ["dark", "system"]]) {
      await userEvent.click(screen.getByRole("button", { name: `Theme: ${before!}` }));
      expect(document.documentElement.dataset.theme).toBe(after);
      expect(document.cookie).toContain(`theme=${after!}`);
    }
  });
});

describe("the account", () => {
  it("shows who is signed in, and closes on Escape", async () => {
    render(<AccountMenu account={ANN} docsUrl={null} />);
    const button = screen.getByRole("button", { name: "Account of Ann Example" });
    expect(screen.queryByText("ann@example.com")).not.toBeVisible();
    await userEvent.click(button);
    expect(button).toHaveAttribute("aria-expanded", "true");
    expect(screen.getByText("ann@example.com")).toBeVisible();
    expect(screen.queryByRole("link")).not.toBeInTheDocument();
    await userEvent.keyboard("{Escape}");
    expect(button).toHaveAttribute("aria-expanded", "false");
    expect(button).toHaveFocus();
  });

  it("closes when the focus goes elsewhere", async () => {
    render(<><AccountMenu account={ANN} docsUrl={null} /><button type="button">Elsewhere</button></>);
    await userEvent.click(screen.getByRole("button", { name: /^Account of/ }));
    await userEvent.click(screen.getByRole("button", { name: "Elsewhere" }));
    expect(screen.getByRole("button", { name: /^Account of/ })).toHaveAttribute("aria-expanded", "false");
  });

  it("signs out, and says so where that did not work", async () => {
    vi.mocked(signOut).mockRejectedValueOnce(new Error("Signing out did not work. Try again."));
    render(<AccountMenu account={ANN} docsUrl={null} />);
    await userEvent.click(screen.getByRole("button", { name: /^Account of/ }));
    await userEvent.click(screen.getByRole("button", { name: "Sign out" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Signing out did not work. Try again.");
    await userEvent.click(screen.getByRole("button", { name: "Sign out" }));
    expect(signOut).toHaveBeenCalledTimes(2);
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("goes by the address where there is no name", () => {
    render(<AccountMenu account={{ name: "", email: "ann@example.com" }} docsUrl={null} />);
    expect(screen.getByRole("button", { name: "Account of ann@example.com" })).toBeInTheDocument();
  });
});

describe("the page", () => {
  it("has both panes, and a switch between them that says how much there is to do", async () => {
    server.tasks = [{ id: 1, title: "buy milk" }, { id: 2, title: "call mum" }];
    const { container } = open();
    const panes = within(screen.getAllByRole("group", { name: "Show" })[0]!);
    await panes.findByRole("button", { name: "Tasks 2 to do" });
    const main = container.querySelector("main")!;
    expect(main).toHaveAttribute("data-pane", "chat");
    await userEvent.click(panes.getByRole("button", { name: /^Tasks/ }));
    expect(main).toHaveAttribute("data-pane", "tasks");
    expect(panes.getByRole("button", { name: /^Tasks/ })).toHaveAttribute("aria-pressed", "true");
  });

  it("calls the person by the first name, and links to the API's documentation", async () => {
    open();
    expect(screen.getByText("What is on your mind, Ann?")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: /^Account of/ }));
    expect(screen.getByRole("link", { name: "API documentation" })).toHaveAttribute("href", "http://localhost:30001/docs");
  });

  it("has no finding of axe", async () => {
    const { container } = open();
    await screen.findByText("Nothing to do yet");
    const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
  });
});

describe("OpenAI's chat component", () => {
  const script = () => waitFor(() => {
    const found = document.head.querySelector<HTMLScriptElement>("script[src*='chatkit.js']");
    if (!found) throw new Error("There is no script yet.");
    return found;
  });

  it("gives way to our own where it can't be loaded, with a word about it", async () => {
    open(true);
    expect(screen.queryByRole("textbox", { name: "Message" })).not.toBeInTheDocument();
    (await script()).dispatchEvent(new Event("error"));
    await screen.findByText(/could not be loaded/);
    expect(screen.getByRole("textbox", { name: "Message" })).toBeInTheDocument();
    expect(document.head.querySelector("script[src*='chatkit.js']")).toBeNull();
  });

  it("is mounted against the same endpoint; the task list follows its answers", async () => {
    open(true);
    await script();
    const options = vi.fn();
    customElements.define("openai-chatkit", class extends HTMLElement { setOptions = options; });
    const element = await waitFor(() => document.querySelector("main openai-chatkit") ?? expect.fail("not mounted"));
    expect(options).toHaveBeenCalledWith(expect.objectContaining({ api: expect.objectContaining({ url: "/api/backend/chatkit" }) as object }));
    await screen.findByText("Nothing to do yet");
    server.tasks = [{ id: 1, title: "buy milk" }];
    element.dispatchEvent(new CustomEvent("chatkit.response.end"));
    await screen.findByRole("checkbox", { name: "buy milk" });
    element.dispatchEvent(new CustomEvent("chatkit.thread.change", { detail: { threadId: "thr_5" } }));
    expect(window.location.search).toBe("?c=thr_5");
  });
});
