"""Compiling with Go: the call, what an interrupted run leaves for the next one, what is said meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery import tools
from delivery.console import Step
from delivery.errors import CommandFailed
from delivery.packages.cache import Cache
from delivery.packages.golang import GoBuild, ensure_binaries, left_s
from delivery.packages.progress import Report, remaining_s
from delivery.session import Session

FAKE_GO = """\
#!/bin/sh
[ "$1" = version ] && echo go version go1.26.6 linux/amd64 && exit
echo "$@" >> "$LOG"
env | grep -E '^(GOCACHE|GOMODCACHE|CGO_ENABLED|GOTOOLCHAIN)=' | sort >> "$LOG"
echo 'go: downloading example.com/one v1.0.0' >&2
echo example.com/one >&2
[ -e "$FAIL" ] && exit 1
echo example.com/two >&2
while [ $# -gt 0 ]; do [ "$1" = -o ] && echo program > "$2/program"; shift; done
exit 0
"""


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GoBuild:
    go = tmp_path / "go"
    go.write_text(FAKE_GO)
    go.chmod(0o755)
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setenv("FAIL", str(tmp_path / "fail"))
    monkeypatch.setattr(tools, "path", lambda *_: str(go))
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "go.mod").write_text("module x\n")
    return GoBuild("thing", tmp_path / "module", ("./cmd/program",), "-s -w", 100.0, 1.0, 4)


@pytest.fixture
def report() -> Report:
    return Report(Step("title", 100.0), "1 of 2", 10.0)


def test_programs_are_built_with_a_private_cache_that_goes_afterwards(
    session: Session, cache: Cache, build: GoBuild, report: Report, tmp_path: Path
) -> None:
    folder = ensure_binaries(session, cache, build, report)
    assert (folder / "program").read_text() == "program\n"
    assert "go1.26.6" in (folder / "go.version").read_text()
    said = (tmp_path / "log").read_text()
    assert "build -mod=readonly -trimpath -v -ldflags -s -w -o" in said and "./cmd/program" in said
    assert f"GOCACHE={cache.root}/work/thing/go-build" in said and "CGO_ENABLED=0" in said
    assert not (cache.root / "work" / "thing").exists()
    assert report.step.now == "1 of 2, compiling thing, 2 of about 4 packages"


def test_a_failed_compile_publishes_nothing_and_keeps_what_it_has(
    session: Session, cache: Cache, build: GoBuild, report: Report, tmp_path: Path
) -> None:
    (tmp_path / "fail").touch()
    with pytest.raises(CommandFailed):
        ensure_binaries(session, cache, build, report)
    assert not cache.has("go-thing", build.key())
    assert (cache.root / "work" / "thing").is_dir()
    assert left_s(build, cache) == pytest.approx(75.0), "one of four packages is done"
    (tmp_path / "fail").unlink()
    ensure_binaries(session, cache, build, report)
    assert "2 of about 4" in report.step.now, "what was compiled before counts once"


@pytest.mark.parametrize(
    ("expected_s", "took_s", "done", "left"),
    [
        (100.0, 0.0, 0.0, 100.0),
        (100.0, 30.0, 0.0, 70.0),
        (100.0, 25.0, 0.5, 50.0),  # a fast machine: the measured time is the floor
        (100.0, 200.0, 0.5, 200.0),  # a slow one: twice as long again
        (100.0, 5.0, 0.01, 99.0),  # too early to judge
        (100.0, 120.0, 1.2, 0.0),
    ],
)
def test_what_is_left_follows_the_pace(expected_s: float, took_s: float, done: float, left: float) -> None:
    assert remaining_s(expected_s, took_s, done) == pytest.approx(left)


def test_the_step_counts_what_comes_after_this_part(report: Report) -> None:
    report.left(20.0)
    assert report.step.expected_s == pytest.approx(report.step.took_s() + 30.0, abs=0.1)
