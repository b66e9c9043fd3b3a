"""What the rollback tasks print and refuse."""

from __future__ import annotations

from delivery.operations.roll_back import history_lines
from delivery.release.helm import Release, Revision
from delivery.release.record import Entry, Record
from delivery.release.state import NamespaceState


def test_the_history_tells_which_revisions_were_verified_and_which_one_runs() -> None:
    record = Record(
        "web",
        (Entry(1, "web:a", "id", "s-1", "d", "t1"), Entry(3, "web:a", "id", "s-1", "d", "t3", restores=1)),
    )
    state = NamespaceState({"web": Release("web", 3, "deployed")}, {"web": record})
    revisions = [
        Revision(number, status, "", "Upgrade complete")
        for number, status in ((1, "superseded"), (2, "superseded"), (3, "deployed"))
    ]
    lines = [" ".join(line.split()) for line in history_lines(state, "web", revisions)]
    assert lines == [
        "1 superseded verified t1 web:a s-1",
        "2 superseded not verified Upgrade complete",
        "→ 3 deployed verified t3, is what revision 1 was web:a s-1",
    ]


def test_a_service_without_a_release_is_told() -> None:
    assert history_lines(NamespaceState(), "web", []) == ["not deployed"]
