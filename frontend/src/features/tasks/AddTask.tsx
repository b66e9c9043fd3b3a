"use client";

import { type RefObject, type SyntheticEvent, useId, useRef } from "react";

import { NoteIcon, PlusIcon, WarningIcon } from "@/components/icons";

import styles from "./AddTask.module.css";
import type { NewTask } from "./api";
import { type Draft, useDraft } from "./use-draft";

/** One line for a new task, a note where wanted. */
export function AddTask({ onAdd }: { onAdd: (task: NewTask) => Promise<void> }) {
  const draft = useDraft(onAdd);
  const input = useRef<HTMLInputElement>(null);
  const problemId = useId();
  const submit = (event: SyntheticEvent) => void draft.submit(event).finally(() => input.current?.focus());
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.row}>
        <TitleField draft={draft} input={input} describedBy={draft.problem ? problemId : undefined} />
        <NoteToggle draft={draft} />
        <button className={`button ${styles.add ?? ""}`} type="submit" disabled={!draft.sendable}>
          <PlusIcon /> <span className={styles.word}>Add</span>
        </button>
      </div>
      {draft.note !== null ? <NoteField draft={draft} note={draft.note} /> : null}
      {draft.problem ? (
        <p className={styles.problem} id={problemId} role="alert">
          <WarningIcon /> {draft.problem}
        </p>
      ) : null}
    </form>
  );
}

interface TitleProps {
  draft: Draft;
  input: RefObject<HTMLInputElement | null>;
  describedBy: string | undefined;
}

function TitleField({ draft, input, describedBy }: TitleProps) {
  return (
    <input
      ref={input}
      className={styles.title}
      value={draft.title}
      onChange={(event) => { draft.setTitle(event.target.value); }}
      maxLength={200}
      placeholder="Add a task…"
      autoComplete="off"
      enterKeyHint="done"
      aria-label="New task"
      aria-invalid={draft.problem !== null}
      aria-describedby={describedBy}
    />
  );
}

function NoteToggle({ draft }: { draft: Draft }) {
  const words = draft.note === null ? "Add a note" : "Remove the note";
  return (
    <button
      type="button"
      className={`icon-button ${styles.note}`}
      aria-expanded={draft.note !== null}
      aria-label={words}
      title={words}
      onClick={() => { draft.setNote(draft.note === null ? "" : null); }}
    >
      <NoteIcon />
    </button>
  );
}

function NoteField({ draft, note }: { draft: Draft; note: string }) {
  return (
    <textarea
      className={styles.text}
      value={note}
      onChange={(event) => { draft.setNote(event.target.value); }}
      maxLength={2000}
      rows={3}
      autoFocus
      placeholder="Anything worth remembering"
      aria-label="Note"
    />
  );
}
