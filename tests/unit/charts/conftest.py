"""helm for the chart tests. Without it they fail, they never skip."""

from __future__ import annotations

import os

import pytest

from delivery import tools
from delivery.command import Door
from delivery.console import Console
from delivery.errors import DeliveryError
from delivery.session import Session
from delivery.settings.model import ClusterSettings, Settings, Timeouts
from tests.unit.charts.charts import Helm


@pytest.fixture(scope="session")
def helm() -> Helm:
    """The helm of $HELM, else the one that the kit uses, which is installed when it isn't there."""
    return Helm(os.environ.get("HELM") or _kits_helm())


def _kits_helm() -> str:
    console = Console()
    # Not the project's settings: a fault in somebody's .env is no fault of the charts.
    settings = Settings("todo", ClusterSettings(), {}, Timeouts(), "phase4", 3, {})
    try:
        return tools.path(Session(settings, console, Door(console)), "helm")
    except DeliveryError as fault:
        pytest.fail(f"the chart tests need helm: {fault}", pytrace=False)
