"""Backend `kubectl-ai`: Google's tool, kept on a short lead.

It has no read-only mode, trusts a static filter that lets secrets and `--dry-run=none` through, leaves its
key in a world-readable trace, exits with 0 on most failures and can hang for ever (measured on v0.0.28).
So: a folder of its own that is removed, an environment of a few variables, a kubectl that is ours, its time,
and a verdict from what it wrote instead of its exit code.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from delivery.ai.answer import Answer, Availability, Question, State, Usage
from delivery.ai.backends.kubectl_broker import Broker
from delivery.ai.backends.view_account import view_kubeconfig
from delivery.ai.model_access import NO_KEY, ModelAccess, harmless_environment
from delivery.ai.prompt import instructed
from delivery.ai.redact import Redactor
from delivery.cluster import Cluster
from delivery.command import Result
from delivery.errors import DeliveryError, Interrupted, TimedOut
from delivery.session import Session
from delivery.tools.catalogue import KUBECTL_AI
from delivery.tools.installer import cached
from delivery.tools.locate import look_on_path

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_RED = re.compile(r"\x1b\[31m\s*(Error:[^\x1b]*|RunOnce mode cannot handle permission requests[^\x1b]*)")
_TOP_ERROR = re.compile(r"^Error: (.*)$", re.MULTILINE)
_RUNNING = re.compile(r"^\s*Running: .*$", re.MULTILINE)
_EMPTY = "Empty response from LLM"
_ENDLESS = "Maximum number of iterations reached."
_DENIED = re.compile(
    r"\b40[13] (?:Unauthorized|Forbidden)|API key not found|\"status\": \"?40[13]", re.IGNORECASE
)
_ITERATIONS = 12


@dataclass(frozen=True)
class Trace:
    """What kubectl-ai's own trace tells: HTTP statuses, transport errors, tool calls."""

    statuses: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


class KubectlAi:
    """Asks kubectl-ai once, without a terminal."""

    name = "kubectl-ai"

    def __init__(
        self, session: Session, cluster: Cluster, access: ModelAccess | None, redactor: Redactor
    ) -> None:
        self._session, self._cluster, self._access, self._redactor = session, cluster, access, redactor

    def available(self) -> Availability:
        """Whether the right kubectl-ai is here, and a key; another tool bears the same name."""
        if self._access is None:
            return Availability(False, NO_KEY)
        found, misfits = look_on_path(self._session, KUBECTL_AI)
        found = found or cached(KUBECTL_AI)
        if found is None:
            hint = "`./inv tools.install --names kubectl-ai` installs it"
            return Availability(False, "; ".join([*misfits, hint]))
        return Availability(True, f"{found.path}, {self._access.model} at {self._access.host}", found.version)

    def would_send(self, question: Question) -> str:
        """What it is given; it adds words of its own, and what it reads of the cluster."""
        return instructed(question)

    def ask(self, question: Question) -> Answer:
        """Its answer, or why there is none."""
        began, before = time.monotonic(), self._redactor.count
        broker: Broker | None = None
        trace = Trace()
        try:
            with tempfile.TemporaryDirectory(prefix="todo-ai-", ignore_cleanup_errors=True) as name:
                folder = Path(name)
                broker = self._broker(folder)
                result = self._run(broker, folder, question)
                trace = read_trace(folder / "tmp" / "trace.yaml")
            state, text, error = judged(result, trace)
        except Interrupted:
            raise
        except TimedOut:
            state, text = State.FAILED, ""
            error = f"no answer within {question.budget.seconds:.0f} s, and was ended"
        except DeliveryError as fault:
            state, text, error = State.FAILED, "", ": ".join(filter(None, (fault.what, fault.why)))
        taken = question.context.redactions + self._redactor.count - before
        return Answer(
            state, self.name, question.text, question.context.findings, self._redactor.text(text),
            Usage(requests=len(trace.statuses)) if trace.statuses else None,
            tuple(broker.commands) if broker else (), taken, time.monotonic() - began,
            error=self._redactor.text(error),
        )  # fmt: skip

    def _broker(self, folder: Path) -> Broker:
        kubeconfig = folder / "view.kubeconfig"
        view_kubeconfig(self._session, self._cluster, kubeconfig)
        kubectl = [self._cluster.kubectl()[0], "--kubeconfig", str(kubeconfig)]
        return Broker(self._session.door, kubectl, self._redactor)

    def _run(self, broker: Broker, folder: Path, question: Question) -> Result:
        program = look_on_path(self._session, KUBECTL_AI)[0] or cached(KUBECTL_AI)
        if program is None or self._access is None:
            raise DeliveryError(self.available().reason)
        for part in ("home", "tmp"):
            (folder / part).mkdir(mode=0o700)
        with broker.serving(folder) as programs:
            # A finished pipe, and no argument: any other stdin is waited for or cut at 64 KiB.
            return self._session.door.read(
                argv(str(program.path), self._access.model, folder), stdin=instructed(question),
                inherit_env=False, env=environment(self._access, folder, programs), cwd=folder / "home",
                timeout_s=question.budget.seconds, accept=None,
            )  # fmt: skip


def argv(program: str, model: str, folder: Path) -> list[str]:
    """Pure: the call. What a configuration file of the user could say is said here."""
    return [
        program, "--llm-provider", "openai", "--model", model, "--quiet", "--skip-permissions=false",
        "--max-iterations", str(_ITERATIONS), "--kubeconfig", str(folder / "none.kubeconfig"),
        "--trace-path", str(folder / "tmp" / "trace.yaml"), "--mcp-client=false",
        "--enable-tool-use-shim=false",
    ]  # fmt: skip


def environment(access: ModelAccess, folder: Path, programs: Path) -> dict[str, str]:
    """All that it sees: where programs are, its own folders, the model."""
    own = harmless_environment()
    return {
        **own,
        "PATH": f"{programs}:{own.get('PATH', '/usr/bin:/bin')}",
        "HOME": str(folder / "home"),
        "XDG_CONFIG_HOME": str(folder / "home" / ".config"),
        "TMPDIR": str(folder / "tmp"),
        "KUBECONFIG": str(folder / "none.kubeconfig"),
        "KUBECTL_AI_TERM_WIDTH": "10000",
        "OPENAI_API_KEY": access.api_key,
        "OPENAI_ENDPOINT": access.base_url,
    }


def judged(result: Result, trace: Trace) -> tuple[State, str, str]:
    """Pure: state, text and error, from what it wrote. Its exit code, 0 for most failures, counts last."""
    plain = _ANSI.sub("", result.stdout)
    text = "\n".join(line.rstrip() for line in _RUNNING.sub("", plain).strip().splitlines())
    text = re.sub(r"^ {2}", "", text, flags=re.MULTILINE).strip()
    red, top = _RED.search(result.stdout), _TOP_ERROR.search(result.stderr)
    error = (red[1] if red else top[1] if top else "").strip()
    if error:
        denied = _DENIED.search(error) or any(one.startswith(("401", "403")) for one in trace.statuses)
        if error.startswith("RunOnce") or "cannot handle permission" in error:
            error = "it wanted to run what only a person may: " + "; ".join(_wanted(plain + result.stderr))
        return (State.AUTH_REQUIRED if denied else State.FAILED), "", _one_line(error)
    if text.startswith(_EMPTY) or _ENDLESS in text:
        return State.FAILED, "", _EMPTY if text.startswith(_EMPTY) else _ENDLESS
    if not text:
        return _without_words(len(_RUNNING.findall(plain)), trace)
    if result.exit_code:
        return State.FAILED, text, f"exit code {result.exit_code}: {_one_line(result.stderr)}"
    return State.COMPLETED, text, ""


def _without_words(calls: int, trace: Trace) -> tuple[State, str, str]:
    """Nothing on its output: the trace knows more."""
    refused = [one for one in trace.statuses if one.startswith(("401", "403"))]
    if refused:
        return State.AUTH_REQUIRED, "", f"the server refuses the key ({refused[-1]})"
    last = f"; {trace.faults[-1]}" if trace.faults else ""
    return State.FAILED, "", f"it ended without an answer, after {calls} tool calls{last}"


def _wanted(printed: str) -> list[str]:
    return list(dict.fromkeys(line[2:].strip() for line in printed.splitlines() if line.startswith("* ")))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]


def read_trace(path: Path) -> Trace:
    """The trace as far as it can be read: it is written until the last moment."""
    import yaml

    if not path.is_file():
        return Trace()
    statuses, faults, calls = [], [], []
    for document in re.split(
        r"^---$", path.read_text(encoding="utf-8", errors="replace"), flags=re.MULTILINE
    ):
        try:
            event = yaml.safe_load(document) or {}
            payload = event.get("payload") or {}
            action = event.get("action")
        except (yaml.YAMLError, AttributeError):
            continue
        if action == "http.response":
            statuses.append(str(payload.get("status", "")))
        elif action == "http.error":
            faults.append(str(payload.get("detail", "")))
        elif action == "tool-request":
            calls.append(" ".join(map(str, _arguments(payload))))
    return Trace(tuple(statuses), tuple(faults), tuple(calls))


def _arguments(payload: dict[str, object]) -> Iterator[object]:
    yield payload.get("name", "")
    arguments = payload.get("arguments")
    if isinstance(arguments, dict):
        yield arguments.get("command", "")
