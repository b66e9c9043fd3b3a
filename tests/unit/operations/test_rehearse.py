"""What may be rehearsed, where, and what is told of it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jsonschema
import pytest

from delivery.cluster import Cluster
from delivery.console import Console
from delivery.errors import Course, DeliveryError, EnvironmentFault, Interrupted, InvalidInput, TimedOut
from delivery.operations.rehearsal_faults import FAULTS
from delivery.operations.rehearsal_report import Check, Rehearsal, rehearsal_json, rehearsal_lines
from delivery.operations.rehearse import FaultStays, _ensure_ours, _fault, image_of_fault, never_left
from delivery.paths import ROOT
from delivery.release.values import check_values, merged
from delivery.rollout.table import BY_CODE
from delivery.tools.memo import memo
from delivery.tools.tool_model import ON_PATH, Found
from tests.unit.conftest import Printed
from tests.unit.release.conftest import OwnSettings, own_settings
from tests.unit.release.test_plan import IMAGE
from tests.unit.scripted import ScriptedDoor, session_of

__all__ = ["own_settings"]
COURSE = Course("CRASH_LOOP", 7.52, ".delivery/evidence/x", 0.44, 12.31)
KEPT = Check("the fault was found", True, "CRASH_LOOP, 7.5 s after the apply")
BROKEN = Check("all is as it was", False, "Deployment/backend")


def done(*checks: Check) -> Rehearsal:
    return Rehearsal("crash", FAULTS["crash"].title, COURSE, checks)


def test_the_scenarios_are_the_plans() -> None:
    assert list(FAULTS) == ["crash", "config", "image"]


@pytest.mark.parametrize("scenario", FAULTS)
def test_a_fault_is_in_values_that_the_chart_takes_so_that_only_the_cluster_can_find_it(
    scenario: str, own_settings: OwnSettings
) -> None:
    fault = FAULTS[scenario]
    service = own_settings().services[fault.service]
    check_values(service, merged(service.values, fault.values))
    assert fault.codes <= BY_CODE.keys()


@pytest.mark.parametrize("name", ["", "CRASH", "oom"])
def test_an_unknown_scenario_names_those_there_are(name: str) -> None:
    with pytest.raises(InvalidInput) as error:
        _fault(name)
    assert error.value.fix == "--scenario crash | config | image"


@pytest.mark.parametrize("owned", [True, False])
def test_only_a_cluster_of_ours_is_broken_on_purpose_even_where_another_was_named(owned: bool) -> None:
    cluster = cast(Cluster, SimpleNamespace(owned=owned, context="production"))
    if owned:
        _ensure_ours(cluster)
        return
    with pytest.raises(InvalidInput) as error:
        _ensure_ours(cluster)
    assert "production" in error.value.what


class Nodes:
    """A cluster that has the faulty image, and keeps which were removed."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def node_image_ids(self, _: str) -> dict[str, str]:
        return {"node": "sha256:1"}

    def remove_image(self, reference: str) -> None:
        self.removed.append(reference)


AWAY = EnvironmentFault("the API server is away", "no answer for 61 s")


@pytest.mark.parametrize(
    ("broken", "again", "raised", "stays"),
    [
        pytest.param(AWAY, None, EnvironmentFault, False, id="the environment, and it is well again"),
        pytest.param(AWAY, AWAY, FaultStays, True, id="the environment for good"),
        pytest.param(TimedOut("helm took long"), None, TimedOut, False, id="timed out"),
        pytest.param(AWAY, KeyboardInterrupt(), KeyboardInterrupt, True, id="Ctrl-C on the way back"),
        pytest.param(KeyboardInterrupt(), None, KeyboardInterrupt, True, id="Ctrl-C"),
        pytest.param(Interrupted("interrupted"), None, Interrupted, True, id="a signal"),
        pytest.param(None, None, None, False, id="all went well"),
    ],
)
def test_a_rehearsal_that_is_broken_off_leaves_no_fault_or_says_so_and_keeps_what_its_pods_use(
    console: Console, printed: Printed, broken: BaseException | None, again: BaseException | None,
    raised: type[BaseException] | None, stays: bool,
) -> None:  # fmt: skip
    nodes = Nodes()
    session = session_of(console, ScriptedDoor(console, {"docker": ""}))
    memo(session).tools["docker"] = Found(Path("docker"), "26", ON_PATH)

    def make_well() -> None:
        if again:
            raise again

    with (
        pytest.raises(raised) if raised else contextlib.nullcontext() as caught,
        image_of_fault(session, cast(Cluster, nodes), IMAGE),
        never_left(session, make_well),
    ):
        if broken:
            raise broken
    assert nodes.removed == ([] if stays else [IMAGE.reference])
    told = str(printed) + str(caught.value if caught else "")
    assert ("the fault may still be deployed: ./inv deploy.all" in told) is stays
    if caught and isinstance(broken, DeliveryError) and isinstance(caught.value, DeliveryError):
        assert caught.value.exit_code == broken.exit_code


def test_it_passed_only_where_every_promise_was_kept() -> None:
    assert done(KEPT).passed
    assert not done(KEPT, BROKEN).passed


def test_a_person_is_told_each_promise_and_the_seconds() -> None:
    lines = list(rehearsal_lines(done(KEPT, BROKEN)))
    assert lines[0] == "Rehearsal crash: the pods of a new version crash"
    assert [line.split()[0] for line in lines[1:3]] == ["✓", "✗"]
    assert lines[-1] == "  verdict 7.5 s, evidence 0.4 s, rolled back and proven 12.3 s"


@pytest.mark.parametrize("course", [COURSE, Course()], ids=["found", "not found"])
def test_the_document_is_as_its_schema_says(course: Course) -> None:
    schema: dict[str, Any] = json.loads((ROOT / "schemas" / "rehearsal.schema.json").read_text())
    document = rehearsal_json(Rehearsal("config", "t", course, (KEPT, BROKEN)))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["passed"] is False
