"""Answers of tests are kept in a journal of their own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a test goes into the journal of this checkout."""
    monkeypatch.setattr("delivery.ai.journal.FOLDER", tmp_path / "journal")
