"""Which images of ours Docker is told to forget."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from delivery import tools
from delivery.packages.docker import drop_unused, helper_name
from delivery.session import Session

FAKE_DOCKER = """\
#!/bin/sh
case "$1 $2" in
    "image ls") cat "$STATE/images" ;;
    "image rm") echo "$3" >> "$STATE/removed"; [ "$3" = todo-node:v1-bbbbbbbbbbbb ] && exit 1; exit 0 ;;
esac
"""


def test_images_of_earlier_recipes_go_after_a_week_and_all_others_stay(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docker").write_text(FAKE_DOCKER)
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("STATE", str(tmp_path))
    monkeypatch.setattr(tools, "path", lambda *_: str(tmp_path / "docker"))
    old, new = (f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d %H:%M:%S} +0000 UTC" for days in (8, 6))
    rows = [
        ("v1-aaaaaaaaaaaa", old),
        ("v1-bbbbbbbbbbbb", old),
        ("v1-cccccccccccc", new),
        ("v1-dddddddddddd", old),
    ]
    rows += [("v2-aaaaaaaaaaaa", old), ("<none>", old)]
    (tmp_path / "images").write_text("".join(f"{tag} {made}\n" for tag, made in rows))
    drop_unused(session, "todo-node:v1-dddddddddddd")
    removed = (tmp_path / "removed").read_text().split()
    assert removed == ["todo-node:v1-aaaaaaaaaaaa", "todo-node:v1-bbbbbbbbbbbb"], "one is in use: no error"


def test_helper_containers_of_two_caches_do_not_meet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DELIVERY_CACHE", str(tmp_path / "one"))
    one = helper_name("node")
    monkeypatch.setenv("DELIVERY_CACHE", str(tmp_path / "two"))
    assert helper_name("node") != one
