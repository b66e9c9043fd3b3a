"""The plan that is shown and the plan that is made under the lock: one way, and what differs is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from delivery.console import Console
from delivery.image import Image
from delivery.operations.planning import Wanted, news, planned
from delivery.operations.report import show_news
from delivery.release.plan import Action, ReleasePlan
from delivery.session import Session
from delivery.tools.memo import memo
from delivery.tools.tool_model import ON_PATH, Found
from tests.unit.conftest import Printed
from tests.unit.release.conftest import OwnSettings, own_settings
from tests.unit.release.test_plan import plan
from tests.unit.scripted import ScriptedDoor

__all__ = ["own_settings"]


def upgrade(**fields: Any) -> ReleasePlan:
    return replace(plan("web"), **{"action": Action.UPGRADE, "changes": ("image: 1 → 2",), **fields})


@pytest.fixture
def door(console: Console) -> ScriptedDoor:
    return ScriptedDoor(console, {"helm template": ""})


@pytest.fixture
def session(own_settings: OwnSettings, console: Console, door: ScriptedDoor) -> Session:
    session = Session(own_settings(BETTER_AUTH_SECRET="s" * 40), console, door)
    memo(session).tools["helm"] = Found(Path("helm"), "4", ON_PATH)
    return session


def wanted(session: Session, tag: str = "phase4-1") -> Wanted:
    services = session.settings.wanted_services()
    owners = dict.fromkeys(service.image_owner for service in services)
    return services, [Image(name, f"todo-{name}", tag, "sha256:1") for name in owners]


def test_a_chart_is_rendered_again_only_where_its_plan_changed(session: Session, door: ScriptedDoor) -> None:
    _, first = planned(session, None, wanted(session))
    rendered = len(door.done("template"))
    assert rendered == len(first)
    planned(session, None, wanted(session), rendered=first)
    assert len(door.done("template")) == rendered
    planned(session, None, wanted(session, "phase4-2"), rendered=first)
    assert len(door.done("template")) == 2 * rendered


def test_one_that_was_to_be_left_alone_was_never_rendered(session: Session, door: ScriptedDoor) -> None:
    _, first = planned(session, None, wanted(session))
    door.asked.clear()
    idle = [replace(one, action=Action.NONE) for one in first]
    planned(session, None, wanted(session), rendered=idle)
    assert len(door.done("template")) == len(first)


@pytest.mark.parametrize(
    ("after", "lines"),
    [
        pytest.param(upgrade(), [], id="as it was shown"),
        pytest.param(upgrade(digest="other"), [], id="a person sees no difference"),
        pytest.param(
            upgrade(changes=("image: 3 → 2",)),
            [
                "! web is planned otherwise than it was shown",
                "• upgrade web",
                "    image: 3 → 2",
            ],
            id="another change",
        ),
        pytest.param(
            upgrade(action=Action.NONE),
            ["! web is planned otherwise than it was shown", "  web is as it should be now"],
            id="another run did it",
        ),
    ],
)
def test_what_is_planned_otherwise_than_it_was_shown_is_shown(
    session: Session, printed: Printed, after: ReleasePlan, lines: list[str]
) -> None:
    show_news(session, news([upgrade()], [after]))
    assert printed.err.getvalue().splitlines() == lines
