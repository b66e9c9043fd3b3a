"use client";

import { type KeyboardEvent, useId, useRef, useState } from "react";

import { wordsOf } from "@/client/http";
import { signOut } from "@/features/sign-in/actions";

import styles from "./AccountMenu.module.css";

export interface Account {
  name: string;
  email: string;
}

interface Props {
  account: Account;
  docsUrl: string | null;
}

/** Who is signed in, and the way out. Closes on Escape, and when the focus or a press goes elsewhere. */
export function AccountMenu({ account, docsUrl }: Props) {
  const [open, setOpen] = useState(false);
  const panel = useId();
  const button = useRef<HTMLButtonElement>(null);
  const { name, email } = account;
  const onKeyDown = ({ key }: KeyboardEvent) => {
    if (key !== "Escape" || !open) return;
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div
      className={styles.account}
      onKeyDown={onKeyDown}
      onBlur={({ currentTarget, relatedTarget }) => { if (!currentTarget.contains(relatedTarget)) setOpen(false); }}
    >
      <button
        ref={button}
        type="button"
        className={styles.button}
        aria-expanded={open}
        aria-controls={panel}
        onClick={() => { setOpen(!open); }}
      >
        <span className={styles.initial} data-initial={initialOf(name || email)} aria-hidden="true" />
        <span className="hidden">Account of</span> <span className={styles.name}>{name || email}</span>
      </button>
      <div id={panel} className={styles.panel} hidden={!open} tabIndex={-1}>
        <Panel account={account} docsUrl={docsUrl} />
      </div>
    </div>
  );
}

function Panel({ account, docsUrl }: Props) {
  return (
    <>
      <p className={styles.who}>
        <strong>{account.name}</strong>
        <span>{account.email}</span>
      </p>
      {docsUrl ? (
        <a className={styles.entry} href={`${docsUrl}/docs`} target="_blank" rel="noreferrer">
          API documentation
        </a>
      ) : null}
      <SignOut />
    </>
  );
}

function SignOut() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const leave = () => {
    setBusy(true);
    setProblem(null);
    signOut().catch((reason: unknown) => {
      setBusy(false);
      setProblem(wordsOf(reason));
    });
  };
  return (
    <>
      <button type="button" className={styles.entry} disabled={busy} onClick={leave}>
        {busy ? "Signing out…" : "Sign out"}
      </button>
      {problem ? (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      ) : null}
    </>
  );
}

function initialOf(name: string): string {
  return (Array.from(name.trim())[0] ?? "?").toUpperCase();
}
