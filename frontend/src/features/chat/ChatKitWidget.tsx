"use client";

import { type ReactNode, useEffect, useRef, useState } from "react";
import { useSWRConfig } from "swr";

import { conversationId, goToConversation } from "@/features/conversations/use-conversation-id";
import { TASKS_URL } from "@/features/tasks/api";

import styles from "./ChatKitWidget.module.css";
import { CHATKIT_URL } from "./protocol";

const SCRIPT = "https://cdn.platform.openai.com/deployments/chatkit/chatkit.js";
const TAG = "openai-chatkit";
/** OpenAI registers domains; any word will do where none is. */
const DOMAIN_KEY = "local";
const PATIENCE_MS = 10_000;

/** As far as we use it: @openai/chatkit has all of it. */
interface ChatKitElement extends HTMLElement {
  setOptions: (options: object) => void;
}

/**
 * OpenAI's chat component against the same endpoint, loaded from OpenAI's servers. Where these cannot be
 * reached, `fallback` and a word about it.
 */
export function ChatKitWidget({ fallback }: { fallback: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const { mutate } = useSWRConfig();

  useEffect(() => {
    let gone = false;
    const mount = () => {
      if (!gone) place.current?.replaceChildren(widget(() => void mutate(TASKS_URL)));
    };
    loadWidget().then(mount, () => { if (!gone) setAway(true); });
    return () => { gone = true; };
  }, [mutate]);

  if (!away) return <div ref={place} className={`panel ${styles.widget}`} aria-busy="true" />;
  return (
    <div className={styles.fallback}>
      <p className={styles.note} role="status">
        OpenAI’s chat component could not be loaded, so this is the app’s own.
      </p>
      {fallback}
    </div>
  );
}

/** Resolves once the element is defined; rejects where its script does not come, or not in time. */
async function loadWidget(): Promise<void> {
  if (customElements.get(TAG)) return;
  await new Promise<void>((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.async = true;
    script.onerror = () => {
      script.remove();
      reject(new Error(`${SCRIPT} could not be loaded`));
    };
    setTimeout(reject, PATIENCE_MS);
    void customElements.whenDefined(TAG).then(() => { resolve(); });
    document.head.append(script);
  });
}

function widget(tasksChanged: () => void): ChatKitElement {
  const element = document.createElement(TAG) as ChatKitElement;
  element.setOptions({
    api: { url: CHATKIT_URL, domainKey: DOMAIN_KEY },
    theme: isDark() ? "dark" : "light",
    initialThread: conversationId(),
    history: { enabled: true, showDelete: true, showRename: true },
    composer: { placeholder: "Write what there is to do…" },
  });
  element.addEventListener("chatkit.response.end", tasksChanged);
  element.addEventListener("chatkit.thread.change", (event) => {
    const { threadId } = (event as CustomEvent<{ threadId: string | null }>).detail;
    goToConversation(threadId, { replace: true });
  });
  return element;
}

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme === "dark" || (theme !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
}
