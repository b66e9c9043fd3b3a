"""What bench.verdict and bench.availability refuse, and what a dry run leaves alone."""

from __future__ import annotations

import pytest

from delivery.bench.bench_availability import bench_availability
from delivery.bench.bench_verdict import Wanted, bench_verdict
from delivery.bench.verdict_report import run_bench_verdict
from delivery.command import Door
from delivery.console import Console
from delivery.errors import InvalidInput
from delivery.session import Session
from delivery.settings import Settings
from delivery.settings.model import ClusterSettings, Timeouts
from tests.unit.conftest import Printed


@pytest.fixture
def session(console: Console, dry_door: Door) -> Session:
    return Session(Settings("todo", ClusterSettings(), {}, Timeouts(), "p", 3, {}), console, dry_door)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(engines=["argo"]), "no engine argo"),
        (Wanted(cases=["crash"]), "no case crash"),
        (Wanted(repeat=-1), "count from 1 up"),
        (Wanted(helm_timeout_s=0.0), "count from 1 up"),
    ],
)
def test_bad_wishes_are_told_before_anything_is_made(session: Session, wanted: Wanted, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        bench_verdict(session, wanted)


def test_another_output_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInput, match="--output yaml"):
        run_bench_verdict(session, Wanted(), "yaml")


@pytest.mark.parametrize(("rounds", "rate", "output"), [(0, 20, "text"), (1, 0, "text"), (1, 20, "yaml")])
def test_availability_refuses_what_it_cannot_do(
    session: Session, rounds: int, rate: int, output: str
) -> None:  # fmt: skip
    with pytest.raises(InvalidInput, match="--rounds and --rate"):
        bench_availability(session, rounds, rate, output)


def test_a_dry_run_makes_no_release(session: Session, printed: Printed) -> None:
    run_bench_verdict(session, Wanted(), "text")
    assert "would run: releases of bench/chart" in str(printed)
