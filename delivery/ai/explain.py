"""Explains kept evidence of a failed rollout by the rules: from files alone, no cluster is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from delivery.ai.answer import Answer, Finding, Severity
from delivery.ai.ask import answer_of, answered
from delivery.ai.collect import with_answers
from delivery.ai.output import Output
from delivery.ai.replies import Reply, told
from delivery.ai.rules import findings
from delivery.ai.snapshot import ContainerKey, Item, Snapshot, latest
from delivery.errors import InvalidInput
from delivery.paths import ROOT
from delivery.rollout.answers import answers_from
from delivery.rollout.facts import KINDS
from delivery.session import Session

_LARGEST_BYTES = 64 * 1024**2
_LOG_BYTES = 200_000


def explain(session: Session, folder: str, output: Output) -> None:
    """Explain a folder of evidence, the newest where none is named, and print that."""

    def answer() -> Answer:
        path = _folder(session, folder)
        found = findings_in(path, session.settings.namespace, tuple(session.settings.services))
        first = told(found[0]) if found else "The evidence shows nothing wrong."
        return answer_of(f"explain {path.name}", Reply(first, found))

    answered(session, output, answer)


def findings_in(folder: Path, namespace: str = "", services: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """What the rules find in a folder of evidence, the gravest first.

    Raises InvalidInput where it holds no evidence that can be read.
    """
    snapshot = snapshot_of(folder, namespace, services)
    return tuple(one for one in findings(snapshot) if one.code != "NOTHING_DEPLOYED" or not snapshot.items)


def snapshot_of(folder: Path, namespace: str = "", services: tuple[str, ...] = ()) -> Snapshot:
    """The snapshot that the evidence was saved of, with the answers that the watch had asked for."""
    items = _items(folder / "objects.json")
    snapshot = Snapshot(
        namespace=namespace, items=tuple(items), services=services, logs=_logs(folder, items),
        now=latest(items), listed=frozenset(KINDS.split(",")),
    )  # fmt: skip
    answers = answers_from(_document(folder / "answers.json"))
    return replace(snapshot, facts=replace(with_answers(snapshot), answers=answers))


def _folder(session: Session, folder: str) -> Path:
    if folder:
        given = Path(folder).expanduser()
        places = (given, ROOT / folder, session.evidence / folder)
        found = next((one for one in places if one.is_dir()), None)
    else:
        kept = sorted(one for one in session.evidence.glob("*") if one.is_dir())
        found = kept[-1] if kept else None
    if found is None:
        raise InvalidInput(
            f"there is no folder {folder}" if folder else "no evidence is kept",
            f"evidence of failed deploys is in {session.evidence}",
            "name a folder of it",
        )
    return found


def _items(path: Path) -> list[Item]:
    document = _document(path)
    if not isinstance(document, list):
        raise InvalidInput(
            f"{path.parent} holds no evidence",
            f"{path.name} is missing or can't be read",
            "name another folder",
        )
    return [one for one in document if _is_object(one)]


def _is_object(one: object) -> bool:
    if not isinstance(one, dict) or not isinstance(one.get("kind"), str):
        return False
    metadata = one.get("metadata")
    return isinstance(metadata, dict) and isinstance(metadata.get("name"), str)


def _document(path: Path) -> Any:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return None
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _logs(folder: Path, items: list[Item]) -> Mapping[ContainerKey, str]:
    """The last log of each container, of the life before where this one has printed nothing."""
    found: dict[ContainerKey, str] = {}
    for pod in (one for one in items if one["kind"] == "Pod"):
        name, spec = pod["metadata"]["name"], pod.get("spec") or {}
        for one in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
            for end in ("log", "previous.log"):
                text = _text(folder / f"{name}.{one['name']}.{end}")
                if text:
                    found.setdefault((name, one["name"]), text)
    return found


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")[-_LOG_BYTES:]
    except OSError:
        return ""
    return "" if text.startswith("could not be had") else text


def explained(found: tuple[Finding, ...]) -> str:
    """The gravest finding in a line or two for the text of an error; empty where there is none."""
    grave = [one for one in found if one.severity is Severity.CRITICAL]
    return told(grave[0]) if grave else ""
