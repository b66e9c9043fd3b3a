"""The content tag: nothing rebuilt when nothing changed, nothing missed when something did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from delivery.image.build_context import context_digest, context_files
from delivery.image.tag import BuildInputs

INPUTS = BuildInputs(
    context_digest="c", dockerfile="FROM x", build_args={"A": "1"}, base_ids={"BASE": "sha256:1"},
    platform="linux/amd64",
)  # fmt: skip


def test_equal_inputs_give_an_equal_tag() -> None:
    assert INPUTS.tag("phase4") == replace(INPUTS, build_args=dict(INPUTS.build_args)).tag("phase4")
    assert INPUTS.tag("phase4").startswith("phase4-")
    assert len(INPUTS.tag("phase4")) == len("phase4-") + 12


@pytest.mark.parametrize(
    "changed",
    [
        replace(INPUTS, context_digest="d"),
        replace(INPUTS, dockerfile="FROM y"),
        replace(INPUTS, build_args={"A": "2"}),
        replace(INPUTS, build_args={"B": "1"}),
        replace(INPUTS, base_ids={"BASE": "sha256:2"}),
        replace(INPUTS, platform="linux/arm64"),
    ],
    ids=["context", "Dockerfile", "argument", "name of an argument", "base image ID", "platform"],
)
def test_each_input_changes_the_tag(changed: BuildInputs) -> None:
    assert changed.tag("phase4") != INPUTS.tag("phase4")


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "app" / "node_modules").mkdir(parents=True)
    (tmp_path / "app" / "main.py").write_text("print(1)\n")
    (tmp_path / "app" / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "app" / "link").symlink_to("main.py")
    (tmp_path / "app" / "node_modules" / "x.js").write_text("x")
    (tmp_path / "secret.txt").write_text("not for the image")
    (tmp_path / "Dockerfile.app").write_text("FROM scratch\n")
    (tmp_path / "Dockerfile.app.dockerignore").write_text("# allow-list\n*\n!app\napp/node_modules\n")
    return tmp_path


def test_the_context_is_what_dockerignore_leaves(context: Path) -> None:
    files = context_files(context, context / "Dockerfile.app")
    assert files == ("app/link", "app/main.py", "app/run.sh")


def test_without_its_own_the_general_ignore_file_counts(context: Path) -> None:
    (context / "Dockerfile.app.dockerignore").unlink()
    (context / ".dockerignore").write_text("app/node_modules\n**/*.txt\n")
    files = context_files(context, context / "Dockerfile.app")
    assert "secret.txt" not in files
    assert "app/main.py" in files


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda root: (root / "app/main.py").write_text("print(2)\n"),
    "new file": lambda root: (root / "app/new.py").write_text(""),
    "name": lambda root: (root / "app/main.py").rename(root / "app/main2.py"),
    "removal": lambda root: (root / "app/run.sh").unlink(),
    "executable bit": lambda root: (root / "app/run.sh").chmod(0o755),
    "link target": lambda root: _relink(root / "app/link", "run.sh"),
}


def _relink(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_of_the_context_changes_its_digest(context: Path, name: str) -> None:
    before = context_digest(context, context / "Dockerfile.app")
    CHANGES[name](context)
    assert context_digest(context, context / "Dockerfile.app") != before


def test_what_the_build_does_not_see_does_not_count(context: Path) -> None:
    before = context_digest(context, context / "Dockerfile.app")
    (context / "secret.txt").write_text("changed")
    (context / "app" / "node_modules" / "y.js").write_text("y")
    (context / "app" / "main.py").touch()
    assert context_digest(context, context / "Dockerfile.app") == before
