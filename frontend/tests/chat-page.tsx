import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { SWRConfig } from "swr";
import { vi } from "vitest";

import { Chat } from "@/features/chat/Chat";
import { TaskPanel } from "@/features/tasks/TaskPanel";

import { ChatKitServer } from "./chatkit-server";

/** A server of its own behind fetch, and a page without an open conversation. */
export function freshServer(): ChatKitServer {
  const server = new ChatKitServer();
  vi.stubGlobal("fetch", server.fetch);
  window.history.replaceState(null, "", "/");
  return server;
}

/** The two panes as the page has them, with a cache of their own. */
export function openPage() {
  const conversation = new URLSearchParams(window.location.search).get("c");
  return render(
    <SWRConfig value={{ provider: () => new Map(), dedupingInterval: 0, shouldRetryOnError: false }}>
      <Chat name="Ann" conversation={conversation} />
      <TaskPanel />
    </SWRConfig>,
  );
}

export const input = () => screen.getByRole("textbox", { name: "Message" });

export async function say(text: string): Promise<void> {
  await userEvent.click(input());
  await userEvent.paste(text);
  await userEvent.keyboard("{Enter}");
}

/** What stands in the conversation, in order, as it is read out. */
export function transcript(): string[] {
  const log = screen.queryByRole("log");
  const items = log?.querySelectorAll(":scope > ol > li") ?? [];
  return Array.from(items, (item) => item.textContent.replace(/\s+/g, " ").trim());
}

/** A heading that says it, or null while another conversation is open. */
export const openTitle = () => screen.getByRole("region", { name: "Chat" }).querySelector("h2")?.textContent;
