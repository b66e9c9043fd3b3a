"""Every question to a backend is kept, masked: a line of JSON, and a page that a person can read."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery import filelocks
from delivery.ai.answer import Answer, to_json
from delivery.ai.redact import Redactor
from delivery.errors import DeliveryError, Interrupted, InvalidInput
from delivery.paths import ROOT
from delivery.session import Session

FOLDER = ROOT / ".delivery" / "ai"
LINES = "journal.jsonl"
_KEPT = 500
_LOCK_S = 10.0
_LONGEST = 60


@dataclass(frozen=True)
class Operation:
    """One question as it went: which task, what was sent, what came back."""

    task: str
    answer: Answer
    prompt: str = ""


def record(session: Session, operation: Operation, redactor: Redactor, folder: Path | None = None) -> str:
    """Keep an operation and return its id; empty where it can't be written: that must not hide an answer."""
    if session.dry_run:
        return ""
    folder = folder or FOLDER
    moment = datetime.datetime.now(datetime.UTC)
    own = f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    entry = {
        "when": moment.isoformat(timespec="seconds"), "task": operation.task,
        "namespace": session.settings.namespace, "cluster": session.settings.cluster.name,
        **to_json(operation.answer), "prompt": operation.prompt,
    }  # fmt: skip
    clean = {**masked(entry, redactor), "id": own}
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with filelocks.hold(session, folder / ".lock", "writes the journal", _LOCK_S):
            _append(folder / LINES, json.dumps(clean, ensure_ascii=False))
            _write(folder / f"{own}.md", page(clean))
            _forget_old(folder)
    except Interrupted:
        raise
    except (OSError, DeliveryError) as fault:
        session.console.warn(f"the journal could not be written in {folder}: {fault}")
        return ""
    return own


def masked(value: Any, redactor: Redactor) -> Any:
    """Pure but for the count: all texts of a document redacted."""
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, Mapping):
        return {key: masked(one, redactor) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one, redactor) for one in value]
    return value


def page(entry: Mapping[str, Any]) -> str:
    """Pure: the page of one operation, in Markdown."""
    usage = entry["usage"] or {}
    facts = {
        "when": entry["when"], "task": entry["task"], "backend": entry["backend"], "state": entry["state"],
        "namespace": f"{entry['namespace']} on cluster {entry['cluster']}",
        "took": f"{entry['durationS']} s", "redactions": entry["redactions"],
        "tokens": f"{usage['promptTokens']} + {usage['answerTokens']}" if usage else "none",
    }  # fmt: skip
    lines = [f"# {entry['question'] or entry['task']}", "", "| | |", "|---|---|"]
    lines += [f"| {key} | {value} |" for key, value in facts.items()]
    if entry["error"]:
        lines += ["", "## Error", "", entry["error"]]
    lines += ["", "## Answer", "", entry["answer"] or "none"]
    lines += _list("Claims that do not hold", [f"`{one['text']}`: {one['reason']}" for one in entry["marks"]])
    found = [f"{one['severity']} {one['code']} {one['object']}: {one['title']}" for one in entry["findings"]]
    lines += _list("Findings by rule", found)
    lines += _list("Commands that were run", [f"`{one}`" for one in entry["commands"]])
    lines += ["", "## What was sent", "", *_fenced(entry["prompt"] or "nothing")]
    return "\n".join(lines) + "\n"


def entries(folder: Path) -> list[dict[str, Any]]:
    """All that is kept, oldest first; a line that was cut off by a crash is left out."""
    found = []
    path = folder / LINES
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else ():
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and "id" in entry:
                found.append(entry)
    return found


def print_journal(
    session: Session, show: str = "", output: str = "table", folder: Path | None = None
) -> None:
    """Print the list, or the page of one operation. Raises InvalidInput for an id that is not kept."""
    if output not in ("table", "json"):
        raise InvalidInput(f"--output {output!r} is not known", "it is one of table, json")
    kept = entries(folder or FOLDER)
    if show:
        chosen = _chosen(kept, show)
        session.console.line(json.dumps(chosen, indent=2) if output == "json" else page(chosen).rstrip())
    elif output == "json":
        session.console.line(json.dumps(kept, indent=2))
    else:
        session.console.line("\n".join(_rows(kept)) or "nothing was asked yet")


def _chosen(kept: Sequence[dict[str, Any]], show: str) -> dict[str, Any]:
    if show == "last" and kept:
        return kept[-1]
    found = [one for one in kept if str(one["id"]).startswith(show)]
    if len(found) == 1:
        return found[0]
    why = f"{len(found)} begin so" if found else f"{len(kept)} are kept"
    raise InvalidInput(f"no operation {show} in the journal", why, "./inv ai.journal lists them")


def _rows(kept: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in kept:
        question = " ".join(str(one.get("question") or one.get("task", "")).split())
        short = question if len(question) <= _LONGEST else f"{question[:_LONGEST]}…"
        yield f"{one['id']}  {one.get('backend', ''):<10}  {one.get('state', ''):<14}  {short}"


def _list(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"## {title}", "", *(f"- {line}" for line in lines)] if lines else []


def _fenced(text: str) -> list[str]:
    """A fence longer than any in the text, so that the text can't end it."""
    longest = max((len(run) for run in text.replace("\n", " ").split() if set(run) == {"`"}), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, text, fence]


def _append(path: Path, line: str) -> None:
    """One write of a whole line; a line that a killed run left open is closed first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        broken = size and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, f"{chr(10) if broken else ''}{line}\n".encode())
    finally:
        os.close(descriptor)


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _forget_old(folder: Path) -> None:
    """Keep the newest; ids begin with their time."""
    kept = entries(folder)
    if len(kept) <= _KEPT:
        return
    rest = kept[-_KEPT:]
    _write(folder / f"{LINES}.new", "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rest))
    (folder / f"{LINES}.new").replace(folder / LINES)
    names = {f"{one['id']}.md" for one in rest}
    for old in folder.glob("*.md"):
        if old.name not in names:
            old.unlink(missing_ok=True)
