"""The project's own services as they are planned: one image for two of them, waves, what each is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.command import Door
from delivery.console import Console
from delivery.image import Image
from delivery.operations.deploy import show_dry_steps, to_remove, waves
from delivery.operations.images import image_jobs
from delivery.release.helm import Release
from delivery.release.plan import ReleasePlan, make_plan
from delivery.release.selection import select
from delivery.release.state import NamespaceState
from delivery.secret import keep_generated
from delivery.session import Session
from tests.unit.conftest import Printed
from tests.unit.release.conftest import OwnSettings, own_settings

__all__ = ["own_settings"]


@pytest.fixture
def session(own_settings: OwnSettings, console: Console, dry_door: Door) -> Session:
    return Session(own_settings(BETTER_AUTH_SECRET="s" * 40), console, dry_door)


def planned(session: Session, *names: str) -> dict[str, ReleasePlan]:
    services = select(session.settings, names)
    owners = dict.fromkeys(service.image_owner for service in services)
    images = [Image(name, f"todo-{name}", "phase4-0123456789ab", "sha256:1") for name in owners]
    plans = make_plan(session, None, NamespaceState(), services, images)
    return {plan.service.name: plan for plan in plans}


def test_an_image_that_two_services_run_is_built_once(session: Session) -> None:
    jobs = image_jobs(session, session.settings.wanted_services())
    assert sorted(jobs) == ["image backend", "image database", "image frontend"]


def test_a_service_without_an_image_of_its_own_brings_anothers_alone(session: Session) -> None:
    chosen = select(session.settings, ["demo-model"])
    assert list(image_jobs(session, chosen)) == ["image backend"]
    plans = planned(session, "demo-model")
    assert list(plans) == ["demo-model"]
    assert plans["demo-model"].values["image"] == {"repository": "todo-backend", "tag": "phase4-0123456789ab"}


def test_what_others_need_goes_first_and_the_two_ends_go_together(session: Session) -> None:
    names = [sorted(one.service.name for one in wave) for wave in waves(list(planned(session).values()))]
    assert names == [["database", "demo-model"], ["backend", "frontend"]]


def test_both_ends_reach_the_database_and_know_the_public_address(session: Session) -> None:
    plans = planned(session)
    for name in ("frontend", "backend"):
        secret = plans[name].secret
        assert secret
        assert {"database-url", "auth-secret", "auth-url", "database-ca"} <= secret.entries.keys()
        assert secret.entries["auth-url"] == "http://localhost:30000"
        assert plans[name].values["secret"]["files"] == {"database-ca": "ca.crt"}
    assert plans["backend"].secret and plans["backend"].secret.entries["openai-api-key"] == "demo"
    assert plans["backend"].values["env"]["OPENAI_BASE_URL"] == "http://demo-model:8080/v1"
    assert plans["frontend"].values["env"]["TRUSTED_ORIGINS"].startswith("http://localhost:30000,")
    assert plans["demo-model"].secret is None


def test_a_stand_in_goes_only_with_a_deploy_of_everything(own_settings: OwnSettings) -> None:
    settings = own_settings(OPENAI_API_KEY="sk-real", DATABASE_URL="postgresql://u:p@h/d")
    names = ("database", "demo-model", "backend", "frontend")
    state = NamespaceState({name: Release(name, 1, "deployed") for name in names}, {}, {})
    assert [one.name for one in to_remove(settings, state, settings.wanted_services())] == ["demo-model"]
    assert to_remove(settings, state, select(settings, ["frontend"])) == []


def test_what_is_to_be_generated_is_what_deploy_yaml_names(
    own_settings: OwnSettings, console: Console, door: Door, tmp_path: Path, printed: Printed
) -> None:
    file = tmp_path / "kept.env"
    made = keep_generated(Session(own_settings(), console, door), file)
    value = made.settings.env["BETTER_AUTH_SECRET"]
    assert file.read_text() == f"BETTER_AUTH_SECRET={value}\n"
    assert len(value) >= 32
    assert value not in str(printed)
    assert keep_generated(made, file).settings == made.settings


def test_a_dry_run_loads_a_shared_image_once(session: Session, printed: Printed) -> None:
    show_dry_steps(session, None, planned(session).values())
    loads = [line for line in str(printed).splitlines() if "onto the nodes" in line]
    assert len(loads) == len(set(loads)) == 3
    assert "helm upgrade demo-model demo-model --install" in str(printed)
