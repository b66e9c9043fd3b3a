"""Our kubeconfig goes into the user's only when asked, and takes nothing away there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery import cluster
from delivery.cluster.context import context_names, contexts_line
from delivery.cluster.kubeconfig import merged, user_kubeconfig
from delivery.errors import InvalidInput
from tests.unit.cluster.conftest import FakeMinikube, MakeSession


def config(name: str, server: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": {"token": server}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def test_entries_are_added_and_the_current_context_stays() -> None:
    both = merged(config("production", "https://p"), config("trial", "https://t"))
    assert [entry["name"] for entry in both["contexts"]] == ["production", "trial"]
    assert both["current-context"] == "production"


def test_entries_of_the_same_name_are_replaced() -> None:
    renewed = merged(config("trial", "https://old"), config("trial", "https://new"))
    assert renewed["clusters"] == [{"name": "trial", "cluster": {"server": "https://new"}}]
    assert len(renewed["users"]) == 1


def test_an_empty_file_becomes_a_kubeconfig() -> None:
    assert merged({}, config("trial", "https://t"))["current-context"] == "trial"


def test_what_else_is_in_the_file_is_kept() -> None:
    theirs = {**config("production", "https://p"), "preferences": {"colors": True}}
    assert merged(theirs, config("trial", "https://t"))["preferences"] == {"colors": True}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "/home/u/.kube/config"),
        ({"KUBECONFIG": ""}, "/home/u/.kube/config"),
        ({"KUBECONFIG": "/a b/one:/two"}, "/a b/one"),
    ],
)
def test_the_users_file_is_the_one_that_kubectl_writes(environ: dict[str, str], expected: str) -> None:
    assert user_kubeconfig(environ, Path("/home/u")) == Path(expected)


def test_merging_writes_the_users_file_for_the_user_alone(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    cluster.up(make_session(provider="minikube"))
    target = tmp_path / "home/.kube/config"
    target.parent.mkdir(parents=True)
    target.write_text(yaml.safe_dump(config("production", "https://p")))
    cluster.print_kubeconfig(make_session(provider="minikube"), merge=True)
    written = yaml.safe_load(target.read_text())
    assert [entry["name"] for entry in written["contexts"]] == ["production", "trial"]
    assert written["current-context"] == "production"
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["- a list\n", "a: [\n"])
def test_a_file_that_is_no_kubeconfig_is_left_alone(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path, text: str
) -> None:
    cluster.up(make_session(provider="minikube"))
    target = tmp_path / "home/.kube/config"
    target.parent.mkdir(parents=True)
    target.write_text(text)
    with pytest.raises(InvalidInput):
        cluster.print_kubeconfig(make_session(provider="minikube"), merge=True)
    assert target.read_text() == text


def test_the_contexts_there_are_are_listed() -> None:
    names = context_names('{"contexts": [{"name": "b"}, {"name": "a"}]}')
    assert contexts_line(names) == "there are: a, b"
    assert contexts_line(context_names('{"contexts": null}')) == "it has no contexts at all"
