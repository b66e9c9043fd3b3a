import { UnpluggedPicture, WarningIcon } from "@/components/icons";
import { Notice } from "@/components/Notice";

import type { Problem } from "./state";
import styles from "./states.module.css";

/** Grey shapes where the messages will be. */
export function LoadingConversation() {
  return (
    <div className={styles.loading} role="status">
      <span className="hidden">Loading the conversation</span>
      {["own", "long", "short", "own", "long"].map((shape, index) => (
        <span key={index} className={styles.ghost} data-shape={shape} aria-hidden="true" />
      ))}
    </div>
  );
}

interface Props {
  problem: Problem;
  onRetry: () => void;
}

/** Nothing of the conversation can be shown. */
export function ConversationUnavailable({ problem, onRetry, onNew }: Props & { onNew: () => void }) {
  const missing = problem.kind === "missing";
  const title = missing ? "This conversation is not here" : "The conversation cannot be shown";
  const text = missing ? "It was deleted, or it is somebody else’s." : problem.message;
  return (
    <div className={styles.center}>
      <Notice alert title={title} text={text} picture={<UnpluggedPicture />}>
        <button className="button" type="button" onClick={missing ? onNew : onRetry}>
          {missing ? "Begin a new one" : "Try again"}
        </button>
        <RequestId id={problem.requestId} />
      </Notice>
    </div>
  );
}

/** The last message has no whole answer. */
export function AnswerProblem({ problem, onRetry }: Props) {
  return (
    <div className={styles.problem} role="alert">
      <WarningIcon />
      <div className={styles.words}>
        <p>{problem.message}</p>
        <RequestId id={problem.requestId} />
      </div>
      {problem.retry ? (
        <button type="button" className={styles.retry} onClick={onRetry}>
          Retry
        </button>
      ) : null}
    </div>
  );
}

/** For the one who reads the logs. */
function RequestId({ id }: { id: string | null }) {
  return id ? <p className={styles.id}>Request {id}</p> : null;
}
