"""The project's own deploy.yaml, without the .env that a developer may have beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from delivery.paths import ROOT
from delivery.settings import Settings, load_settings

OwnSettings = Callable[..., Settings]


@pytest.fixture
def own_settings(tmp_path: Path) -> OwnSettings:
    """Settings of this project; keywords are variables of the environment."""
    for path in (ROOT / "deploy.yaml", ROOT / "helm", *ROOT.glob("Dockerfile.*")):
        (tmp_path / path.name).symlink_to(path)
    return lambda **environ: load_settings({}, root=tmp_path, environ=environ)
