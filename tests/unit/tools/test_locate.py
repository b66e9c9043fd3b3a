"""A tool is taken from PATH where it fits, else from the cache, else installed; asked once a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from delivery import tools
from delivery.errors import InvalidInput, ToolMissing
from delivery.session import Session
from delivery.tools import hosts, locate
from delivery.tools.catalogue import HELM
from delivery.tools.installer import MANIFEST, tool_dir
from tests.unit.conftest import Printed
from tests.unit.tools.conftest import FakeProgram, MakeSession


def test_a_fitting_program_on_path_is_taken_and_asked_once_a_run(
    session: Session, program: FakeProgram, calls: Callable[[], list[str]]
) -> None:
    helm = program("helm", "echo v4.1.9")
    assert tools.path(session, "helm") == str(helm)
    assert tools.path(session, "helm") == str(helm)
    assert calls() == ["helm version --template {{.Version}}"]


def test_a_program_that_does_not_fit_is_passed_over_for_a_later_one(
    session: Session, program: FakeProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("helm", "echo v3.19.0")
    good = program("helm", "echo v4.1.4", folder="later")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{tmp_path / 'later'}")
    assert tools.path(session, "helm") == str(good)
    assert locate.look_on_path(session, HELM)[1] == (
        f"{tmp_path / 'bin' / 'helm'} is 3.19.0, which does not fit",
    )


BROKEN = {
    "fails": "echo v4.1.4 >&2; exit 3",
    "prints rubbish": "echo hello",
    "prints nothing": "",
    "prints what is no text": r"printf '\377\376'",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_broken_program_on_path_does_not_count(body: str, session: Session, program: FakeProgram) -> None:
    program("helm", body)
    assert locate.find(session, HELM) is None


def test_a_file_that_the_system_can_not_run_does_not_count(session: Session, program: FakeProgram) -> None:
    program("helm").write_bytes(b"\x7fELF of another machine")
    assert locate.find(session, HELM) is None


def test_a_hanging_program_on_path_does_not_count(
    session: Session, program: FakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.tools.versions.ASK_S", 0.2)
    program("helm", "exec /bin/sleep 60")
    assert locate.find(session, HELM) is None


def put_in_cache(version: str) -> Path:
    folder = tool_dir(HELM) / version
    folder.mkdir(parents=True)
    (folder / "helm").write_text("#!/bin/sh\n")
    (folder / "helm").chmod(0o755)
    (folder / MANIFEST).write_text(json.dumps({"version": version, "source": "official release"}))
    return folder / "helm"


def test_the_cache_serves_where_path_does_not(session: Session, program: FakeProgram) -> None:
    program("helm", "echo v3.19.0")
    cached = put_in_cache(HELM.wanted)
    assert tools.path(session, "helm") == str(cached)


def test_a_program_on_path_is_preferred_to_the_cache(session: Session, program: FakeProgram) -> None:
    put_in_cache(HELM.wanted)
    helm = program("helm", "echo v4.1.4")
    assert tools.path(session, "helm") == str(helm)


def test_a_dry_run_installs_nothing_and_says_what_it_would(
    make_session: MakeSession, tmp_path: Path, printed: Printed
) -> None:
    path = tools.path(make_session(dry_run=True), "helm")
    assert path == str(tool_dir(HELM) / HELM.wanted / "helm")
    assert not (tmp_path / "cache").exists()
    assert "would run: ./inv tools.install --names helm" in str(printed)


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that no host answers."""
    monkeypatch.setattr(hosts, "why_not", lambda *_, **__: "it can't be reached")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)


def test_minikube_is_not_available_where_its_release_is_not(session: Session, cut_off: None) -> None:
    assert not tools.available(session, "minikube")
    with pytest.raises(ToolMissing) as caught:
        tools.path(session, "minikube")
    assert "official release: it can't be reached" in caught.value.why


def test_minikube_is_available_where_it_is_installed(
    session: Session, cut_off: None, program: FakeProgram
) -> None:
    program("minikube", """echo '{"minikubeVersion":"v1.38.1"}'""")
    assert tools.available(session, "minikube")


def test_kind_is_available_where_there_is_a_go_toolchain(
    session: Session, cut_off: None, program: FakeProgram
) -> None:
    assert not tools.available(session, "kind")
    program("go", "echo go version go1.26.8 linux/amd64")
    assert tools.available(session, "kind")


def test_availability_of_an_unknown_tool_is_no_and_its_path_an_error(session: Session) -> None:
    assert not tools.available(session, "kubctl")
    with pytest.raises(InvalidInput):
        tools.path(session, "kubctl")
