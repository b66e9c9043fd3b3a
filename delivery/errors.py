"""Errors with three parts for the user: what failed, why, what to do next; and an exit code.

Exit codes: 0 fine, 1 a check failed, 2 bad input, 3 deploy failed and rolled back, 4 deploy failed and
nothing verified is running, 5 environment, 124 timed out, 127 tool missing, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class DeliveryError(Exception):
    """Base of all errors that the command surface shows without a traceback."""

    exit_code = 1

    def __init__(self, what: str, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.fix = what, why, fix

    def __str__(self) -> str:
        parts = [self.what]
        if self.why:
            parts.append(_indented("why: ", self.why))
        if self.fix:
            parts.append(_indented("next: ", self.fix))
        return "\n".join(parts)


@dataclass(frozen=True)
class Course:
    """How a failed deploy went, for those who measure it.

    `code` is the verdict's, empty where helm itself was refused. `verdict_s` is counted from the apply,
    `evidence_s` is what saving the evidence took, `back_s` what going back and its proof took.
    """

    code: str = ""
    verdict_s: float = 0.0
    evidence: str = ""
    evidence_s: float = 0.0
    back_s: float = 0.0


class CheckFailed(DeliveryError):
    """A check ran and its answer is no."""


class InvalidInput(DeliveryError):
    """Bad input or configuration; nothing was changed."""

    exit_code = 2

    @classmethod
    def of(cls, source: str, faults: Sequence[str], fix: str = "") -> InvalidInput:
        """All faults of one document at once, each with its path."""
        count = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
        return cls(f"{source} has {count}", "\n".join(faults), fix)


class DeployError(DeliveryError):
    """A deploy that failed, and its course."""

    def __init__(self, what: str, why: str = "", fix: str = "", course: Course | None = None) -> None:
        super().__init__(what, why, fix)
        self.course = course or Course()


class DeployFailedRolledBack(DeployError):
    """The deploy failed; the last verified revision is back and was proven to serve."""

    exit_code = 3


class DeployFailed(DeployError):
    """The deploy failed and nothing verified is running."""

    exit_code = 4


class EnvironmentFault(DeliveryError):
    """Docker, the cluster, the network or another run is in the way."""

    exit_code = 5


class CommandFailed(EnvironmentFault):
    """A program that we called ended with an exit code we don't accept."""


class TimedOut(DeliveryError):
    """A program or a wait took longer than it may."""

    exit_code = 124


class ToolMissing(DeliveryError):
    """A program is neither installed nor to be had."""

    exit_code = 127


class Interrupted(DeliveryError):
    """The user pressed Ctrl-C, or a signal told us to end."""

    exit_code = 130


def _indented(label: str, text: str) -> str:
    lines = text.rstrip().splitlines() or [""]
    blanks = " " * (len(label) + 2)
    return "\n".join([f"  {label}{lines[0]}", *(blanks + line for line in lines[1:])])
