"use client";

import { useEffect, useRef } from "react";

import { ListIcon, NewIcon } from "@/components/icons";

import styles from "./ChatPanel.module.css";
import { Composer } from "./Composer";
import { Messages } from "./Messages";
import { UNTITLED } from "./protocol";
import { type ChatSession, canSend } from "./session";
import type { ChatState } from "./state";
import { AnswerProblem, ConversationUnavailable, LoadingConversation } from "./states";
import { Welcome } from "./Welcome";

interface Props {
  session: ChatSession;
  state: ChatState;
  name: string;
  onNew: () => void;
  onList: () => void;
}

/** The open conversation: what was said, and where to say more. */
export function ChatPanel({ session, state, name, onNew, onList }: Props) {
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => { focusOn(input.current); }, [session]); // another conversation was opened
  const { phase, entries, problem } = state;
  // What is pressed for these goes away, and the focus with it.
  const send = (text: string) => {
    focusOn(input.current);
    void session.send(text);
  };
  const retry = () => {
    focusOn(input.current);
    void session.retry();
  };
  const unavailable = entries.length === 0 && problem !== null && problem.kind !== "send";

  return (
    <section className="panel" aria-label="Chat">
      <ChatHeader title={state.title ?? (state.threadId === null ? "New conversation" : UNTITLED)} onNew={onNew} onList={onList} />
      <Body session={session} state={state} name={name} onSend={send} onRetry={retry} onNew={onNew} />
      {problem && !unavailable ? <AnswerProblem problem={problem} onRetry={retry} /> : null}
      <Composer
        input={input}
        answering={phase === "answering"}
        ready={!unavailable && canSend(state)}
        onSend={send}
        onStop={() => { session.stop(); }}
      />
      <p className="hidden" role="status">
        {phase === "answering" ? "The assistant is answering" : state.said}
      </p>
    </section>
  );
}

function ChatHeader({ title, onNew, onList }: { title: string; onNew: () => void; onList: () => void }) {
  return (
    <header className={styles.header}>
      <button type="button" className={`icon-button ${styles.list}`} onClick={onList} aria-label="Conversations" title="Conversations">
        <ListIcon />
      </button>
      <h2 className={styles.title} title={title}>
        {title}
      </h2>
      <button type="button" className={`icon-button ${styles.new}`} onClick={onNew} aria-label="New conversation" title="New conversation">
        <NewIcon />
      </button>
    </header>
  );
}

interface BodyProps {
  session: ChatSession;
  state: ChatState;
  name: string;
  onSend: (text: string) => void;
  onRetry: () => void;
  onNew: () => void;
}

function Body({ session, state, name, onSend, onRetry, onNew }: BodyProps) {
  const { entries, phase, problem } = state;
  if (entries.length > 0) return <Messages state={state} onEarlier={() => void session.loadEarlier()} />;
  if (phase === "loading") return <LoadingConversation />;
  if (problem) return <ConversationUnavailable problem={problem} onRetry={onRetry} onNew={onNew} />;
  return <Welcome name={name} onPick={onSend} />;
}

/** Not on a phone, where it would bring up the keyboard over what one wants to read. */
function focusOn(input: HTMLElement | null): void {
  if (window.matchMedia("(hover: hover)").matches) input?.focus({ preventScroll: true });
}
