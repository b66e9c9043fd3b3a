"""Findings from a table: each code's severity, words, command and source stand beside each other as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from delivery.ai.answer import Finding, Severity
from delivery.ai.snapshot import Snapshot

Check = Callable[[Snapshot], Iterable[Finding]]
INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL


@dataclass(frozen=True)
class Entry:
    """What people are told of one code. Texts have placeholders that the rule fills in."""

    severity: Severity
    title: str
    why: str
    fix: str
    source: str


class _Known(dict[str, object]):
    """Details by name; one that a rule lacks reads as `it`."""

    def __missing__(self, name: str) -> str:
        return "it"


class Catalogue:
    """The entries of one room of rules; makes findings from them."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries = entries

    def found(
        self, code: str, object: str, evidence: Iterable[str] = (), *, severity: Severity | None = None,
        **details: object,
    ) -> Finding:  # fmt: skip
        """A finding with this code's words; `severity` replaces the table's."""
        entry, known = self.entries[code], _Known(details, object=object)
        return Finding(
            code=code,
            severity=entry.severity if severity is None else severity,
            object=object,
            title=entry.title.format_map(known),
            evidence=tuple(one for one in evidence if one),
            why=entry.why.format_map(known),
            fix=entry.fix.format_map(known),
            source=entry.source,
        )


def run(checks: Iterable[Check], snapshot: Snapshot) -> Iterator[Finding]:
    """What all the checks find."""
    for check in checks:
        yield from check(snapshot)


def set_value(snapshot: Snapshot, release: str, *changes: str) -> str:
    """The command that changes values (`PATH=VALUE`) of a release's chart: a person runs it, we never do."""
    if release not in snapshot.services:
        return f"kubectl describe its owner, and set {' and '.join(changes)} where it is made"
    flags = " ".join(f"--set services.{release}.values.{one}" for one in changes)
    return f"./inv deploy.all --services {release} {flags}"
