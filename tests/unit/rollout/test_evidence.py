"""What is kept of a rollout that failed."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from delivery.console import Step
from delivery.rollout.evidence import save_evidence
from delivery.rollout.watch import Outcome, Watched, await_verdict
from delivery.session import Session
from tests.unit.conftest import Printed
from tests.unit.rollout.conftest import World


@pytest.fixture
def crashed(session: Session, world: World) -> Outcome:
    return await_verdict(session, world.play("crash-loop").cluster, Watched("web"), Step("web"), world)


def test_it_holds_the_verdict_the_objects_and_both_logs(
    session: Session, world: World, crashed: Outcome, tmp_path: Path
) -> None:
    own = replace(session, evidence=tmp_path / "evidence")
    folder = Path(save_evidence(own, world.cluster, "web", crashed))
    pod = crashed.verdict.pod
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "verdict.txt", "objects.json", "helm-status.txt", "helm-history.txt", "images.json",
        "answers.json",
        f"{pod}.app.log", f"{pod}.app.previous.log",
    }  # fmt: skip
    assert "CRASH_LOOP" in (folder / "verdict.txt").read_text()
    assert "no such table: tasks" in (folder / f"{pod}.app.log").read_text()
    kinds = [one["kind"] for one in json.loads((folder / "objects.json").read_text())]
    assert {"Deployment", "ReplicaSet", "Pod", "Event"} <= set(kinds)
    assert kinds.index("Event") == len(kinds) - kinds.count("Event")


def test_it_is_masked_and_the_users_alone(
    session: Session, world: World, crashed: Outcome, tmp_path: Path
) -> None:
    session.console.masker.add("no such table")
    folder = Path(save_evidence(replace(session, evidence=tmp_path), world.cluster, "web", crashed))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert "no such table" not in path.read_text(), path.name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_can_not_be_had_is_said_in_its_place(
    session: Session, world: World, crashed: Outcome, tmp_path: Path
) -> None:
    world.say(away=[[0.0, 9000.0]])
    folder = Path(save_evidence(replace(session, evidence=tmp_path), world.cluster, "web", crashed))
    assert "CRASH_LOOP" in (folder / "verdict.txt").read_text()
    assert (folder / "objects.json").read_text().startswith("could not be had: ")


def test_a_folder_that_can_not_be_written_is_no_fault_of_the_rollout(
    session: Session, world: World, crashed: Outcome, tmp_path: Path, printed: Printed
) -> None:
    (tmp_path / "evidence").write_text("a file")
    own = replace(session, evidence=tmp_path / "evidence")
    assert save_evidence(own, world.cluster, "web", crashed) == ""
    assert "the evidence could not be kept" in str(printed)


def test_two_runs_that_fail_in_one_second_have_a_folder_each(
    session: Session, world: World, crashed: Outcome, tmp_path: Path
) -> None:
    own = replace(session, evidence=tmp_path)
    folders = {save_evidence(own, world.cluster, "web", crashed) for _ in range(4)}
    assert len(folders) == 4
    assert all((Path(one) / "objects.json").is_file() for one in folders)


def test_the_newest_twenty_are_kept(session: Session, world: World, crashed: Outcome, tmp_path: Path) -> None:
    for day in range(10, 32):
        (tmp_path / f"202601{day}T000000Z-web").mkdir()
    folder = Path(save_evidence(replace(session, evidence=tmp_path), world.cluster, "web", crashed))
    names = sorted(path.name for path in tmp_path.iterdir() if "web" in path.name)
    assert len(names) == 20
    assert names[-1] == folder.name
