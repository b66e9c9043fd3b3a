"""What a long step is at, and how much of it is left."""

from __future__ import annotations

from dataclasses import dataclass

from delivery.console import Step


@dataclass(frozen=True)
class Report:
    """One part of a step; `place` says which one, `later_s` how long the parts after it take."""

    step: Step
    place: str
    later_s: float

    def note(self, text: str) -> None:
        """What the part is doing at this moment."""
        self.step.note(f"{self.place}, {text}")

    def left(self, seconds: float) -> None:
        """How long this part still takes, as far as one can tell now."""
        self.step.expected_s = self.step.took_s() + seconds + self.later_s


def remaining_s(expected_s: float, took_s: float, done: float) -> float:
    """Seconds left of a part of which the share `done` (0 to 1) is done; a slow machine makes it longer."""
    if done <= 0:
        return max(0.0, expected_s - took_s)
    left = 1 - min(done, 1.0)
    return max(expected_s * left, took_s * left / done if took_s > 0.1 * expected_s else 0.0)
