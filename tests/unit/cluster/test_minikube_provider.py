"""The minikube provider against a minikube that fails in the ways the real one does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from delivery.cluster.minikube import MinikubeProvider
from delivery.cluster.ports import any_free
from delivery.cluster.provider import ClusterState, HostPort
from delivery.console import Step
from delivery.errors import EnvironmentFault
from delivery.session import Session
from delivery.settings import Minikube
from tests.unit.cluster.conftest import FakeMinikube, MakeSession
from tests.unit.conftest import Printed

NEW_ID, OLD_ID = "sha256:" + "a" * 64, "sha256:" + "b" * 64
IMAGE = "app-web:phase4-1"


def started(session: Session, tmp_path: Path) -> MinikubeProvider:
    provider = MinikubeProvider(session, "trial")
    provider.create(tmp_path / "kubeconfig", Step("start"))
    return provider


def test_a_profile_that_is_not_there_is_absent(fake: FakeMinikube, make_session: MakeSession) -> None:
    assert MinikubeProvider(make_session(), "trial").look().state is ClusterState.ABSENT


def test_without_minikube_there_are_no_profiles_and_nothing_is_installed(
    make_session: MakeSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert MinikubeProvider(make_session(), "trial").look().state is ClusterState.ABSENT
    assert not (tmp_path / "cache" / "tools").exists()


def test_a_started_profile_runs_with_its_ports_published(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path, taken: int
) -> None:
    free = any_free()
    seen = started(make_session(ports={"web": free, "api": taken}), tmp_path).look()
    assert seen.state is ClusterState.RUNNING
    assert seen.nodes == ("trial",)
    assert seen.published[free] == HostPort("127.0.0.1", free)
    assert seen.published[taken].port != taken


def test_a_port_that_moved_and_a_size_that_shrank_are_told(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path, printed: Printed, taken: int
) -> None:
    started(make_session(ports={"web": taken}, cpus=64), tmp_path)
    assert f"{taken} is taken on this machine, " in str(printed)
    assert "asked for 64 CPUs and 8192 MB; this machine has 8" in str(printed)


def test_the_users_kubeconfig_is_left_alone(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    started(make_session(), tmp_path)
    assert not (tmp_path / "home" / ".kube").exists()
    ours = tmp_path / "kubeconfig"
    assert json.loads(ours.read_text())["current-context"] == "trial"
    assert ours.stat().st_mode & 0o777 == 0o600


def test_a_failed_start_is_told_in_minikubes_own_words(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    fake.break_it("start-fails")
    with pytest.raises(EnvironmentFault) as caught:
        started(make_session(), tmp_path)
    assert "exit code 80" in caught.value.what
    assert caught.value.why.startswith("GUEST_PROVISION: error provisioning guest")
    assert "│" not in caught.value.why


def test_a_stopped_profile_is_started_without_size_and_ports(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    session = make_session(ports={"web": 30000}, minikube=Minikube(start_arguments=("--preload=false",)))
    provider = started(session, tmp_path)
    profiles = json.loads((fake.folder / "profiles.json").read_text())
    profiles["trial"]["state"] = "Stopped"
    (fake.folder / "profiles.json").write_text(json.dumps(profiles))
    assert provider.look().state is ClusterState.STOPPED
    provider.start(tmp_path / "kubeconfig", Step("start"))
    last = fake.calls("minikube", "start")[-1]
    assert not [a for a in last if a.startswith(("--cpus", "--memory", "--ports", "--kubernetes-version"))]
    assert "--preload=false" in last
    assert provider.look().state is ClusterState.RUNNING


def test_a_loaded_image_is_read_back_by_its_id(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    provider = started(make_session(), tmp_path)
    fake.engine_has(IMAGE, NEW_ID)
    assert provider.node_image_ids(IMAGE) == {"trial": ""}
    provider.load_image(IMAGE)
    assert provider.node_image_ids(IMAGE) == {"trial": NEW_ID}


def test_runtime_docker_is_read_back_as_well(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    provider = started(make_session(minikube=Minikube(runtime="docker")), tmp_path)
    fake.engine_has(IMAGE, NEW_ID)
    provider.load_image(IMAGE)
    assert provider.node_image_ids(IMAGE) == {"trial": NEW_ID}


def test_loading_an_image_that_is_not_there_ends_with_0_and_is_seen_all_the_same(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path, printed: Printed
) -> None:
    provider = started(make_session(), tmp_path)
    provider.load_image("app-web:nope")
    assert provider.node_image_ids("app-web:nope") == {"trial": ""}
    assert "'app-web:nope' was not found" in str(printed)


def test_an_old_image_under_the_same_tag_is_told_from_the_new_one(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    provider = started(make_session(), tmp_path)
    fake.engine_has(IMAGE, OLD_ID)
    provider.load_image(IMAGE)
    fake.engine_has(IMAGE, NEW_ID)
    fake.break_it("load-keeps-old")
    provider.load_image(IMAGE)
    assert provider.node_image_ids(IMAGE) == {"trial": OLD_ID}


def test_each_of_several_nodes_is_read_back(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    provider = started(make_session(minikube=Minikube(start_arguments=("--nodes=2",))), tmp_path)
    fake.engine_has(IMAGE, NEW_ID)
    fake.break_it("load-reaches-first-node-only")
    provider.load_image(IMAGE)
    assert provider.node_image_ids(IMAGE) == {"trial": NEW_ID, "trial-m02": ""}


def test_a_removed_image_is_gone_from_nodes_and_from_minikubes_cache(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    provider = started(make_session(), tmp_path)
    fake.engine_has(IMAGE, NEW_ID)
    provider.load_image(IMAGE)
    copy = tmp_path / "home/.minikube/cache/images/amd64/app-web_phase4-1"
    copy.parent.mkdir(parents=True)
    copy.touch()
    provider.remove_image(IMAGE)
    assert provider.node_image_ids(IMAGE) == {"trial": ""}
    assert not copy.exists()


@pytest.mark.parametrize(
    ("driver", "published", "expected"),
    [
        ("kvm2", (), "192.168.49.2"),
        ("docker", ("--ports=127.0.0.1:31000:30000",), ""),
        ("docker", (), "192.168.49.2" if sys.platform == "linux" else ""),
    ],
)
def test_a_machines_own_address_serves_where_this_one_reaches_it(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path, driver: str, published: tuple[str, ...],
    expected: str,
) -> None:  # fmt: skip
    chosen = Minikube(driver=driver, start_arguments=published)
    assert started(make_session(minikube=chosen), tmp_path).look().direct_address == expected
