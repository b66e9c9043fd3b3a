"""Each criterion fails for a reason of its own; what it takes from the running system is typed in here."""

from __future__ import annotations

import http.server
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from delivery.criteria import (
    container_start,
    image_figures,
    sc005_frontend_page,
    sc006_api_docs,
    sc007_journey,
    sc008_persistence,
    sc009_platforms,
    sc010_health_checks,
    sc012_memory,
)
from delivery.criteria.app_client import AppFault
from delivery.criteria.container_start import Start
from delivery.criteria.criterion import MB, Criterion, NotMeasured, Outcome, Proof, Result, State, judge
from delivery.criteria.health_latency import latencies
from delivery.criteria.image_figures import ImageFigures, Layer, emptying_recipe, parse_layers
from delivery.criteria.journey import Journey
from delivery.criteria.log_lines import error_proof, misconfiguration_proof, request_proof, start_proof
from delivery.criteria.memory_usage import reading
from delivery.criteria.platforms import Platform, file_proofs, this_system
from delivery.criteria.subject import Subject
from delivery.settings.budgets import Budgets, ImageBudget

ANY = Criterion("SC-999", "", "", lambda _: Outcome())
BUDGET = ImageBudget(build_s=300, size_mb=500, own_size_mb=150)


def state(outcome: Outcome) -> State:
    return judge(ANY, outcome).state


def reasons(outcome: Outcome) -> str:
    return "; ".join(judge(ANY, outcome).reasons)


# SC-001, SC-002


def figures(seconds: float = 60, size_mb: int = 145, layers_mb: int | None = None) -> ImageFigures:
    layers = (Layer((layers_mb or size_mb) * MB, "COPY . ."),)
    return ImageFigures(seconds, size_mb * MB, layers, "node:20-alpine", 120 * MB)


def test_an_image_within_all_its_budgets_passes() -> None:
    assert state(image_figures.outcome(figures(), BUDGET, cached=False)) is State.PASSED


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (figures(size_mb=700), "size: 700 MB is over 500 MB"),
        (figures(size_mb=160), "size, our own budget: 160 MB is over 150 MB"),
        (figures(seconds=301), "build: 301 s is over 300 s"),
        (figures(size_mb=145, layers_mb=90), "not so: the image is what its layers add up to"),
    ],
)
def test_a_bloated_or_slow_image_fails(made: ImageFigures, reason: str) -> None:
    assert reason in reasons(image_figures.outcome(made, BUDGET, cached=False))


def test_a_build_with_cache_says_so() -> None:
    outcome = image_figures.outcome(figures(), BUDGET, cached=True)
    assert outcome.measurements[0].name == "build, cached"
    assert "--cached" in outcome.method


def test_layers_are_read_from_docker_history() -> None:
    rows = [{"Size": "94000000", "CreatedBy": "COPY  x"}, {"Size": "0", "CreatedBy": "CMD"}]
    text = "\n".join(map(json.dumps, rows))
    assert parse_layers(text) == (Layer(94_000_000, "COPY x"), Layer(0, "CMD"))


def test_a_build_from_nothing_uses_neither_layers_nor_package_caches(
    make_subject: Callable[..., Subject],
) -> None:
    service = make_subject().service("frontend")
    cold = image_figures.build_argv(service, {}, "x:1", "success-criteria-frontend", [])
    warm = image_figures.build_argv(service, {}, "x:1", "", [])
    assert "--no-cache" in cold
    assert "BUILDKIT_CACHE_MOUNT_NS=success-criteria-frontend" in cold
    assert "--no-cache" not in warm
    assert not any("CACHE_MOUNT" in part for part in warm)


def test_the_caches_of_a_dockerfile_are_those_that_are_emptied(make_subject: Callable[..., Subject]) -> None:
    text = make_subject().service("frontend").dockerfile.read_text(encoding="utf-8")
    ids = tuple(dict.fromkeys(image_figures._CACHE_ID.findall(text)))
    assert ids == ("todo-npm", "todo-pnpm-store", "todo-next-cache")
    recipe = emptying_recipe("base:1", ids)
    assert recipe.startswith("FROM base:1\n")
    assert all(f"id={one}," in recipe for one in ids)


# SC-003, SC-004


def starts(*seconds: float, health: str = "", user: str = "1001:1001") -> list[Start]:
    return [Start(one, health, user) for one in seconds]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (starts(2, 2, 11, 2, 2), "ready: 11.0 s is over 10.0 s"),
        (starts(2, health="exit code 1"), "HEALTHCHECK passes (exit code 1)"),
        (starts(2, user=""), "not so: it runs as a user without rights"),
    ],
)
def test_a_slow_or_unwell_container_fails(
    made: list[Start], reason: str, make_subject: Callable[..., Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Subject, "image", lambda *_: "todo-frontend:1")
    outcome = container_start.outcome(make_subject(), "frontend", made, 10.0)
    assert reason in reasons(outcome)
    assert state(container_start.outcome(make_subject(), "frontend", starts(2, 3), 10.0)) is State.PASSED


# SC-005, SC-006


def test_a_page_that_is_slow_or_breaks_fails() -> None:
    seen = sc005_frontend_page._Seen([2.0, 16.0], [0.1], [0.2])
    assert "time to interactive: 16.0 s is over 15.0 s" in reasons(
        sc005_frontend_page._outcome(seen, "x", 15.0)
    )
    seen = sc005_frontend_page._Seen([2.0], [0.1], [0.2], ["GET https://cdn.example/x.js: refused"])
    assert "cdn.example" in reasons(sc005_frontend_page._outcome(seen, "x", 15.0))


def test_documentation_must_come_from_the_app_and_list_operations() -> None:
    good = sc006_api_docs.outcome("x", [1.0], [], 12, 20.0)
    assert state(good) is State.PASSED
    assert "21.0 s" in reasons(sc006_api_docs.outcome("x", [21.0], [], 12, 20.0))
    assert "cdn" in reasons(sc006_api_docs.outcome("x", [1.0], ["GET https://cdn.example/a"], 12, 20.0))
    assert "0 operations" in reasons(sc006_api_docs.outcome("x", [1.0], [], 0, 20.0))


# SC-007, SC-012


def test_a_slow_journey_fails_and_one_without_a_browser_says_so() -> None:
    slow = sc007_journey.outcome(Journey((3.0, 10.4), ("a", "b")), 10.0)
    assert "end to end: 10.4 s is over 10.0 s" in reasons(slow)
    blind = sc007_journey.outcome(Journey((3.0,), ("a",), no_browser="no Chromium"), 10.0)
    assert "without a browser (no Chromium)" in blind.method


def pod(space: str, name: str, size: int) -> dict[str, Any]:
    memory = {"workingSetBytes": size, "time": "2026-11-24T12:00:00Z"}
    return {"podRef": {"namespace": space, "name": name}, "memory": memory}


def summary(**pods: int) -> dict[str, Any]:
    listed = [pod("kube-system", "etcd", 90), *(pod("todo", name, size) for name, size in pods.items())]
    return {"node": {"memory": {"workingSetBytes": 1000}}, "pods": listed}


def test_memory_is_the_highest_sum_over_the_pods_of_the_namespace() -> None:
    small, large = summary(a=400 * MB, b=100 * MB), summary(a=1900 * MB, b=200 * MB)
    readings = (reading([small], "todo"), reading([large], "todo"))
    assert readings[0].pods == {"a": 400 * MB, "b": 100 * MB}
    outcome = sc012_memory.outcome(readings, Budgets().memory_mb)
    assert "all pods of the app: 2100 MB is over 2000 MB" in reasons(outcome)
    assert state(sc012_memory.outcome(readings[:1], 2000)) is State.PASSED


def test_memory_that_the_kubelet_does_not_tell_is_not_measured(
    make_subject: Callable[..., Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sc012_memory, "journey", lambda _: Journey((1.0,), (), no_memory="forbidden"))
    with pytest.raises(NotMeasured, match="memory could not be read"):
        sc012_memory.measure(make_subject())


# SC-008


class Tasks:
    """An app whose storage loses everything at a certain moment, or doesn't."""

    def __init__(self, *, lost: bool) -> None:
        self.titles: list[str] = []
        self.lost = lost

    def tidy(self) -> None:
        self.titles.clear()

    def add_task(self, title: str) -> int:
        self.titles.append(title)
        return 1

    def disturb(self) -> None:
        if self.lost:
            self.titles.clear()

    def tasks(self) -> list[dict[str, Any]]:
        return [{"title": title} for title in self.titles]


@pytest.mark.parametrize("lost", [True, False])
def test_a_lost_volume_fails(
    lost: bool, make_subject: Callable[..., Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sc008_persistence, "ask", lambda _: "")
    app = Tasks(lost=lost)
    seconds, kept = sc008_persistence.survived(make_subject(), app, app.disturb)  # type: ignore[arg-type]
    assert kept is not lost
    assert seconds < 5


def test_a_slow_recovery_fails(make_subject: Callable[..., Subject]) -> None:
    figure = sc008_persistence._figure(make_subject(), "pod of backend deleted", 61.0)
    assert "61.0 s is over 60.0 s" in reasons(Outcome((figure,)))
    assert sc008_persistence._figure(make_subject(), "node restarted", 600.0).limit is None


# SC-009

THIS = Platform("linux", "Debian 12", "amd64", "26.1", "amd64", "kind", "containerd 1.7", "v1.34")
WANTED = ("linux", "macos", "wsl2")


def result(id_: str, of: State = State.PASSED) -> Result:
    return Result(id_, "", "", of)


def other(system: str, verdict: str = "passed") -> dict[str, Any]:
    criteria = [{"id": "SC-003", "state": "passed" if verdict == "passed" else "failed"}]
    return {"platform": {"system": system}, "verdict": verdict, "runId": "r", "criteria": criteria}


def platform_outcome(ran: list[Result], *merged: dict[str, Any]) -> Outcome:
    return Outcome(proofs=sc009_platforms.platform_proofs(THIS, ran, merged, WANTED))


def test_this_platform_is_shown_by_the_other_criteria_and_the_rest_is_told() -> None:
    outcome = platform_outcome([result("SC-001"), result("SC-002")])
    assert state(outcome) is State.PASSED
    told = [proof.statement for proof in outcome.proofs if proof.told]
    assert told == ["macos: shown", "wsl2: shown"]


def test_reports_of_other_platforms_count() -> None:
    outcome = platform_outcome([result("SC-001")], other("macos"), other("wsl2"))
    assert not any(proof.told for proof in outcome.proofs)
    assert state(outcome) is State.PASSED
    assert "macos: its report passes (SC-003 failed)" in reasons(
        platform_outcome([result("SC-001")], other("macos", "failed"))
    )


def test_a_platform_on_which_something_failed_fails() -> None:
    assert "SC-007 failed" in reasons(platform_outcome([result("SC-001"), result("SC-007", State.FAILED)]))


def test_nothing_but_this_criterion_shows_no_platform() -> None:
    with pytest.raises(NotMeasured):
        platform_outcome([])


@pytest.mark.parametrize(
    ("files", "executable", "said"),
    [
        ({"run.sh": b"#!/bin/sh\r\necho\r\n"}, ["run.sh"], "run.sh"),
        ({"Dockerfile.web": b"FROM x\r\n"}, [], "Dockerfile.web"),
        ({"a:b.txt": b""}, [], "a:b.txt"),
        ({"src/con.py": b""}, [], "src/con.py"),
        ({"README.md": b"", "readme.md": b""}, [], "README.md = readme.md"),
        ({"inv": b"#!/bin/sh\n"}, [], "inv"),
    ],
)
def test_files_that_break_on_another_platform_are_named(
    files: dict[str, bytes], executable: list[str], said: str
) -> None:
    bad = [proof for proof in file_proofs(files, executable) if not proof.holds]
    assert len(bad) == 1
    assert said in bad[0].seen


@pytest.mark.parametrize(
    ("system", "release", "name"),
    [
        ("Linux", "6.1.0-18-amd64", "linux"), ("Linux", "5.15.153.1-microsoft-standard-WSL2", "wsl2"),
        ("Darwin", "24.1.0", "macos"), ("Windows", "11", "windows"),
    ],
)  # fmt: skip
def test_the_platform_is_known_by_its_kernel(system: str, release: str, name: str) -> None:
    import platform

    uname = platform.uname()._replace(system=system, release=release)
    assert this_system(uname) == name


# SC-010


class Slow(http.server.BaseHTTPRequestHandler):
    """A health route that is slow, or ill."""

    delay_s, status = 0.0, 200

    def do_GET(self) -> None:
        time.sleep(self.delay_s)
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(sc010_health_checks, "REQUESTS", 5)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


WORKLOAD = {
    "spec": {"template": {"spec": {"containers": [{"livenessProbe": {"httpGet": {"path": "/api/health"}}}]}}}
}


def health(server: str, make_subject: Callable[..., Subject]) -> Outcome:
    where = {"frontend": server, "backend": server}
    return sc010_health_checks.measure(make_subject({"get deployment": json.dumps(WORKLOAD)}, where))


def test_quick_health_routes_pass(server: str, make_subject: Callable[..., Subject]) -> None:
    outcome = health(server, make_subject)
    assert state(outcome) is State.PASSED
    assert len(outcome.measurements[0].samples) == 5


def test_a_slow_health_route_fails(
    server: str, make_subject: Callable[..., Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slow, "delay_s", 1.05)
    assert re.search(r"frontend slowest: \d\.\d s is over 1\.0 s", reasons(health(server, make_subject)))


def test_an_ill_health_route_is_a_fault_of_the_app(
    server: str, make_subject: Callable[..., Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slow, "status", 503)
    with pytest.raises(AppFault, match="HTTP 503"):
        health(server, make_subject)


def test_no_answer_is_a_fault_of_the_app(make_subject: Callable[..., Subject]) -> None:
    with pytest.raises(AppFault, match="no answer"):
        latencies("http://127.0.0.1:1", "/api/health", 1)


# SC-011

REQUEST = {
    "level": "info",
    "method": "GET",
    "path": "/x",
    "status": 200,
    "duration_ms": 1.2,
    "request_id": "r-1",
}
REFUSED = {
    "level": "warning",
    "event": "token refused",
    "reason": "no token",
    "request_id": "r-1",
    "logger": "auth",
}
BAD = {"level": "error", "event": "bad setting", "variable": "DATABASE_URL", "problem": "is no address"}


def without(entry: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != key}


def lines(*entries: object) -> str:
    return "\n".join(one if isinstance(one, str) else json.dumps(one) for one in entries)


@pytest.mark.parametrize(
    ("proof", "holds"),
    [
        (start_proof("backend", lines("Uvicorn running on :8000")), True),
        (start_proof("frontend", lines("▲ Next.js", "✓ Ready in 0ms")), True),
        (start_proof("backend", ""), False),
        (start_proof("backend", lines("hello")), False),
        (request_proof("backend", lines("noise", REQUEST), "r-1"), True),
        (request_proof("backend", lines(REQUEST), "r-2"), False),
        (request_proof("backend", lines({**REQUEST, "request_id": None}), "r-1"), False),
        (request_proof("backend", lines(without(REQUEST, "duration_ms")), "r-1"), False),
        (error_proof("backend", lines(REFUSED), "r-1"), True),
        (error_proof("backend", lines({**REFUSED, "level": "info"}), "r-1"), False),
        (error_proof("backend", lines({"level": "error", "request_id": "r-1"}), "r-1"), False),
        (error_proof("backend", lines(without(REFUSED, "request_id")), "r-1"), False),
        (misconfiguration_proof("backend", "DATABASE_URL", lines(BAD)), True),
        (misconfiguration_proof("backend", "JWKS_URL", lines(BAD)), False),
        (misconfiguration_proof("backend", "DATABASE_URL", lines({**BAD, "level": "info"})), False),
        (misconfiguration_proof("backend", "DATABASE_URL", "Traceback: KeyError"), False),
    ],
)  # fmt: skip
def test_a_silent_log_fails(proof: Proof, holds: bool) -> None:
    assert proof.holds is holds
