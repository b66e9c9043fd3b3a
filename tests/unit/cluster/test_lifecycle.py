"""Up, down, status and connect, on the fake minikube."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from delivery import cluster
from delivery.cluster.ownership import hold_cluster, ownership_of
from delivery.errors import EnvironmentFault, InvalidInput, TimedOut
from tests.unit.cluster.conftest import FakeMinikube, MakeSession
from tests.unit.conftest import Printed

MINIKUBE = {"provider": "minikube"}


def test_up_makes_a_cluster_and_a_second_up_leaves_it_alone(
    fake: FakeMinikube, make_session: MakeSession
) -> None:
    made = cluster.up(make_session(**MINIKUBE, ports={"web": 32123}))
    assert made.owned
    assert made.address(32123) == "http://127.0.0.1:32123"
    again = cluster.up(make_session(**MINIKUBE))
    assert again == made
    assert len(fake.calls("minikube", "start")) == 1


def test_kubectl_and_helm_name_kubeconfig_and_context(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    made = cluster.up(make_session(**MINIKUBE))
    ours = str(tmp_path / "data/clusters/minikube-trial/kubeconfig")
    kubectl = made.kubectl("get", "pods")
    assert kubectl[1:] == ["--kubeconfig", ours, "--context", "trial", "get", "pods"]
    assert Path(kubectl[0]).is_absolute()


def test_a_pod_that_keeps_crashing_makes_up_fail_though_minikube_ended_with_0(
    fake: FakeMinikube, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.cluster.readiness.CRASH_GRACE_S", 0.5)
    fake.break_it("dns-crash-loops")
    for _ in ("made", "found running"):
        with pytest.raises(EnvironmentFault) as caught:
            cluster.up(make_session(**MINIKUBE))
        assert "kube-system/coredns-66bc5c9577-x: coredns: CrashLoopBackOff, exit code 1" in caught.value.why
    assert len(fake.calls("minikube", "start")) == 1
    fake.break_it()
    assert cluster.up(make_session(**MINIKUBE)).owned


def test_a_cluster_that_does_not_become_ready_in_time_is_told_with_what_was_missing(
    fake: FakeMinikube, make_session: MakeSession
) -> None:
    fake.break_it("dns-crash-loops")
    with pytest.raises(TimedOut) as caught:
        cluster.up(make_session(**MINIKUBE, cluster_s=1.5))
    assert "cluster DNS" in caught.value.why


def test_what_an_interrupted_start_left_is_cleared_away(
    fake: FakeMinikube, make_session: MakeSession, printed: Printed
) -> None:
    fake.break_it("start-hangs")
    session = make_session(**MINIKUBE)
    threading.Timer(1.0, session.door.interrupt).start()
    thread_error: list[BaseException] = []

    def run() -> None:
        try:
            cluster.up(session)
        except BaseException as error:
            thread_error.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert type(thread_error[0]).__name__ == "Interrupted"
    assert ownership_of("minikube", "trial").unfinished()

    fake.break_it()
    made = cluster.up(make_session(**MINIKUBE))
    assert made.owned
    assert len(fake.calls("minikube", "delete")) == 1
    assert "Clear away the half-made minikube cluster trial" in str(printed)


def test_a_failed_start_is_begun_anew_next_time(fake: FakeMinikube, make_session: MakeSession) -> None:
    fake.break_it("start-fails")
    with pytest.raises(EnvironmentFault):
        cluster.up(make_session(**MINIKUBE))
    fake.break_it()
    assert cluster.up(make_session(**MINIKUBE)).owned


def test_a_dry_run_prints_what_would_run_and_makes_nothing(
    fake: FakeMinikube, make_session: MakeSession, printed: Printed, tmp_path: Path
) -> None:
    cluster.up(make_session(**MINIKUBE, dry_run=True))
    assert "would run:" in str(printed)
    assert "start --profile=trial" in str(printed)
    assert not fake.calls("minikube", "start")
    assert not (tmp_path / "data/clusters/minikube-trial").exists()


def test_connect_says_how_to_get_a_cluster(fake: FakeMinikube, make_session: MakeSession) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        cluster.connect(make_session(**MINIKUBE))
    assert "it is absent" in str(caught.value)
    assert "./inv cluster.up" in str(caught.value)


def test_a_lost_kubeconfig_is_written_anew(fake: FakeMinikube, make_session: MakeSession) -> None:
    made = cluster.up(make_session(**MINIKUBE))
    made.kubeconfig.unlink()
    assert cluster.connect(make_session(**MINIKUBE)).kubeconfig.exists()


def test_down_without_a_yes_refuses_and_lists_what_would_go(
    fake: FakeMinikube, make_session: MakeSession, printed: Printed
) -> None:
    cluster.up(make_session(**MINIKUBE))
    with pytest.raises(InvalidInput) as caught:
        cluster.down(make_session(**MINIKUBE))
    assert "--yes" in str(caught.value)
    assert "destroys for good" in str(printed)
    assert cluster.status(make_session(**MINIKUBE)).state == "running"


def test_down_removes_cluster_and_kubeconfig(
    fake: FakeMinikube, make_session: MakeSession, tmp_path: Path
) -> None:
    cluster.up(make_session(**MINIKUBE))
    cluster.down(make_session(**MINIKUBE, yes=True))
    assert cluster.status(make_session(**MINIKUBE)).state == "absent"
    assert not (tmp_path / "data/clusters/minikube-trial").exists()


def test_down_of_nothing_says_so(fake: FakeMinikube, make_session: MakeSession, printed: Printed) -> None:
    cluster.down(make_session(**MINIKUBE))
    assert "there is no minikube cluster trial" in str(printed)


def made_by_somebody_else(fake: FakeMinikube, make_session: MakeSession) -> None:
    cluster.up(make_session(**MINIKUBE))
    ownership_of("minikube", "trial").forget()


def test_a_cluster_of_somebody_else_is_not_removed(fake: FakeMinikube, make_session: MakeSession) -> None:
    made_by_somebody_else(fake, make_session)
    with pytest.raises(InvalidInput) as caught:
        cluster.down(make_session(**MINIKUBE, yes=True))
    assert "was not made by this kit" in str(caught.value)


def test_a_cluster_of_somebody_else_is_changed_only_when_its_context_is_named(
    fake: FakeMinikube, make_session: MakeSession
) -> None:
    made_by_somebody_else(fake, make_session)
    session = make_session(**MINIKUBE)
    found = cluster.up(session)
    assert not found.owned
    with pytest.raises(InvalidInput) as caught:
        cluster.ensure_may_change(session, found)
    assert "--provider minikube --context trial" in str(caught.value)
    named = make_session(**MINIKUBE, context="trial")
    cluster.ensure_may_change(named, cluster.connect(named))


def test_a_stopped_cluster_of_somebody_else_is_not_started_unnamed(
    fake: FakeMinikube, make_session: MakeSession
) -> None:
    made_by_somebody_else(fake, make_session)
    path = fake.folder / "profiles.json"
    path.write_text(path.read_text().replace('"state": "Running"', '"state": "Stopped"'))
    with pytest.raises(InvalidInput):
        cluster.up(make_session(**MINIKUBE))
    assert not cluster.up(make_session(**MINIKUBE, context="trial")).owned


def test_a_profile_that_the_user_made_anew_under_our_name_is_not_ours(
    fake: FakeMinikube, make_session: MakeSession
) -> None:
    assert cluster.up(make_session(**MINIKUBE)).owned
    program = str(fake.folder.parent / "bin" / "minikube")
    for command in ("delete", "start"):
        make_session().door.mutate([program, command, "--profile=trial", "--driver=podman"])
    assert not cluster.status(make_session(**MINIKUBE)).owned
    with pytest.raises(InvalidInput, match="not made by this kit"):
        cluster.down(make_session(**MINIKUBE, yes=True))


def test_a_profile_that_was_stopped_and_started_stays_ours(
    fake: FakeMinikube, make_session: MakeSession
) -> None:
    cluster.up(make_session(**MINIKUBE))
    path = fake.folder / "profiles.json"
    path.write_text(path.read_text().replace('"state": "Running"', '"state": "Stopped"'))
    assert cluster.up(make_session(**MINIKUBE)).owned


@pytest.mark.parametrize("fault", ["node-not-ready", "nodes-are-forbidden"])
def test_of_a_cluster_that_is_not_ours_only_the_api_server_is_asked(
    fake: FakeMinikube, make_session: MakeSession, fault: str
) -> None:
    with_context(fake, make_session)
    fake.break_it(fault)
    session = make_session(provider="context", context="trial")
    assert cluster.connect(session).context == "trial"
    assert cluster.status(session).note == ""


def test_a_foreign_api_server_that_is_not_ready_is_told(
    fake: FakeMinikube, make_session: MakeSession
) -> None:
    with_context(fake, make_session)
    fake.break_it("not-ready")
    with pytest.raises(EnvironmentFault) as caught:
        cluster.connect(make_session(provider="context", context="trial"))
    assert "etcd failed" in caught.value.why


def test_a_node_of_ours_that_is_not_ready_matters(fake: FakeMinikube, make_session: MakeSession) -> None:
    cluster.up(make_session(**MINIKUBE))
    fake.break_it("node-not-ready")
    with pytest.raises(EnvironmentFault) as caught:
        cluster.connect(make_session(**MINIKUBE))
    assert "node trial is not ready" in caught.value.why


def with_context(fake: FakeMinikube, make_session: MakeSession) -> None:
    """A cluster that the user's own kubeconfig leads to."""
    program = str(fake.folder.parent / "bin" / "minikube")
    make_session().door.mutate([program, "start", "--profile=trial", "--driver=podman"])


def test_status_repairs_no_engine_and_leaves_a_good_kubeconfig_alone(
    fake: FakeMinikube, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = cluster.up(make_session(**MINIKUBE))
    before = made.kubeconfig.stat().st_mtime_ns
    allowed: list[bool] = []
    monkeypatch.setattr(
        "delivery.tools.ensure_engine", lambda _session, *, may_repair=True: allowed.append(may_repair)
    )
    cluster.status(make_session(**MINIKUBE, yes=True))
    assert allowed == [False]
    assert made.kubeconfig.stat().st_mtime_ns == before


def test_two_clusters_live_beside_each_other(fake: FakeMinikube, make_session: MakeSession) -> None:
    one = cluster.up(make_session(**MINIKUBE, name="one"))
    two = cluster.up(make_session(**MINIKUBE, name="two"))
    assert one.kubeconfig != two.kubeconfig
    cluster.down(make_session(**MINIKUBE, name="one", yes=True))
    assert cluster.connect(make_session(**MINIKUBE, name="two")) == two


def test_status_as_json_has_nodes_ports_and_kubeconfig(
    fake: FakeMinikube, make_session: MakeSession, printed: Printed
) -> None:
    cluster.up(make_session(**MINIKUBE, ports={"web": 32123}))
    cluster.print_status(make_session(**MINIKUBE, ports={"web": 32123, "api": 32124}), "json")
    told = json.loads(printed.out.getvalue())
    assert told["state"] == "running"
    assert told["nodes"] == [{"name": "trial", "ready": True, "version": "v1.34.4"}]
    assert told["ports"] == {"32123": "http://127.0.0.1:32123", "32124": ""}
    assert told["owned"]


def test_status_as_a_table_names_a_port_that_is_not_published(
    fake: FakeMinikube, make_session: MakeSession, printed: Printed
) -> None:
    cluster.up(make_session(**MINIKUBE, ports={"web": 32123}))
    cluster.print_status(make_session(**MINIKUBE, ports={"api": 32124}), "table")
    assert "32124 → not published" in printed.out.getvalue()


def test_another_output_is_refused(fake: FakeMinikube, make_session: MakeSession) -> None:
    with pytest.raises(InvalidInput):
        cluster.print_status(make_session(**MINIKUBE), "xml")


def test_the_kubeconfig_is_handed_out_as_a_line_for_the_shell(
    fake: FakeMinikube, make_session: MakeSession, printed: Printed
) -> None:
    made = cluster.up(make_session(**MINIKUBE))
    cluster.print_kubeconfig(make_session(**MINIKUBE))
    assert printed.out.getvalue() == f"export KUBECONFIG={made.kubeconfig}\n"


def test_auto_keeps_to_the_provider_in_which_the_cluster_was_made(
    fake: FakeMinikube, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = cluster.up(make_session(provider="auto"))
    assert made.provider == "minikube"
    monkeypatch.setattr("delivery.tools.available", lambda _session, _name: False)
    assert cluster.connect(make_session(provider="auto")).provider == "minikube"


def test_a_second_run_waits_for_the_first(make_session: MakeSession, printed: Printed) -> None:
    entered: list[float] = []

    def second() -> None:
        with hold_cluster(make_session(), "kind", "trial"):
            entered.append(time.monotonic())

    with hold_cluster(make_session(), "kind", "trial"):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.5)
        assert not entered
    thread.join(10)
    assert entered
    assert "another run works on cluster trial; waiting for it" in str(printed)


def test_waiting_for_another_run_ends_with_the_clusters_time(make_session: MakeSession) -> None:
    caught: list[Exception] = []

    def second() -> None:
        try:
            with hold_cluster(make_session(cluster_s=0.2), "kind", "trial"):
                pass
        except EnvironmentFault as fault:
            caught.append(fault)

    with hold_cluster(make_session(), "kind", "trial"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(10)
    assert "for too long" in str(caught[0])
