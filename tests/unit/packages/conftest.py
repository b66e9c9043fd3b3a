"""A session without settings, and a cache of its own."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from delivery.command import Door
from delivery.console import Console
from delivery.packages.cache import Cache
from delivery.session import Session
from delivery.settings import Settings


@pytest.fixture
def session(console: Console, door: Door) -> Session:
    return Session(cast(Settings, None), console, door, yes=True)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")
