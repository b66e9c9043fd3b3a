"""No false alarm: what crashes once, starts slowly, has two pods or a late image becomes ready, every time.

TODO_TEST_ROUNDS=10 makes fifty runs of it.
"""

from __future__ import annotations

import json
import os

import pytest

from tests.cluster.conftest import Deployment

pytestmark = pytest.mark.cluster

CASES = ("well", "two-replicas", "slow-start", "crash-once", "image-late")
ROUNDS = int(os.environ.get("TODO_TEST_ROUNDS", "1"))


def test_what_becomes_well_in_its_own_time_is_never_called_failed(deployed: Deployment) -> None:
    done = deployed.kit.run(
        "bench.verdict", "--scenarios", ",".join(CASES), "--engines", "ours", "--repeat", str(ROUNDS),
        "--output", "json", check=False, timeout_s=300 * (ROUNDS + 1),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    runs = json.loads(done.stdout)["measured"]
    assert sorted(run["fault"] for run in runs) == sorted(CASES * ROUNDS)
    assert [run for run in runs if not (run["ready"] and run["serves"]) or run["trouble"]] == []
