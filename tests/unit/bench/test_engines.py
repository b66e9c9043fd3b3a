"""How the engines are called and timed."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from delivery.bench.engines import ENGINES, Told
from delivery.bench.lines import Heard
from delivery.bench.scenarios import NEW, OLD, read_scenarios
from delivery.bench.trial import Trial
from delivery.cluster import Cluster
from delivery.command import Door
from delivery.console import Console
from delivery.errors import EnvironmentFault
from delivery.image import Image
from delivery.session import Session
from delivery.settings import Settings
from delivery.settings.model import ClusterSettings, Timeouts

HELM = """\
#!{python} -ISE
import json, pathlib, sys, time
script = json.loads(pathlib.Path({script!r}).read_text())
pathlib.Path({script!r}).with_name("argv").write_text(json.dumps(sys.argv[1:]))
pathlib.Path({script!r}).with_name("stdin").write_text(sys.stdin.read())
for after_s, line in script["says"]:
    time.sleep(after_s)
    print(line, file=sys.stderr, flush=True)
sys.exit(script["code"])
"""


class FakeHelm:
    """A helm that says lines on stderr at given seconds and ends with a code."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.program = folder, folder / "helm"
        self.program.write_text(HELM.format(python=sys.executable, script=str(folder / "script")))
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)

    def helm(self, *arguments: str) -> list[str]:
        return [str(self.program), *arguments]

    def does(self, code: int, *says: tuple[float, str]) -> None:
        (self.folder / "script").write_text(json.dumps({"code": code, "says": says}))

    def argv(self) -> list[str]:
        return list(json.loads((self.folder / "argv").read_text()))

    def stdin(self) -> Any:
        return json.loads((self.folder / "stdin").read_text())


@pytest.fixture
def helm(tmp_path: Path) -> FakeHelm:
    return FakeHelm(tmp_path)


@pytest.fixture
def trial(helm: FakeHelm, console: Console, door: Door) -> Callable[[str], Trial]:
    def make(name: str, **fields: Any) -> Trial:
        session = Session(Settings("todo", ClusterSettings(), {}, Timeouts(), "p", 3, {}), console, door)
        (fault,) = read_scenarios().chosen([name])
        image = Image("backend", "todo-backend", "phase4-1", "sha256:1")
        return Trial(session, cast(Cluster, helm), fault, image, f"bench-{name}", **fields)

    return make


@pytest.mark.parametrize(
    ("engine", "flag"), [("helm-rollback", "--rollback-on-failure"), ("helm-wait", "--wait")]
)
def test_helm_is_called_as_a_person_would(
    helm: FakeHelm, trial: Callable[..., Trial], engine: str, flag: str
) -> None:
    helm.does(0)
    told = ENGINES[engine].upgrade(trial("image-not-found"))
    argv = helm.argv()
    assert argv[:2] == ["upgrade", "bench-image-not-found"]
    assert argv[argv.index("--namespace") + 1] == "bench-image-not-found"
    assert argv[-3:] == [flag, "--timeout", "300s"]
    assert helm.stdin()["image"] == {"repository": "todo-backend", "tag": "never-built"}
    assert helm.stdin()["version"] == NEW
    assert (told.ready, told.words) == (True, "")


def test_the_first_revision_is_well_whatever_the_fault(helm: FakeHelm, trial: Callable[..., Trial]) -> None:
    helm.does(0)
    ENGINES["helm-wait"].install(trial("image-not-found"))
    assert helm.stdin()["image"] == {"repository": "todo-backend", "tag": "phase4-1"}
    assert helm.stdin()["version"] == OLD


def test_helms_verdict_is_when_it_says_so_and_its_end_when_it_has_gone_back(
    helm: FakeHelm, trial: Callable[..., Trial]
) -> None:
    helm.does(
        1, (0.1, 'level=WARN msg="upgrade failed" name=x'), (1.0, "Error: release x failed, and has been")
    )
    told: Told = ENGINES["helm-rollback"].upgrade(trial("crash-loop"))
    assert not told.ready
    assert told.words.startswith("Error: release x failed")
    assert 0.9 < told.total_s - told.verdict_s < 3


def test_a_helm_that_did_not_judge_is_no_verdict(helm: FakeHelm, trial: Callable[..., Trial]) -> None:
    helm.does(127, (0.0, "no such file"))
    with pytest.raises(EnvironmentFault, match="exit code 127"):
        ENGINES["helm-wait"].upgrade(trial("crash-loop"))


def test_an_image_that_comes_late_is_that_of_the_upgrade_alone(trial: Callable[..., Trial]) -> None:
    one = trial("image-late", late_image="localhost:5999/todo-backend:phase4-1")
    assert one.values(NEW)["image"] == {"repository": "localhost:5999/todo-backend", "tag": "phase4-1"}
    assert "image" not in one.values(OLD)


def test_lines_are_heard_with_their_seconds() -> None:
    heard = Heard()
    heard.write("✓ Image is up to date\n✗ Release x  (6.1 s)\n")
    assert heard.first_s("^✗ Release") is not None
    assert heard.first_s("^✓ Release") is None
    assert not heard.isatty()
