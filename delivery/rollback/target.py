"""Which revision to go back to: only one that was proven to serve. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from delivery.errors import InvalidInput
from delivery.release.record import Entry, Record

# Comes after every time.
_AFTER_ALL = "~"


def of_record(record: Record, kept: Collection[int]) -> tuple[Entry, ...]:
    """Verified revisions that helm still keeps, newest first; of several that are the same, the newest."""
    found: dict[int, Entry] = {}
    for entry in reversed(record.entries):
        if entry.revision in kept:
            found.setdefault(entry.origin, entry)
    return tuple(found.values())


def before(record: Record, current: int, kept: Collection[int]) -> tuple[Entry, ...]:
    """Verified revisions that ran before what runs as revision `current`, the last one first.

    What a rollback brought back counts as what it was, so that going back again goes further back.
    """
    now = next((one.origin for one in record.entries if one.revision == current), current)

    def ran_at(one: Entry) -> int:
        return one.revision if one.revision < now else one.origin

    candidates = [one for one in of_record(record, kept) if ran_at(one) < now]
    return tuple(sorted(candidates, key=ran_at, reverse=True))


def chosen(record: Record, revision: int, kept: Collection[int]) -> Entry:
    """The verified revision of this number. Raises InvalidInput that names those there are."""
    for entry in record.entries:
        if entry.revision == revision and revision in kept:
            return entry
    there = ", ".join(str(one.revision) for one in record.entries if one.revision in kept)
    why = "it was never verified" if revision in kept else "helm keeps no such revision"
    raise InvalidInput(
        f"{record.release} can't go back to revision {revision}", why,
        f"verified revisions: {there or 'none'} (./inv rollback.history)",
    )  # fmt: skip


def run_of(record: Record, current: int) -> str:
    """The deploy that made what runs as revision `current`; after all others where it was never verified."""
    return next((one.run for one in record.entries if one.revision == current), _AFTER_ALL)


def last_changed(runs: Mapping[str, str]) -> tuple[str, ...]:
    """The releases that the last deploy made: what it changed together goes back together."""
    return tuple(name for name, run in runs.items() if run == max(runs.values()))
