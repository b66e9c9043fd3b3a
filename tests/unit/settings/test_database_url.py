"""DATABASE_URL: the schema takes what the backend's parser takes; backend/tests reads the same table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from delivery.errors import InvalidInput
from delivery.paths import ROOT
from delivery.settings import load_settings

TABLE: dict[str, list[str]] = json.loads((ROOT / "backend" / "tests" / "database_urls.json").read_text())


@pytest.mark.parametrize("url", TABLE["taken"])
def test_takes(project: Path, url: str) -> None:
    assert load_settings({}, root=project, environ={"DATABASE_URL": url}).env["DATABASE_URL"] == url


@pytest.mark.parametrize("url", TABLE["refused"])
def test_refuses(project: Path, url: str) -> None:
    with pytest.raises(InvalidInput, match="environment: DATABASE_URL: is not a PostgreSQL URL"):
        load_settings({}, root=project, environ={"DATABASE_URL": url})
