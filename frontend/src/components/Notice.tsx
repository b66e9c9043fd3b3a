import type { ReactNode } from "react";

import styles from "./Notice.module.css";

interface Props {
  title: string;
  text: string;
  picture?: ReactNode;
  alert?: boolean;
  children?: ReactNode;
}

/** A picture, a heading, a sentence, and what one can do: for what is empty, missing or broken. */
export function Notice({ title, text, picture, alert = false, children }: Props) {
  return (
    <div className={styles.notice} role={alert ? "alert" : undefined}>
      {picture}
      <h2 className={styles.title}>{title}</h2>
      <p className={styles.text}>{text}</p>
      {children}
    </div>
  );
}
