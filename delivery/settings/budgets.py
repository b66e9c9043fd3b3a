"""The budgets that the success criteria are judged by; the defaults are the plan's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageBudget:
    """One image: `build_s` from nothing, the plan's `size_mb`, our own tighter one. A MB is 10^6 bytes."""

    build_s: float
    size_mb: float
    own_size_mb: float


@dataclass(frozen=True)
class Budgets:
    """Seconds and megabytes by criterion; `recovery_s` and the own sizes are ours, the rest is the plan's.

    `platforms` are those that SC-009 asks for.
    """

    frontend_image: ImageBudget = ImageBudget(300.0, 500.0, 150.0)
    backend_image: ImageBudget = ImageBudget(300.0, 1000.0, 180.0)
    frontend_ready_s: float = 10.0
    backend_ready_s: float = 15.0
    ui_interactive_s: float = 15.0
    docs_rendered_s: float = 20.0
    journey_s: float = 10.0
    recovery_s: float = 60.0
    health_s: float = 1.0
    memory_mb: float = 2000.0
    platforms: tuple[str, ...] = ("linux", "macos", "wsl2")
