"use client";

import { type KeyboardEvent, useId, useState } from "react";
import useSWR from "swr";

import { call } from "@/client/http";
import { STEADY_RETRY } from "@/client/retry";

import styles from "./ModelBadge.module.css";

interface Model {
  name: string;
  demo: boolean;
  label: string | null;
}

const DEMO = "Answers come from a small program with fixed rules. It adds, lists, completes, renames and deletes tasks; nothing is sent to an AI.";

/** Who answers here. The demo model says that it is none, and why; where nobody knows, there is no badge. */
export function ModelBadge() {
  const { data } = useSWR("/api/backend/model", (url: string) => call<Model>("GET", url), {
    revalidateOnFocus: false,
    revalidateOnReconnect: false,
    ...STEADY_RETRY,
  });
  if (!data) return null;
  return data.demo ? <DemoBadge label={data.label ?? data.name} /> : <span className={styles.badge}>{data.name}</span>;
}

/** Its explanation shows on hover and on focus; Escape hides it. */
function DemoBadge({ label }: { label: string }) {
  const tip = useId();
  const [hidden, setHidden] = useState(false);
  const onKeyDown = ({ key }: KeyboardEvent) => {
    if (key === "Escape") setHidden(true);
  };
  const show = () => { setHidden(false); };
  return (
    <span className={styles.anchor} data-hidden={hidden} onMouseEnter={show} onFocus={show}>
      <button type="button" className={styles.badge} data-demo="true" aria-describedby={tip} onKeyDown={onKeyDown}>
        {label}
      </button>
      <span className={styles.tip} id={tip} role="tooltip">
        {DEMO}
      </span>
    </span>
  );
}
