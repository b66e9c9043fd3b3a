"""What a thread's metadata say of its newest run: a page that is loaded anew has no stream to ask."""

from datetime import datetime, timedelta
from typing import Any

from src.agent.events import STOPPED
from src.agent.failure_table import failure_named
from src.chat.chatkit_items import MESSAGE, shown_id
from src.conversations.model import AgentRun, RunStatus

STORING_S = 30  # what a run may take beyond RUN_TIMEOUT_S, to end its tool calls and be stored
GOING_ON = "The assistant is still working on this."
CUT_SHORT = "This was stopped before the answer was complete. Your message is kept."
LOST = "The answer was lost: the server was stopped. Your message is kept. Try again."


def last_run(run: AgentRun | None, run_timeout_s: float, now: datetime) -> dict[str, Any] | None:
    """The run as the page needs it; None where there is nothing to say, because it has answered."""
    if run is None or run.status == RunStatus.COMPLETED:
        return None
    assert run.message_id is not None and run.started_at is not None
    status, words, retry = run.status, CUT_SHORT, True
    if status == RunStatus.FAILED:
        failure = failure_named((run.error or "").partition(":")[0])
        words, retry = failure.words, failure.retry
    elif status == RunStatus.RUNNING:
        words, retry = GOING_ON, False
        if now - run.started_at > timedelta(seconds=run_timeout_s + STORING_S):
            status, words, retry = RunStatus.FAILED, LOST, STOPPED.retry
    return {
        "status": str(status),
        "message": words,
        "after_item": shown_id(MESSAGE, run.message_id),
        "allow_retry": retry,
    }
