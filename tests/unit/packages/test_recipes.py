"""Everything in packages/: nothing of one network in it, scripts that the shell understands."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from delivery import paths

PACKAGES = paths.project_file("packages")
FILES = sorted(path for path in PACKAGES.rglob("*") if path.is_file())
SCRIPTS = [path for path in FILES if path.read_bytes().startswith((b"#!/bin/sh", b"#!/bin/bash"))]
# Image names that kubeadm compiles in; nothing is fetched from there.
ALLOWED = {"registry.k8s.io"}
HOST = re.compile(r"https?://[\w.-]+|\b(?:registry|proxy|mirror|deb|index|files)\.[a-z0-9-]+\.[a-z]{2,}\b")


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGES))


@pytest.mark.parametrize("path", [p for p in FILES if p.name not in ("go.sum", "go.mod")], ids=name)
def test_no_address_is_written_in_a_recipe(path: Path) -> None:
    assert not set(HOST.findall(path.read_text(encoding="utf-8"))) - ALLOWED


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_the_shell_understands_every_script(path: Path) -> None:
    shell = path.read_text().splitlines()[0].removeprefix("#!")
    subprocess.run([shell, "-n", str(path)], check=True)


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix in (".yaml", ".json", ".conflist")], ids=name)
def test_every_document_can_be_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert list(yaml.safe_load_all(text)) if path.suffix == ".yaml" else json.loads(text)
