"use client";

import { type KeyboardEvent, type SyntheticEvent, useEffect, useRef, useState } from "react";

import { dayOf } from "@/client/day";
import { BinIcon, PencilIcon } from "@/components/icons";
import { type Thread, UNTITLED } from "@/features/chat/protocol";

import styles from "./ConversationRow.module.css";

const TITLE_LIMIT = 120;

interface Props {
  thread: Thread;
  current: boolean;
  onOpen: () => void;
  onRename: (title: string) => void;
  onRemove: () => void;
}

/** One conversation in the list; its own line is also where it is renamed, and where a deletion is confirmed. */
export function ConversationRow(props: Props) {
  const [mode, setMode] = useState<"look" | "rename" | "remove">("look");
  const began = useRef(false);
  const title = props.thread.title ?? UNTITLED;
  const row = useRef<HTMLLIElement>(null);
  const back = () => { setMode("look"); };
  useEffect(() => {
    // What had the focus is gone; whoever went elsewhere keeps it there.
    if (mode === "look" && began.current && document.activeElement === document.body) row.current?.querySelector("button")?.focus();
    began.current = true;
  }, [mode]);
  return (
    <li ref={row} className={styles.row} data-current={props.current} data-mode={mode}>
      {mode === "look" ? <Look {...props} title={title} onMode={setMode} /> : null}
      {mode === "rename" ? <Rename title={title} onRename={props.onRename} onDone={back} /> : null}
      {mode === "remove" ? <Remove title={title} onRemove={props.onRemove} onKeep={back} /> : null}
    </li>
  );
}

type LookProps = Props & { title: string; onMode: (mode: "rename" | "remove") => void };

function Look({ thread, current, title, onOpen, onMode }: LookProps) {
  return (
    <>
      <button
        type="button"
        className={styles.open}
        title={title}
        aria-current={current ? "page" : undefined}
        onClick={onOpen}
      >
        <span className={styles.title}>{title}</span>
        <time className={styles.day} dateTime={thread.created_at}>
          {dayOf(new Date(thread.created_at))}
        </time>
      </button>
      <span className={styles.tools}>
        <button type="button" aria-label={`Rename ${title}`} title="Rename" onClick={() => { onMode("rename"); }}>
          <PencilIcon />
        </button>
        <button type="button" aria-label={`Delete ${title}`} title="Delete" onClick={() => { onMode("remove"); }}>
          <BinIcon />
        </button>
      </span>
    </>
  );
}

interface RenameProps {
  title: string;
  onRename: (title: string) => void;
  onDone: () => void;
}

function Rename({ title, onRename, onDone }: RenameProps) {
  const [text, setText] = useState(title);
  const left = useRef(false);
  const finish = (keep: boolean) => {
    if (left.current) return; // leaving the field follows on Enter and Escape
    left.current = true;
    if (keep && text.trim() !== "" && text.trim() !== title) onRename(text.trim());
    onDone();
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    finish(true);
  };
  return (
    <form className={styles.rename} onSubmit={submit}>
      <input
        value={text}
        onChange={(event) => { setText(event.target.value); }}
        onKeyDown={({ key }: KeyboardEvent) => { if (key === "Escape") finish(false); }}
        onBlur={() => { finish(true); }}
        onFocus={(event) => { event.target.select(); }}
        maxLength={TITLE_LIMIT}
        autoFocus
        autoComplete="off"
        enterKeyHint="done"
        aria-label="Name of the conversation"
      />
    </form>
  );
}

function Remove({ title, onRemove, onKeep }: { title: string; onRemove: () => void; onKeep: () => void }) {
  const onKeyDown = ({ key }: KeyboardEvent) => {
    if (key === "Escape") onKeep();
  };
  return (
    <div className={styles.remove} role="group" aria-label={`Delete ${title}`} onKeyDown={onKeyDown}>
      <p>
        Delete <strong>{title}</strong> for good? Your tasks stay.
      </p>
      <div className={styles.answers}>
        <button type="button" className={styles.yes} onClick={onRemove}>
          Delete
        </button>
        <button type="button" className={styles.no} autoFocus onClick={onKeep}>
          Keep
        </button>
      </div>
    </div>
  );
}
