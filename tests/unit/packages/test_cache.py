"""The cache of built parts: whole or not there, one builder at a time, keyed by content."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from delivery.packages.cache import UNUSED_S, Cache, entries, key_of
from delivery.session import Session
from tests.unit.conftest import Printed

KEY, OTHER, RECENT = "0123456789ab", "ba9876543210", "aaaaaaaaaaaa"


def test_a_part_is_made_once(cache: Cache) -> None:
    made: list[Path] = []

    def make(target: Path) -> None:
        made.append(target)
        target.write_text("done")

    assert cache.build("part", KEY, make) == cache.build("part", KEY, make) == cache.entry("part", KEY)
    assert len(made) == 1 and cache.has("part", KEY)


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_build_leaves_nothing(cache: Cache, failure: type[BaseException]) -> None:
    def make(target: Path) -> None:
        target.mkdir()
        (target / "half").write_text("x")
        raise failure

    with pytest.raises(failure):
        cache.build("part", KEY, make)
    assert not cache.has("part", KEY)
    assert [path.name for path in cache.root.iterdir()] == []


def test_what_a_killed_build_left_is_not_taken_for_finished(cache: Cache, tmp_path: Path) -> None:
    script = (
        "import os, signal; from pathlib import Path; from delivery.packages.cache import Cache\n"
        "def make(target):\n"
        "    target.mkdir(); (target / 'half').write_text('x'); os.kill(os.getpid(), signal.SIGKILL)\n"
        f"Cache(Path({str(cache.root)!r})).build('part', {KEY!r}, make)\n"
    )
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, check=False).returncode == -9
    assert any(cache.root.iterdir()) and not cache.has("part", KEY)
    cache.build("part", KEY, lambda target: target.mkdir())
    assert list(cache.entry("part", KEY).iterdir()) == []


def test_a_scratch_folder_goes_and_so_does_what_a_killed_run_left_of_it(cache: Cache, tmp_path: Path) -> None:
    with cache.scratch("part", tmp_path) as first:
        left = first.with_name(f"{first.name[:-3]}old")
        left.mkdir()
        (tmp_path / "other").mkdir()
    assert not first.exists()
    with cache.scratch("part", tmp_path):
        assert not left.exists() and (tmp_path / "other").exists()


def test_parts_that_nothing_asked_for_in_a_week_go_and_others_stay(cache: Cache) -> None:
    long_ago = time.time() - UNUSED_S - 60
    for name, key in (("part", OTHER), ("part", RECENT), ("part-two", OTHER)):
        os.utime(cache.build(name, key, lambda target: target.mkdir()), (long_ago, long_ago))
    cache.build("part", RECENT, lambda _: pytest.fail("it is there"))
    cache.build("part", KEY, lambda target: target.mkdir())
    assert not cache.has("part", OTHER)
    assert cache.has("part", KEY) and cache.has("part", RECENT) and cache.has("part-two", OTHER)


def test_a_second_run_waits_for_the_first_and_says_so(
    cache: Cache, session: Session, printed: Printed
) -> None:
    order: list[str] = []
    held = threading.Event()

    def hold() -> None:
        with cache.lock("part", session):
            held.set()
            time.sleep(0.5)
            order.append("first")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    with cache.lock("part", session):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]
    assert "another run builds part" in str(printed)


def folder_with(root: Path, name: str, text: str, mode: int = 0o644) -> Path:
    root.mkdir(exist_ok=True)
    (root / name).write_text(text)
    (root / name).chmod(mode)
    return root


def test_a_key_changes_with_every_name_content_and_mode(tmp_path: Path) -> None:
    keys = {
        key_of(folder_with(tmp_path / "1", "a", "x")),
        key_of(folder_with(tmp_path / "2", "b", "x")),
        key_of(folder_with(tmp_path / "3", "a", "y")),
        key_of(folder_with(tmp_path / "4", "a", "x", 0o755)),
        key_of("ab", "c"),
        key_of("a", "bc"),
    }
    assert len(keys) == 6
    assert key_of(tmp_path / "1") == key_of(folder_with(tmp_path / "5", "a", "x"))


def test_list_files_have_comments_and_blank_lines() -> None:
    assert list(entries(["# head", "", "one", "  two # why", "   "])) == ["one", "two"]
