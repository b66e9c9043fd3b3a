"""Benchmarks, side by side in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session


@session_task(help={"rounds": "Runs of each side; the fastest counts."})
def startup(session: Session, rounds: int = 10) -> None:
    """Compare the start-up of this project with that of a one-task file.

    The runs take turns, and the result is a ratio, so that a slow machine doesn't matter.

    Example: ./inv bench.startup --rounds 20
    """
    from delivery.bench import bench_startup

    bench_startup(session, rounds)


@session_task(
    help={
        "scenarios": "Cases of bench/faults.yaml by name, with commas between; empty: all.",
        "engines": "ours, helm-rollback, helm-wait, with commas between; empty: all.",
        "repeat": "Rounds of each case; times are medians. 0: show what was measured last for the README.",
        "helm_timeout_s": "helm's --timeout; its own default is 300.",
        "output": "text, json, or readme: text, and figures, picture and table go into the checkout.",
    }
)
def verdict(
    session: Session, scenarios: str = "", engines: str = "", repeat: int = 1, helm_timeout_s: int = 300,
    output: str = "text",
) -> None:  # fmt: skip
    """Compare our verdicts on faulty upgrades with those of helm.

    Every case is a release of bench/chart in a namespace of its own, installed well, then upgraded to the
    fault: by what deploy.all does, by `helm upgrade --rollback-on-failure`, and by `helm upgrade --wait`.
    Afterwards the Service is asked in the same way for all. Takes about twelve minutes, since helm waits for
    five. The cluster must be one that this kit made. Exits 1 where one of our verdicts was wrong.

    Example: ./inv bench.verdict --scenarios crash-loop,image-not-found --helm-timeout-s 30
    """
    from delivery.bench.bench_verdict import Wanted
    from delivery.bench.verdict_report import run_bench_verdict
    from delivery.settings.flags import split_names

    wanted = Wanted(split_names(scenarios), split_names(engines), repeat, float(helm_timeout_s))
    run_bench_verdict(session, wanted, output)


@session_task(
    help={
        "rounds": "How often to deploy, fail, and go back.",
        "rate": "Requests a second to each service.",
        "output": "text or json.",
    }
)
def availability(session: Session, rounds: int = 3, rate: int = 20, output: str = "text") -> None:
    """Ask the app all the while it is deployed, fails, and goes back.

    Each round deploys a change of every pod, then a fault that goes back by itself, then what deploy.yaml
    says. Every request takes a connection of its own, through the node port. Exits 1 where one failed.

    Example: ./inv bench.availability --rounds 1
    """
    from delivery.bench.bench_availability import bench_availability

    bench_availability(session, rounds, rate, output)
