"""Which provider serves, and what the handle to its cluster says."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery import cluster
from delivery.cluster.handle import Cluster
from delivery.cluster.ownership import ownership_of
from delivery.cluster.provider import ClusterState, HostPort, Seen
from delivery.cluster.provider_choice import PROVIDERS, choose_provider
from delivery.errors import InvalidInput
from delivery.session import Session
from tests.unit.cluster.conftest import MakeSession


def handle(session: Session, seen: Seen, *, owned: bool = True, provider: str = "kind") -> Cluster:
    return Cluster(
        name="trial", provider=provider, context="kind-trial", kubeconfig=Path("/a b/kubeconfig"),
        owned=owned, seen=seen, _session=session, _provider=PROVIDERS[provider](session, "trial"),
    )  # fmt: skip


@pytest.mark.parametrize(("had", "expected"), [(True, "minikube"), (False, "kind")])
def test_auto_takes_minikube_where_it_can_be_had(
    make_session: MakeSession, monkeypatch: pytest.MonkeyPatch, had: bool, expected: str
) -> None:
    monkeypatch.setattr("delivery.tools.available", lambda _session, _name: had)
    assert choose_provider(make_session(provider="auto")).name == expected


@pytest.mark.parametrize("named", ["kind", "minikube", "context"])
def test_a_named_provider_is_taken(make_session: MakeSession, named: str) -> None:
    assert choose_provider(make_session(provider=named)).name == named


def test_a_creation_that_was_interrupted_goes_on_where_it_began(
    make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.tools.available", lambda _session, _name: True)
    ownership_of("kind", "trial").begin()
    assert choose_provider(make_session(provider="auto")).name == "kind"


def test_a_record_fits_only_the_cluster_that_was_made() -> None:
    ownership = ownership_of("kind", "trial")
    assert not ownership.fits("one")
    ownership.begin()
    assert ownership.fits("anything that the creation left")
    ownership.complete("one")
    assert ownership.fits("one")
    assert not ownership.fits("another of the same name")
    ownership.forget()
    assert not ownership.exists()


def test_a_damaged_record_counts_as_none() -> None:
    ownership = ownership_of("kind", "trial")
    ownership.begin()
    (ownership.folder / "record.json").write_text("{")
    assert not ownership.exists()


def test_a_context_with_slashes_has_one_folder() -> None:
    folder = ownership_of("context", "arn:aws:eks:eu-1:12:cluster/shop").folder
    assert folder.name == "context-arn_aws_eks_eu-1_12_cluster_shop"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (
            Seen(ClusterState.RUNNING, published={30000: HostPort("127.0.0.1", 30100)}),
            "http://127.0.0.1:30100",
        ),
        (Seen(ClusterState.RUNNING, published={30000: HostPort("0.0.0.0", 30000)}), "http://127.0.0.1:30000"),
        (Seen(ClusterState.RUNNING, direct_address="192.168.39.7"), "http://192.168.39.7:30000"),
        (Seen(ClusterState.RUNNING), None),
    ],
)
def test_a_node_port_has_the_address_at_which_it_is_reached(
    make_session: MakeSession, seen: Seen, expected: str | None
) -> None:
    assert handle(make_session(), seen).address(30000) == expected


def test_helm_and_kubectl_never_use_the_current_context(
    make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.tools.path", lambda _session, name: f"/bin/{name}")
    found = handle(make_session(), Seen(ClusterState.RUNNING))
    common = ["--kubeconfig", "/a b/kubeconfig"]
    assert found.helm("list") == ["/bin/helm", *common, "--kube-context", "kind-trial", "list"]
    assert found.kubectl("get", "pods") == ["/bin/kubectl", *common, "--context", "kind-trial", "get", "pods"]


def test_our_own_cluster_may_be_changed(make_session: MakeSession) -> None:
    session = make_session()
    cluster.ensure_may_change(session, handle(session, Seen(ClusterState.RUNNING)))


def test_another_context_may_be_changed_only_when_it_is_the_one_named(make_session: MakeSession) -> None:
    foreign = Seen(ClusterState.RUNNING)
    with pytest.raises(InvalidInput):
        session = make_session(context="production")
        cluster.ensure_may_change(session, handle(session, foreign, owned=False))
    named = make_session(context="kind-trial")
    cluster.ensure_may_change(named, handle(named, foreign, owned=False))
