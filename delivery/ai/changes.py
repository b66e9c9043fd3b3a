"""Changes that somebody asked for: the values diff and the command that a person may run. Pure."""

from __future__ import annotations

import re

from delivery.ai.finding_texts import set_value
from delivery.ai.intents import replicas_in
from delivery.ai.snapshot import Snapshot, release_of

NOT_DONE = "Nothing was changed: a question never changes anything. To do it yourself:"
# What is asked for → the command. The first pattern wins.
_COMMANDS = (
    (r"\b(?:roll ?back|undo|revert)\b", "./inv rollback.all --services {name}", "./inv rollback.all"),
    (r"\brestart\b", "kubectl rollout restart deployment/{name}", "./inv deploy.status"),
    (r"\b(?:delete|remove|uninstall|kill)\b", "./inv deploy.down", "./inv deploy.down"),
    (
        r"\b(?:deploy|install|upgrade|update|apply|create|start)\b", "./inv deploy.all --services {name}",
        "./inv deploy.all",
    ),
)  # fmt: skip
_FALLBACK = "./inv deploy.plan"


def proposed(snapshot: Snapshot, text: str, subject: str) -> str:
    """What to run for it; with `--dry-run` beforehand where that shows the difference."""
    lines = [NOT_DONE]
    count, release = replicas_in(text), _release(snapshot, subject)
    if count is not None and release:
        now = next((one.wanted for one in snapshot.facts.workloads if one.name == subject), None)
        was = "?" if now is None else now
        lines.append(f"values diff: services.{release}.values.replicaCount: {was} → {count}")
        lines.append(f"  {set_value(snapshot, release, f'replicaCount={count}')}")
        lines.append("To keep it, write it into deploy.yaml; --set holds for one run.")
        return "\n".join(lines)
    for pattern, own, general in _COMMANDS:
        if re.search(pattern, text.lower()):
            lines.append(f"  {own.format(name=release or subject) if subject else general}")
            break
    else:
        lines.append(f"  {_FALLBACK}")
    lines.append("Tasks of ./inv print with --dry-run what would run, and change nothing.")
    return "\n".join(lines)


def _release(snapshot: Snapshot, subject: str) -> str:
    for item in snapshot.items:
        if item["metadata"]["name"] == subject and release_of(item):
            return release_of(item)
    return subject
