"use client";

import useSWR from "swr";

import { Mark } from "@/components/icons";
import { type Task, TASKS_URL, listTasks } from "@/features/tasks/api";
import { withStatus } from "@/features/tasks/status";

import { type Account, AccountMenu } from "./AccountMenu";
import styles from "./Header.module.css";
import { ThemeButton } from "./ThemeButton";

export const PANES = ["chat", "tasks"] as const;
export type Pane = (typeof PANES)[number];

interface Props {
  account: Account;
  docsUrl: string | null;
  pane: Pane;
  onPane: (pane: Pane) => void;
}

export function Header({ account, docsUrl, pane, onPane }: Props) {
  return (
    <header className={styles.header}>
      <div className={styles.brand}>
        <Mark size={32} />
        <h1 className={styles.title}>Todo</h1>
      </div>
      <PaneSwitch pane={pane} onPane={onPane} />
      <div className={styles.tools}>
        <ThemeButton />
        <AccountMenu account={account} docsUrl={docsUrl} />
      </div>
    </header>
  );
}

/** Chat or tasks, where there is no room for both. How much is left to do shows from the chat, too. */
function PaneSwitch({ pane, onPane }: { pane: Pane; onPane: (pane: Pane) => void }) {
  const { data } = useSWR<Task[]>(TASKS_URL, listTasks);
  const left = data ? withStatus(data, "pending").length : 0;
  return (
    <div className={styles.switch} role="group" aria-label="Show">
      {PANES.map((choice) => (
        <button key={choice} type="button" aria-pressed={choice === pane} onClick={() => { onPane(choice); }}>
          {choice === "chat" ? "Chat" : "Tasks "}
          {choice === "tasks" && left > 0 ? (
            <span className={styles.left}>
              {left} <span className="hidden">to do</span>
            </span>
          ) : null}
        </button>
      ))}
    </div>
  );
}
