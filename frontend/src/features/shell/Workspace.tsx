"use client";

import { useState } from "react";

import { Chat } from "@/features/chat/Chat";
import { ChatKitWidget } from "@/features/chat/ChatKitWidget";
import { TaskPanel } from "@/features/tasks/TaskPanel";

import type { Account } from "./AccountMenu";
import { Header, type Pane } from "./Header";
import styles from "./Workspace.module.css";

interface Props {
  account: Account;
  docsUrl: string | null;
  conversation: string | null;
  /** OpenAI's own chat component in place of ours. */
  chatKitWidget: boolean;
}

/** The signed-in page: chat and tasks side by side; on a narrow screen the one that is asked for. */
export function Workspace({ account, docsUrl, conversation, chatKitWidget }: Props) {
  const [pane, setPane] = useState<Pane>("chat");
  const [firstName = ""] = account.name.trim().split(/\s+/);
  const chat = <Chat name={firstName} conversation={conversation} />;
  return (
    <div className={styles.page}>
      <Header account={account} docsUrl={docsUrl} pane={pane} onPane={setPane} />
      <main className={styles.panes} data-pane={pane}>
        <div className={styles.chat}>{chatKitWidget ? <ChatKitWidget fallback={chat} /> : chat}</div>
        <div className={styles.tasks}>
          <TaskPanel />
        </div>
      </main>
    </div>
  );
}
