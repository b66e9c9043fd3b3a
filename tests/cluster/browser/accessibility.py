"""What axe finds on a page: rules of WCAG that a program can check."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.cluster.browser.screen import Screen

GRAVE = ("serious", "critical")


def assert_accessible(screen: Screen, state: str) -> None:
    """Fails where axe finds something serious or critical in what is shown now; keeps a picture of it."""
    screen.shoot(f"axe-{state}")
    found = _axe().run(screen.page).response["violations"]
    grave = [_told(each) for each in found if each["impact"] in GRAVE]
    assert not grave, f"{state}:\n" + "\n".join(grave)


@cache
def _axe() -> Any:
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def _told(violation: dict[str, Any]) -> str:
    places = "".join(
        f"\n    {node['html'][:200]}\n      {node['failureSummary']}" for node in violation["nodes"]
    )
    return f"  {violation['impact']}: {violation['help']} ({violation['id']}){places}"
