import { memo } from "react";

import type { Step } from "./entries";
import styles from "./Steps.module.css";

const SAID: Record<Step["status"], string> = { loading: "in progress", complete: "done", failed: "failed" };

/** What the assistant does for a message, ticked off line by line like the tasks themselves. */
export const Steps = memo(function Steps({ steps }: { steps: Step[] }) {
  return (
    <ul className={styles.steps}>
      {steps.map((step, index) => (
        <li key={index} className={styles.step} data-status={step.status}>
          {step.detail ? <WithDetail step={step} detail={step.detail} /> : <Line step={step} />}
        </li>
      ))}
    </ul>
  );
});

function Line({ step: { title, subject, status } }: { step: Step }) {
  return (
    <>
      <span className={styles.mark} aria-hidden="true" />
      <span className={styles.words}>
        {title}
        {subject ? <span className={styles.subject}> · {subject}</span> : null}
        <span className="hidden">, {SAID[status]}</span>
      </span>
    </>
  );
}

function WithDetail({ step, detail }: { step: Step; detail: string }) {
  return (
    <details className={styles.details}>
      <summary>
        <Line step={step} />
      </summary>
      <pre className={styles.detail} tabIndex={0}>
        {detail}
      </pre>
    </details>
  );
}
