"""Installing kagent: what reaches helm and kubectl, and by which way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from delivery.ai.backends import kagent_release
from delivery.ai.backends.kagent import Where, forbidden_tools
from delivery.ai.model_access import ModelAccess
from delivery.errors import InvalidInput
from delivery.session import Session
from tests.unit.ai.backends.conftest import KEY, MakeSession, Programs, cluster_of
from tests.unit.conftest import Printed

ACCESS = ModelAccess("http://model.example.org/v1", "m", KEY)


@pytest.fixture
def calls(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The fake kubectl stands in for helm as well: it keeps what it was given."""
    (programs.folder / "helm").symlink_to((programs.folder / "kubectl").resolve())
    monkeypatch.setattr("delivery.ai.backends.kagent_release.connect_to_change", cluster_of)
    programs.write("answer.txt", "")
    return lambda: programs.kubectl_calls


def test_the_key_goes_into_a_secret_over_stdin_and_is_in_no_argv(
    session: Session, calls: Any, printed: Printed
) -> None:
    kagent_release.install(session)
    made = calls()
    holding = [one for one in made if KEY in one["stdin"]]
    assert [json.loads(one["stdin"])["kind"] for one in holding] == ["Secret"]
    assert not [one for one in made if KEY in " ".join(one["argv"])]
    assert KEY not in str(printed)


def test_charts_are_pinned_and_their_values_come_by_stdin(session: Session, calls: Any) -> None:
    kagent_release.install(session)
    upgrades = [one for one in calls() if "upgrade" in one["argv"]]
    assert [one["argv"][one["argv"].index("upgrade") + 1] for one in upgrades] == ["kagent-crds", "kagent"]
    for one in upgrades:
        assert one["argv"][one["argv"].index("--version") + 1] == "0.9.12"
        assert one["argv"][one["argv"].index("--values") + 1] == "-"
        assert "--kube-context" in one["argv"]
        assert json.loads(one["stdin"])


def test_its_tools_only_look_at_two_namespaces_and_never_at_secrets() -> None:
    tools = kagent_release.values("todo", Where(), ACCESS)["kagent-tools"]
    assert tools["rbac"] == {"readOnly": True, "allowSecrets": False, "namespaces": ["kagent", "todo"]}
    assert tools["tools"]["args"] == ["--read-only"]


def test_our_agent_passes_our_own_check() -> None:
    made = kagent_release.agent("todo", Where())
    assert forbidden_tools({"data": {"agent": {"spec": made["spec"]}}}) == []
    assert made["metadata"]["name"] == "todo-reader"


def test_without_a_key_nothing_is_installed(make_session: MakeSession, calls: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        kagent_release.install(make_session(AI_API_KEY=""))
    assert "AI_API_KEY" in caught.value.why
    assert calls() == []


def test_a_dry_run_prints_what_would_run_and_no_key(
    make_session: MakeSession, calls: Any, printed: Printed
) -> None:
    kagent_release.install(make_session(dry_run=True))
    assert "helm" in str(printed)
    assert "oci://" in str(printed)
    assert KEY not in str(printed)
    assert not [one for one in calls() if "upgrade" in one["argv"] or "apply" in one["argv"]]


@pytest.mark.parametrize(
    ("labels", "removed"),
    [
        ({"app.kubernetes.io/managed-by": "todo-delivery", "app.kubernetes.io/instance": "kagent"}, True),
        ({}, False),
    ],
)
def test_the_namespace_goes_only_where_we_made_it(
    session: Session, calls: Any, programs: Programs, labels: dict[str, str], removed: bool
) -> None:
    programs.write("answer.txt", json.dumps({"metadata": {"labels": labels}}))
    kagent_release.uninstall(session)
    made = [" ".join(one["argv"]) for one in calls()]
    assert any("uninstall kagent " in one for one in made)
    assert any("uninstall kagent-crds" in one for one in made)
    assert any("delete secret kagent-openai" in one for one in made)
    assert any("delete namespace kagent" in one for one in made) is removed
