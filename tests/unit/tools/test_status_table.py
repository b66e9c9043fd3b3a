"""`tools.status` and `tools.install`: the table, its JSON, and which tools a deploy needs."""

from __future__ import annotations

import json

import pytest

from delivery import tools
from delivery.errors import InvalidInput
from delivery.session import Session
from delivery.settings.flags import split_names
from delivery.tools import locate, request
from tests.unit.tools.conftest import FakeProgram, MakeSession


def test_the_table_has_aligned_columns_and_a_word_on_what_does_not_fit(
    session: Session, program: FakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("helm", "echo v4.1.4")
    old = program("kubectl", """echo '{"clientVersion": {"gitVersion": "v1.20.0"}}'""")
    lines = tools.rendered(tools.status(session), "table").splitlines()
    columns = {name: lines[0].index(name) for name in ("NEEDED", "WANTED", "FOUND", "FROM", "PATH")}
    helm = next(line for line in lines if line.startswith("helm "))
    assert helm[columns["WANTED"] :].startswith("4.1.4 (>=4.1,<5)")
    assert helm[columns["FOUND"] :].startswith("4.1.4 ")
    assert helm[columns["FROM"] :].startswith("on PATH")
    assert (
        f"kubectl: {old} is 1.20.0, which does not fit; `./inv tools.install --names kubectl` installs it"
        in lines
    )


def test_the_same_is_there_as_json(session: Session, program: FakeProgram) -> None:
    helm = program("helm", "echo v4.1.4")
    rows = {row["name"]: row for row in json.loads(tools.rendered(tools.status(session), "json"))}
    assert {"docker", "docker engine", "buildx", "minikube", "kind", "kubectl", "helm"} <= set(rows)
    assert rows["helm"] == {
        "name": "helm", "wanted": "4.1.4", "accepts": ">=4.1,<5", "found": "4.1.4", "path": str(helm),
        "source": "on PATH", "need": "required", "fits": True, "note": "",
    }  # fmt: skip
    assert not rows["kind"]["fits"]
    assert rows["kagent"]["need"] == "optional"


def test_another_form_of_output_is_bad_input(session: Session) -> None:
    with pytest.raises(InvalidInput, match="'xml' is not known"):
        tools.rendered((), "xml")


@pytest.mark.parametrize(
    ("provider", "minikube_can_be_had", "wanted"),
    [
        ("kind", True, {"helm", "kubectl", "kind"}),
        ("minikube", False, {"helm", "kubectl", "minikube"}),
        ("context", True, {"helm", "kubectl"}),
        ("auto", True, {"helm", "kubectl", "minikube"}),
        ("auto", False, {"helm", "kubectl", "kind"}),
    ],
)
def test_a_deploy_needs_the_tools_of_its_provider(
    provider: str, minikube_can_be_had: bool, wanted: set[str], make_session: MakeSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(locate, "available", lambda *_: minikube_can_be_had)
    assert set(request.needed(make_session(provider=provider))) == wanted


def test_named_tools_that_are_there_are_shown_and_nothing_is_installed(
    session: Session, program: FakeProgram
) -> None:
    helm = program("helm", "echo v4.1.4")
    ((name, found),) = tools.install(session, split_names("helm"))
    assert (name, str(found.path), found.source) == ("helm", str(helm), "on PATH")


def test_a_misspelt_name_is_found_before_anything_is_installed(session: Session) -> None:
    with pytest.raises(InvalidInput, match="kubctl"):
        tools.install(session, split_names("helm, kubctl"))
