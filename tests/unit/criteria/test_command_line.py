"""`inv verify.success-criteria` as it is typed: what is refused before anything is measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from delivery.paths import ROOT


def inv(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "invoke", "--search-root", str(ROOT), *arguments],
        capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL, cwd="/",
        env={**os.environ, **environ},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "SC-013"], "--only: there is no criterion SC-013"),
        (["--only", "SC-001,journey"], "there is no criterion journey"),
        (["--allow", "SC-99"], "--allow: there is no criterion SC-99"),
        (["--output", "xml"], "--output xml"),
        (["--merge", "/nowhere.json"], "--merge /nowhere.json"),
        (["--set", "budgets.journeyS=0"], "--set budgets.journeyS: 0 is out of range"),
        (["--set", "budgets.frontendImage.sizeMb=huge"], '"huge" is not of type number'),
        (["--set", "budgets.jorneyS=3"], "did you mean `journeyS`?"),
        (["--set", "budgets.platforms=[dos]"], '"dos" is not one of linux, macos, wsl2'),
    ],
)
def test_bad_input_is_refused_with_exit_code_2(arguments: list[str], said: str) -> None:
    answer = inv("verify.success-criteria", *arguments)
    assert answer.returncode == 2, answer.stderr
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_budget_of_the_environment_is_checked_too() -> None:
    answer = inv("verify.success-criteria", DELIVERY_BUDGETS__FRONTEND_IMAGE__SIZE_MB="-1")
    assert answer.returncode == 2
    assert "DELIVERY_BUDGETS__FRONTEND_IMAGE__SIZE_MB" in answer.stderr


def test_a_report_folder_that_can_not_be_written_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = inv("verify.success-criteria", "--report", str(tmp_path / "file" / "reports"))
    assert answer.returncode == 5
    assert "reports can't be written to" in answer.stderr


def test_a_dry_run_says_what_would_be_measured_and_measures_nothing() -> None:
    answer = inv("verify.success-criteria", "--only", "SC-007,1", "--dry-run")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines() == [
        "would measure SC-001 Frontend image builds in <5 min, <500MB",
        "would measure SC-007 End-to-end flow completes in <10s",
    ]


def test_values_are_checked_without_docker_or_cluster() -> None:
    answer = inv("verify.values", "--output", "json", PATH="/nowhere")
    assert answer.returncode == 0, answer.stderr
    rows = json.loads(answer.stdout)
    assert len(rows) >= 20
    assert {row["state"] for row in rows} == {"ok"}


def test_values_of_the_command_line_are_checked_with_those_of_the_charts() -> None:
    answer = inv("verify.values", "--set", "services.frontend.values.replicaCont=3")
    assert answer.returncode == 1
    assert "deploy.yaml:" in answer.stdout
    assert "services.frontend.values.replicaCont: no such key; did you mean `replicaCount`?" in answer.stdout
