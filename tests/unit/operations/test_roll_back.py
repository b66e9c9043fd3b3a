"""What the rollback tasks print and refuse."""

from __future__ import annotations

import pytest

from delivery.console import Console
from delivery.errors import CommandFailed, Course, DeliveryError, DeployFailed, InvalidInput
from delivery.operations.roll_back import history_lines, raise_failures, to_undo, undo_deployment
from delivery.release.helm import Release, Revision
from delivery.release.record import Entry, Record
from delivery.release.state import NamespaceState, read_state
from delivery.rollback.restore import CannotRestore
from tests.unit.scripted import World, entry, session_of


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


@pytest.mark.parametrize(
    ("words", "error", "exit_code"),
    [
        ('error: no rollout history found for deployment "web"', InvalidInput, 2),
        ("error: unable to find last revision of deployment", InvalidInput, 2),
        ("error: cannot rollback a paused deployment; resume it first", InvalidInput, 2),
        ("The connection to the server 127.0.0.1:6443 was refused", CommandFailed, 5),
        ("Error from server (Forbidden): deployments.apps is forbidden", CommandFailed, 5),
    ],
)
def test_only_what_the_deployment_itself_forbids_is_bad_input(
    console: Console, words: str, error: type[DeliveryError], exit_code: int
) -> None:
    refused = CommandFailed("`kubectl rollout undo` ended with exit code 1", words)
    door = World().door(console, {"kubectl rollout undo": refused})
    with pytest.raises(error) as raised:
        undo_deployment(session_of(console, door), World().cluster, "web", "web")
    assert (raised.value.exit_code, raised.value.why) == (exit_code, words)


def test_what_is_undone_is_the_services_deployment(console: Console) -> None:
    session = session_of(console, World().door(console))
    assert to_undo(read_state(session, World().cluster), "web")[1] == 2
    with pytest.raises(InvalidInput, match="no Deployment"):
        to_undo(NamespaceState(), "web")
