import { type SyntheticEvent, useState } from "react";

import { wordsOf } from "@/client/http";

import type { NewTask } from "./api";

export interface Draft {
  title: string;
  /** null: no note wanted. */
  note: string | null;
  problem: string | null;
  sendable: boolean;
  setTitle: (title: string) => void;
  setNote: (note: string | null) => void;
  submit: (event: SyntheticEvent) => Promise<void>;
}

/** A task being written. What was typed stays until the server has it. */
export function useDraft(onAdd: (task: NewTask) => Promise<void>): Draft {
  const [title, setTitle] = useState("");
  const [note, setNote] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const sendable = !busy && title.trim() !== "";

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (!sendable) return;
    setBusy(true);
    setProblem(null);
    try {
      await onAdd({ title: title.trim(), description: note?.trim() ? note.trim() : null });
      setTitle("");
      setNote(null);
    } catch (reason) {
      setProblem(wordsOf(reason));
    } finally {
      setBusy(false);
    }
  };
  return { title, note, problem, sendable, setTitle, setNote, submit };
}
