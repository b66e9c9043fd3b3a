"use client";

import { type KeyboardEvent, type RefObject, type SyntheticEvent, useId, useLayoutEffect, useState } from "react";

import { SendIcon, StopIcon } from "@/components/icons";

import styles from "./Composer.module.css";
import { MESSAGE_LIMIT, countOf, isSendable, lengthOf } from "./limits";
import { ModelBadge } from "./ModelBadge";

interface Props {
  input: RefObject<HTMLTextAreaElement | null>;
  answering: boolean;
  /** False while there is nothing to send to yet. */
  ready: boolean;
  onSend: (text: string) => void;
  onStop: () => void;
}

/** Where a message is written. Enter sends it, Shift+Enter begins a new line, Escape stops an answer. */
export function Composer({ input, answering, ready, onSend, onStop }: Props) {
  const [text, setText] = useState("");
  const hint = useId();
  useLayoutEffect(() => { fit(input.current); }, [input, text]);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (answering || !ready || !isSendable(text)) return;
    onSend(text.trim());
    setText("");
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && answering) onStop();
    if (event.key === "Enter" && !event.shiftKey && !isComposing(event)) submit(event);
  };

  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.box}>
        <textarea
          ref={input}
          className={styles.text}
          value={text}
          onChange={(event) => { setText(event.target.value); }}
          onKeyDown={onKeyDown}
          rows={1}
          autoComplete="off"
          enterKeyHint="send"
          placeholder="Write what there is to do…"
          aria-label="Message"
          aria-describedby={hint}
          aria-invalid={lengthOf(text.trim()) > MESSAGE_LIMIT}
        />
        {answering ? <StopButton onStop={onStop} /> : <SendButton disabled={!ready || !isSendable(text)} />}
      </div>
      <Hint id={hint} text={text} />
    </form>
  );
}

function StopButton({ onStop }: { onStop: () => void }) {
  return (
    <button type="button" className={styles.stop} onClick={onStop} aria-label="Stop answering" title="Stop (Esc)">
      <StopIcon />
    </button>
  );
}

function SendButton({ disabled }: { disabled: boolean }) {
  return (
    <button type="submit" className={styles.send} disabled={disabled} aria-label="Send" title="Send (Enter)">
      <SendIcon />
    </button>
  );
}

/** What the keys do, how much room is left, and who will answer. */
function Hint({ id, text }: { id: string; text: string }) {
  const count = countOf(text);
  const over = lengthOf(text.trim()) - MESSAGE_LIMIT;
  return (
    <div className={styles.below}>
      <p className={styles.hint} id={id} data-over={over > 0}>
        {over > 0 ? null : <span className={styles.keys}>Enter sends, Shift + Enter begins a new line</span>}
        <span className={styles.count} role={over > 0 ? "alert" : undefined}>
          {over > 0 ? `${count ?? ""}: ${over.toLocaleString("en")} too many` : count}
        </span>
      </p>
      <ModelBadge />
    </div>
  );
}

/** Enter that picks a word of an input method is not for us; Safari tells it only by the key code. */
function isComposing({ nativeEvent }: KeyboardEvent): boolean {
  return nativeEvent.isComposing || nativeEvent.keyCode === 229; // eslint-disable-line @typescript-eslint/no-deprecated
}

/** As high as its text, up to what the style sheet allows. */
function fit(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.height = "auto";
  if (field.value !== "") field.style.height = `${field.scrollHeight}px`;
}
