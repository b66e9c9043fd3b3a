"use client";

import { type RefObject, useRef, useState } from "react";

import { wordsOf } from "@/client/http";
import { BackIcon, PlusIcon, WarningIcon } from "@/components/icons";
import type { Chat } from "@/features/chat/use-chat";

import { ConversationRow } from "./ConversationRow";
import styles from "./Conversations.module.css";

interface Props {
  chat: Chat;
  currentId: string | null;
  /** One was picked, or none: back to the chat where there is no room for both. */
  onLeave: () => void;
}

/** All conversations: open one, begin one, name one, delete one. */
export function Conversations({ chat, currentId, onLeave }: Props) {
  const { list, error, more, showMore, reload } = chat.conversations;
  const [failure, setFailure] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const attempt = (change: Promise<void>) => {
    setFailure(null);
    change.catch((reason: unknown) => { setFailure(wordsOf(reason)); });
  };
  const leaveBy = (way: () => void) => () => {
    way();
    onLeave();
  };
  const remove = (id: string) => {
    heading.current?.focus(); // the row that had the focus is about to go
    attempt(chat.remove(id));
  };

  return (
    <nav className={styles.rail} aria-label="Conversations">
      <RailHeader heading={heading} onBack={onLeave} onNew={leaveBy(chat.begin)} />
      {failure ? <Failure text={failure} /> : null}
      {list?.length ? null : <Nothing loading={!list && !error} error={error?.message} onRetry={reload} />}
      <ul className={styles.list}>
        {list?.map((thread) => (
          <ConversationRow
            key={thread.id}
            thread={thread}
            current={thread.id === currentId}
            onOpen={leaveBy(() => { chat.open(thread.id); })}
            onRename={(title) => { attempt(chat.rename(thread.id, title)); }}
            onRemove={() => { remove(thread.id); }}
          />
        ))}
      </ul>
      {more ? <MoreButton words="Show more" onPress={showMore} /> : null}
    </nav>
  );
}

interface HeaderProps {
  heading: RefObject<HTMLHeadingElement | null>;
  onBack: () => void;
  onNew: () => void;
}

function RailHeader({ heading, onBack, onNew }: HeaderProps) {
  return (
    <header className={styles.header}>
      <button type="button" className={`icon-button ${styles.back}`} onClick={onBack} aria-label="Back to the chat">
        <BackIcon />
      </button>
      <h2 className={styles.title} ref={heading} tabIndex={-1}>
        Conversations
      </h2>
      <button type="button" className={styles.new} onClick={onNew}>
        <PlusIcon /> New
      </button>
    </header>
  );
}

function MoreButton({ words, onPress }: { words: string; onPress: () => void }) {
  return (
    <button type="button" className={styles.more} onClick={onPress}>
      {words}
    </button>
  );
}

function Nothing({ loading, error, onRetry }: { loading: boolean; error: string | undefined; onRetry: () => void }) {
  if (error) {
    return (
      <div className={styles.nothing} role="alert">
        <p>{error}</p>
        <MoreButton words="Try again" onPress={onRetry} />
      </div>
    );
  }
  if (!loading) return <p className={styles.nothing}>Whatever you talk about is kept here.</p>;
  return (
    <div className={styles.loading} role="status">
      <span className="hidden">Loading the conversations</span>
      <i />
      <i />
      <i />
    </div>
  );
}

function Failure({ text }: { text: string }) {
  return (
    <p className={styles.failure} role="alert">
      <WarningIcon /> {text}
    </p>
  );
}
