"use client";

import { memo } from "react";

import { type Entry, answerText } from "./entries";
import { Markdown } from "./Markdown";
import styles from "./Messages.module.css";
import type { ChatState } from "./state";
import { Steps } from "./Steps";
import { useStickToEnd } from "./use-stick-to-end";

interface Props {
  state: ChatState;
  onEarlier: () => void;
}

/** The conversation so far. Its end stays in sight, unless one has scrolled up. */
export function Messages({ state, onEarlier }: Props) {
  const { entries, phase, progress, earlier } = state;
  const { ref, away, onScroll, toEnd } = useStickToEnd(entries, state.threadId);
  return (
    <div className={styles.frame}>
      <div
        ref={ref}
        className={styles.scroll}
        onScroll={onScroll}
        role="log"
        aria-live="off" // the whole answer is said once it is there, not every word of it
        aria-label="Conversation"
        tabIndex={0}
      >
        {earlier ? (
          <button type="button" className={styles.earlier} onClick={onEarlier}>
            Show earlier messages
          </button>
        ) : null}
        <ol className={styles.list}>
          {entries.map((entry) => (
            <EntryView key={entry.id} entry={entry} />
          ))}
          {phase === "answering" && !isWriting(entries) ? <Working text={progress} /> : null}
        </ol>
      </div>
      {away ? (
        <button type="button" className={styles.latest} onClick={toEnd}>
          Latest
        </button>
      ) : null}
    </div>
  );
}

function isWriting(entries: Entry[]): boolean {
  const last = entries.at(-1);
  return last?.kind === "assistant" && last.streaming && answerText(last) !== "";
}

const EntryView = memo(function EntryView({ entry }: { entry: Entry }) {
  switch (entry.kind) {
    case "user":
      return (
        <li className={styles.user} data-unsent={!entry.stored}>
          <span className="hidden">You: </span>
          {entry.text}
        </li>
      );
    case "assistant":
      return answerText(entry) === "" ? null : (
        <li className={styles.assistant} data-streaming={entry.streaming}>
          <span className="hidden">Assistant: </span>
          <Markdown text={answerText(entry)} />
        </li>
      );
    case "steps":
      return (
        <li className={styles.steps}>
          <span className="hidden">Done by the assistant: </span>
          <Steps steps={entry.steps} />
        </li>
      );
    case "note":
      return <li className={styles.note}>{entry.text}</li>;
  }
});

function Working({ text }: { text: string | null }) {
  return (
    <li className={styles.working}>
      <span className={styles.dots} aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span className={text ? undefined : "hidden"}>{text ?? "The assistant is working"}</span>
    </li>
  );
}
