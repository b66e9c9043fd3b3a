"""Stand-ins for base images: recipes that hold together, and what becomes of a broken one."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from delivery import paths, tools
from delivery.errors import EnvironmentFault, InvalidInput
from delivery.packages.rootfs import mmdebstrap_argv
from delivery.packages.stand_ins import ensure_stand_in, load_recipe, stand_in_for
from delivery.session import Session
from delivery.tools.apt_sources import AptSource
from delivery.tools.package_registries import check_integrity
from tests.unit.conftest import Printed

BASE = paths.project_file("packages/base")
VERSIONS = [
    (path.parent.name, version)
    for path in sorted(BASE.glob("*/image.json"))
    for version in json.loads(path.read_text())["versions"]
]


def test_there_is_a_stand_in_for_every_base_image_that_the_plan_names() -> None:
    assert {("node", "20"), ("node", "24"), ("python", "3.13"), ("postgres", "17")} <= set(VERSIONS)


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_a_recipe_names_packages_proofs_and_scripts_that_can_run(name: str, version: str) -> None:
    stand_in = load_recipe(name, version)
    assert {"libc6", "ca-certificates", "base-files"} <= set(stand_in.recipe.packages())
    assert stand_in.proof and stand_in.settings.env["PATH"] and stand_in.settings.cmd
    assert all(os.access(script, os.X_OK) for script in stand_in.recipe.scripts())
    assert all(re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package.integrity) for package in stand_in.npm)
    assert stand_in.reference.startswith(f"todo-base-{name}:{version}-")


@pytest.mark.parametrize(
    ("official", "stand_in"),
    [
        ("node:20-alpine", ("node", "20")),
        ("node:20", ("node", "20")),
        ("node:24.1-alpine3.22", ("node", "24")),
        ("docker.io/library/python:3.13-slim", ("python", "3.13")),
        ("registry.example:5000/python:3.13.5@sha256:0", ("python", "3.13")),
        ("postgres:17-alpine", ("postgres", "17")),
        ("node:200-alpine", None),
        ("python:3.1-slim", None),
        ("python:3.12-slim", None),
        ("node", None),
        ("node:latest", None),
        ("ruby:3.4", None),
    ],
)
def test_an_official_image_is_stood_in_for_by_its_own_version_or_not_at_all(
    official: str, stand_in: tuple[str, str] | None
) -> None:
    assert stand_in_for(official) == stand_in


def test_versions_of_one_stand_in_differ_in_their_key() -> None:
    assert load_recipe("node", "20").key() != load_recipe("node", "24").key()
    assert load_recipe("node").version == "20"


def test_a_change_of_the_recipe_changes_the_key(tmp_path: Path) -> None:
    for folder in ("common", "python"):
        (tmp_path / folder).mkdir()
        for path in (BASE / folder).iterdir():
            (tmp_path / folder / path.name).write_bytes(path.read_bytes())
            (tmp_path / folder / path.name).chmod(path.stat().st_mode)
    before = load_recipe("python", root=tmp_path).key()
    assert before == load_recipe("python").key()
    for name in ("common/finish.sh", "common/excludes.txt", "python/packages.txt", "python/image.json"):
        path = tmp_path / name
        text = path.read_text()
        path.write_text(text.replace('"python3"', '"python"') if name.endswith("json") else f"{text}# more\n")
        after = load_recipe("python", root=tmp_path).key()
        assert after != before, name
        before = after


@pytest.mark.parametrize(("name", "version"), [("ruby", ""), ("node", "18")])
def test_what_has_no_recipe_is_bad_input_and_the_choice_is_shown(name: str, version: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_recipe(name, version)
    assert "there are: " in str(caught.value) and caught.value.exit_code == 2


def test_mmdebstrap_unpacks_the_packages_and_runs_the_scripts(tmp_path: Path) -> None:
    recipe = load_recipe("node").recipe
    argv = mmdebstrap_argv(recipe, tmp_path / "out.tar", tmp_path / "mirrors", tmp_path / "network")
    assert "--variant=extract" in argv and argv[-3:] == [
        "trixie",
        f"{tmp_path}/out.tar",
        f"{tmp_path}/mirrors",
    ]
    hooks = [word for word in argv if word.startswith("--extract-hook=")]
    assert [hook.rsplit("/", 2)[1] for hook in hooks] == ["common", "node"]
    assert "--dpkgopt=path-exclude=/usr/share/man/*" in argv


FAKE_DOCKER = """\
#!/bin/sh
echo "$@" >> "$DOCKER_LOG"
case "$1 $2" in
    "image inspect") [ -e "$STATE/loaded" ] && echo sha256:1 && exit 0; exit 1 ;;
    "load --quiet") touch "$STATE/loaded" ;;
    "image rm") rm -f "$STATE/loaded" ;;
    "run --rm") cat "$STATE/prints" ;;
esac
"""
FAKE_MMDEBSTRAP = """\
#!/bin/sh
if [ -e "$STATE/no-updates" ] && grep -q security "$TMPDIR/mirrors.sources"; then
    echo "E: The repository 'x trixie-security Release' does not have a Release file." >&2
    exit 25
fi
for word in "$@"; do [ "${word##*/}" = rootfs.tar ] && echo content > "$word"; done
echo "$@" >> "$DOCKER_LOG"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs that answer like Docker and mmdebstrap, and a cache of its own."""
    programs = {"docker": FAKE_DOCKER, "mmdebstrap": FAKE_MMDEBSTRAP, "apt-config": "#!/bin/sh\n"}
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("STATE", str(tmp_path))
    monkeypatch.setenv("DOCKER_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("DELIVERY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tools, "path", lambda _, name: str(tmp_path / name))
    monkeypatch.setattr("delivery.packages.apt_mirrors.for_release", lambda *_: [])
    monkeypatch.setattr("delivery.packages.image_archive.architecture", lambda: "amd64")
    return tmp_path


def test_a_stand_in_is_built_loaded_tried_and_then_found(machine: Path, session: Session) -> None:
    (machine / "prints").write_text("Python 3.13.5 (python 3.13) UTC")
    made = ensure_stand_in("python", session)
    assert made.image_id == "sha256:1"
    again = ensure_stand_in("python", session)
    assert again == made
    assert (machine / "log").read_text().count("--variant=extract") == 1


def test_a_mirror_without_updates_is_used_and_said(
    machine: Path, session: Session, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [AptSource(("http://x",), ("trixie", "trixie-security"), ("main",))]
    monkeypatch.setattr("delivery.packages.apt_mirrors.for_release", lambda *_: sources)
    (machine / "prints").write_text("Python 3.13.5 (python 3.13) UTC")
    (machine / "no-updates").touch()
    assert ensure_stand_in("python", session).image_id == "sha256:1"
    assert "no updates for trixie" in str(printed)


def test_a_stand_in_that_docker_lost_comes_back_from_the_cache(machine: Path, session: Session) -> None:
    (machine / "prints").write_text("Python 3.13.5 (python 3.13) UTC")
    ensure_stand_in("python", session)
    (machine / "loaded").unlink()
    assert ensure_stand_in("python", session).image_id == "sha256:1"
    log = (machine / "log").read_text()
    assert log.count("--variant=extract") == 1 and log.count("load --quiet") == 2


def test_a_stand_in_that_fails_its_proof_loses_its_tag(machine: Path, session: Session) -> None:
    (machine / "prints").write_text("segmentation fault")
    with pytest.raises(EnvironmentFault, match="doesn't work"):
        ensure_stand_in("python", session)
    assert not (machine / "loaded").exists()


def test_a_dry_run_says_what_would_be_built(machine: Path, session: Session, dry_door: object) -> None:
    dry = Session(session.settings, session.console, dry_door, yes=True)  # type: ignore[arg-type]
    made = ensure_stand_in("python", dry)
    assert made.image_id == "" and made.reference.startswith("todo-base-python:3.13-")
    assert "run --rm" not in (machine / "log").read_text()


def test_a_package_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    pin = load_recipe("node").npm[0]
    (tmp_path / "x.tgz").write_bytes(b"something else")
    with pytest.raises(EnvironmentFault, match="does not match"):
        check_integrity(tmp_path / "x.tgz", pin.integrity, pin.label)
