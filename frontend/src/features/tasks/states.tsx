import { UnpluggedPicture, WarningIcon } from "@/components/icons";
import { Notice } from "@/components/Notice";

import styles from "./states.module.css";

/** Grey lines where the tasks will be. */
export function LoadingList() {
  return (
    <div className={styles.loading} role="status">
      <span className="hidden">Loading the tasks</span>
      {["long", "short", "middle"].map((length) => (
        <div key={length} className={styles.ghost} data-length={length} aria-hidden="true">
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}

/** No list at all: what happened, what helps, and a word for the one who reads the logs. */
export function ListUnavailable(props: { text: string; requestId: string | null; onRetry: () => void }) {
  return (
    <Notice alert title="The tasks cannot be shown" text={props.text} picture={<UnpluggedPicture />}>
      <button className="button" type="button" onClick={props.onRetry}>
        Try again
      </button>
      {props.requestId ? <p className={styles.id}>Request {props.requestId}</p> : null}
    </Notice>
  );
}

/** Something failed, but the list is still there. */
export function FailureBanner({ text, onRetry }: { text: string; onRetry: () => void }) {
  return (
    <div className={styles.banner} role="alert">
      <WarningIcon />
      <p>{text}</p>
      <button type="button" className={styles.retry} onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
