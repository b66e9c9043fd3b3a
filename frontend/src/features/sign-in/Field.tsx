import type { InputHTMLAttributes, ReactNode } from "react";

import styles from "./account.module.css";

type Input = Pick<InputHTMLAttributes<HTMLInputElement>, "autoComplete" | "inputMode" | "maxLength" | "type">;

interface Props extends Input {
  name: string;
  label: string;
  hint?: string | undefined;
  refusal: string | undefined;
  children?: ReactNode;
}

/** A labelled input; what is wrong with it stands below and is read out with it. */
export function Field({ name, label, hint, refusal, children, ...input }: Props) {
  const note = refusal ?? hint;
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={name}>
        {label}
      </label>
      <div className={styles.box}>
        <input
          {...input}
          id={name}
          name={name}
          className={styles.input}
          required
          autoCapitalize={name === "name" ? "words" : "none"}
          spellCheck={false}
          aria-invalid={refusal !== undefined}
          aria-describedby={note === undefined ? undefined : `${name}-note`}
        />
        {children}
      </div>
      {note === undefined ? null : (
        <p id={`${name}-note`} className={styles.note} data-refusal={refusal !== undefined}>
          {note}
        </p>
      )}
    </div>
  );
}
