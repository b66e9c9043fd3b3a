"""A cache of built parts, keyed by the content of their inputs.

An entry appears whole or not at all: it is built under another name on the same file system and renamed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from delivery import filelocks, paths
from delivery.session import Session

KEY_LENGTH = 12
_BUILDING = ".building-"
_ANY_KEY = "[0-9a-f]" * KEY_LENGTH
# A build from nothing takes a quarter of an hour; twice that on a slow machine, and twice again.
_LOCK_LIMIT_S = 3600.0
UNUSED_S = 7 * 24 * 3600.0


def key_of(*inputs: str | bytes | Path) -> str:
    """12 hex digits over texts and files; a folder counts with every name, mode and content below it."""
    digest = hashlib.sha256()
    for part in inputs:
        for piece in _pieces(part):
            digest.update(len(piece).to_bytes(8, "big"))
            digest.update(piece)
    return digest.hexdigest()[:KEY_LENGTH]


def _pieces(part: str | bytes | Path) -> Iterator[bytes]:
    if isinstance(part, str):
        yield part.encode()
    elif isinstance(part, bytes):
        yield part
    elif part.is_dir():
        for path in sorted(p for p in part.rglob("*") if not p.is_dir()):
            yield path.relative_to(part).as_posix().encode()
            yield f"{path.stat().st_mode & 0o111:o}".encode()
            yield path.read_bytes()
    else:
        yield part.name.encode()
        yield part.read_bytes()


@dataclass(frozen=True)
class Cache:
    """Built parts of this user under one folder."""

    root: Path

    @classmethod
    def of_user(cls) -> Cache:
        """The cache that all checkouts of this user share."""
        return cls(paths.cache_dir() / "packages")

    def entry(self, name: str, key: str) -> Path:
        """Where the part lies, built or not."""
        return self.root / f"{name}-{key}"

    def has(self, name: str, key: str) -> bool:
        """Whether the part is there, whole."""
        return self.entry(name, key).exists()

    def work(self, name: str) -> Path:
        """A folder for what an unfinished build wants to find again."""
        folder = self.root / "work" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def build(self, name: str, key: str, make: Callable[[Path], None]) -> Path:
        """The part; `make` writes it, as a file or a folder, to the path it is given, if it isn't there yet.

        Parts of the same name that nothing asked for in a week go away then: another checkout may want them.
        """
        final = self.entry(name, key)
        if final.exists():
            os.utime(final)
            return final
        self.root.mkdir(parents=True, exist_ok=True)
        for left in self.root.glob(f"{_BUILDING}{name}-{_ANY_KEY}-*"):
            remove(
                left
            )  # by a killed run; a child of its may still write there, so never under the same name
        draft = self.root / f"{_BUILDING}{name}-{key}-{os.getpid()}"
        try:
            make(draft)
            draft.rename(final)
        finally:
            remove(draft)
        self._drop_unused(name, final)
        return final

    @contextlib.contextmanager
    def scratch(self, name: str, where: Path | None = None) -> Iterator[Path]:
        """A temporary folder; what a killed run left of the same name goes first. Use it under the lock."""
        where = where or Path(tempfile.gettempdir())
        prefix = f"todo-packages-{name}-{key_of(str(self.root))}-"
        for left in where.glob(f"{prefix}*"):
            if left.stat().st_uid == os.getuid():
                remove(left)
        with tempfile.TemporaryDirectory(prefix=prefix, dir=where) as folder:
            yield Path(folder)

    @contextlib.contextmanager
    def lock(self, name: str, session: Session) -> Iterator[None]:
        """Hold the right to build `name`; says so when another run holds it, and ends when interrupted."""
        with filelocks.hold(session, self.root / f"{name}.lock", f"builds {name}", _LOCK_LIMIT_S):
            yield

    def _drop_unused(self, name: str, keep: Path) -> None:
        for path in self.root.glob(f"{name}-{_ANY_KEY}"):
            if path != keep and time.time() - path.stat().st_mtime > UNUSED_S:
                remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def lines(path: Path) -> tuple[str, ...]:
    """The entries of a list file: one a line, blank lines and comments left out; none where it is absent."""
    if not path.exists():
        return ()
    return tuple(entries(path.read_text(encoding="utf-8").splitlines()))


def entries(text: Iterable[str]) -> Iterator[str]:
    """Lines without comments and blanks."""
    for line in text:
        entry = line.partition("#")[0].strip()
        if entry:
            yield entry
