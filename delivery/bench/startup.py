"""Start-up: `inv --list` of this project beside that of a one-task file, and the launcher beside both."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from delivery.command import Door
from delivery.paths import ROOT
from delivery.session import Session

GOAL = 1.25
_ONE_TASK = """from invoke import task


@task
def hello(c):
    print("hello")
"""


@dataclass(frozen=True)
class Ratio:
    """The fastest run of each side, in seconds. The minimum is the fair figure on a busy machine."""

    name: str
    ours_s: float
    theirs_s: float

    @property
    def value(self) -> float:
        """Ours over theirs."""
        return self.ours_s / self.theirs_s


def bench_startup(session: Session, rounds: int) -> Ratio:
    """Print the ratios, and return that of the task list, whose goal is 1.25."""
    with tempfile.TemporaryDirectory(prefix="todo-bench-") as folder:
        (Path(folder) / "tasks.py").write_text(_ONE_TASK, encoding="utf-8")
        best = fastest(
            session.door,
            {
                "project": _invoke(ROOT),
                "one task": _invoke(Path(folder)),
                "launcher": [str(ROOT / "inv"), "--list"],
            },
            rounds,
        )
    listing = Ratio("inv --list over a one-task file", best["project"], best["one task"])
    launcher = Ratio("./inv over python -m invoke", best["launcher"], best["project"])
    for ratio in (listing, launcher):
        sides = f"{ratio.ours_s * 1000:6.0f} ms / {ratio.theirs_s * 1000:6.0f} ms"
        session.console.line(f"{ratio.name:<34} {sides} = {ratio.value:.2f}")
    session.console.line(f"goal for the task list: {GOAL}; fastest of {rounds} interleaved runs each")
    return listing


def fastest(door: Door, commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """The shortest duration of each command in seconds, the commands taking turns."""
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(rounds):
        for name, argv in commands.items():
            best[name] = min(best[name], door.read(argv).duration_s)
    return best


def _invoke(root: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "invoke", "--search-root", str(root), "--list"]
