"""What the rollback tasks print and refuse."""

from __future__ import annotations

import pytest

from delivery.errors import Course, DeployFailed
from delivery.operations.roll_back import history_lines, raise_failures
from delivery.release.helm import Release, Revision
from delivery.release.record import Entry, Record
from delivery.release.state import NamespaceState
from delivery.rollback.restore import CannotRestore
from tests.unit.scripted import entry


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


GONE = CannotRestore("image todo-web:1 is gone", "nobody has it", "build it")
FELL = DeployFailed("api did not come up", "its log", "mend it", Course("CRASH_LOOP", 7.5))


def test_where_all_are_back_nothing_is_raised_and_one_failure_alone_is_told_as_it_is() -> None:
    raise_failures({"web": entry(3, restores=1)})
    with pytest.raises(CannotRestore) as raised:
        raise_failures({"web": GONE})
    assert raised.value is GONE


def test_where_only_one_end_went_back_it_is_said_of_each_where_it_is_now() -> None:
    with pytest.raises(CannotRestore) as raised:
        raise_failures({"web": GONE, "api": entry(3, restores=1)})
    assert raised.value.exit_code == 5
    assert raised.value.why.splitlines() == [
        "nobody has it",
        "api is back at what revision 1 was (revision 3 now), verified",
        "web is not back: image todo-web:1 is gone",
        "what was deployed together no longer is: run ./inv deploy.all, or roll back what is named here",
    ]


def test_a_rollback_that_does_not_serve_decides_the_exit_code() -> None:
    with pytest.raises(DeployFailed) as raised:
        raise_failures({"web": GONE, "api": FELL})
    assert (raised.value.exit_code, raised.value.course.code) == (4, "CRASH_LOOP")
    assert raised.value.what == "api did not come up; image todo-web:1 is gone"
    assert "no longer is" not in raised.value.why
