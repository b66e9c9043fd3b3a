"""Playwright and axe: too large for the kit's .venv, so installed into the user's cache when needed."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from delivery.paths import cache_dir

LOCK = Path(__file__).with_name("requirements.lock")
INSTALL_S = 600


def make_importable() -> None:
    """Put the libraries of requirements.lock on sys.path, behind everything else. Raises RuntimeError."""
    path = str(installed(LOCK, "browser"))
    if path not in sys.path:
        sys.path.append(path)


def installed(lock: Path, name: str) -> Path:
    """The folder that holds what a lock file pins. It is moved to its place at the end, so it is whole."""
    import filelock

    kind = f"{sys.implementation.cache_tag}-{sys.platform}-{os.uname().machine}"
    folder = cache_dir() / name / f"{kind}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder.parent / ".lock", timeout=INSTALL_S):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as place:
                _install(lock, Path(place) / "packages")
                (Path(place) / "packages").replace(folder)
    return folder


def _install(lock: Path, folder: Path) -> None:
    how = ["--require-hashes", "--only-binary", ":all:"]
    done = subprocess.run(
        [*_installer(), *how, "--target", str(folder), "-r", str(lock)],
        timeout=INSTALL_S, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        words = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise RuntimeError(f"the tests' libraries could not be installed from {lock}:\n{words}")


def _installer() -> list[str]:
    """What made this .venv (see ./inv): uv, or its own pip."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable, "--no-deps"]
    raise RuntimeError("neither pip in this environment nor uv on PATH: remove .venv, then run ./inv again")
