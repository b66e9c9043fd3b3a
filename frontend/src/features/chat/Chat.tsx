"use client";

import { useEffect, useRef, useState } from "react";

import { Conversations } from "@/features/conversations/Conversations";

import styles from "./Chat.module.css";
import { ChatPanel } from "./ChatPanel";
import { useChat } from "./use-chat";

interface Props {
  /** What the person is called. */
  name: string;
  /** Id of the conversation to open, as the server read it in the address. */
  conversation: string | null;
}

/**
 * The chat and its conversations: side by side where there is room, one in place of the other where there
 * is not (the style sheet decides; `view` says which).
 */
export function Chat({ name, conversation }: Props) {
  const chat = useChat(conversation);
  const [view, setView] = useState<"chat" | "list">("chat");
  const area = useRef<HTMLDivElement>(null);
  const before = useRef(view);
  useEffect(() => {
    if (before.current !== view) area.current?.querySelector<HTMLElement>(firstOf(view))?.focus();
    before.current = view;
  }, [view]);

  return (
    <div ref={area} className={styles.chat} data-view={view}>
      <div className={styles.list}>
        <Conversations chat={chat} currentId={chat.state.threadId} onLeave={() => { setView("chat"); }} />
      </div>
      <div className={styles.panel}>
        <ChatPanel
          session={chat.session}
          state={chat.state}
          name={name}
          onNew={chat.begin}
          onList={() => { setView("list"); }}
        />
      </div>
    </div>
  );
}

/** Where the focus goes when a view comes to the front: to what is written, or back to the button one came by. */
function firstOf(view: "chat" | "list"): string {
  if (view === "list") return "nav h2";
  return window.matchMedia("(hover: hover)").matches ? "textarea" : "section header button";
}
