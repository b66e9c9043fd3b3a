"""Test data that frontend and backend each have a copy of: either is tested with its own folder alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.paths import ROOT

BACKEND = ROOT / "backend" / "tests"
FRONTEND = ROOT / "frontend" / "tests" / "data"
RECORDINGS = sorted(path.name for path in (BACKEND / "data").iterdir() if path.name.startswith("chatkit-"))
SHARED = sorted({*RECORDINGS, "database_urls.json", "public_addresses.json"})


def found_below(folder: Path, name: str) -> Path:
    (path,) = folder.rglob(name)
    return path


@pytest.mark.parametrize("name", SHARED)
def test_frontend_and_backend_test_against_the_same_bytes(name: str) -> None:
    original, copy = found_below(BACKEND, name), found_below(FRONTEND, name)
    assert copy.read_bytes() == original.read_bytes(), f"cp {original} {copy}"


def test_the_frontend_has_no_data_that_nobody_keeps_the_same() -> None:
    assert sorted(path.name for path in FRONTEND.iterdir()) == SHARED


def test_there_are_recordings() -> None:
    assert RECORDINGS
