"""One run of the kit: its settings, its console, its door to other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery.command import Door
from delivery.console import Console
from delivery.paths import ROOT
from delivery.settings import Settings, load_settings, secret_values


@dataclass(frozen=True)
class Session:
    """What every part of the engine is handed.

    `yes` answers questions that would be asked; `evidence` is the folder for that of failed deploys.
    """

    settings: Settings
    console: Console
    door: Door
    yes: bool = False
    evidence: Path = ROOT / ".delivery" / "evidence"

    @property
    def dry_run(self) -> bool:
        """Whether mutations are printed instead of run."""
        return self.door.dry_run


def open_session(
    flags: Mapping[str, Any], *, yes: bool = False, dry_run: bool = False, verbose: bool = False
) -> Session:
    """Load the settings and prepare a run; every secret is known to the masker from here on."""
    settings = load_settings(flags)
    console = Console(verbose=verbose)
    for value in secret_values(settings):
        console.masker.add(value)
    return Session(settings, console, Door(console, dry_run=dry_run), yes)
