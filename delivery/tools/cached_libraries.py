"""Python libraries that are too large for the kit's .venv, kept in the user's cache by their lock file."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from delivery import filelocks
from delivery.errors import EnvironmentFault
from delivery.paths import cache_dir
from delivery.session import Session

BROWSER_LOCK = Path(__file__).with_name("browser.lock")
INSTALL_S = 600.0


def make_browser_importable(session: Session) -> None:
    """Put Playwright, which drives Chromium, on sys.path, behind everything else. Raises EnvironmentFault."""
    path = str(installed(session, BROWSER_LOCK, "browser"))
    if path not in sys.path:
        sys.path.append(path)


def installed(session: Session, lock: Path, name: str) -> Path:
    """The folder that holds what a lock file pins; moved to its place as the last step, so it is whole."""
    kind = f"{sys.implementation.cache_tag}-{sys.platform}-{platform.machine()}"
    folder = cache_dir() / name / f"{kind}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with filelocks.hold(session, folder.parent / ".lock", f"installs the libraries of {name}", INSTALL_S):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as place:
                _install(session, lock, Path(place) / "packages")
                (Path(place) / "packages").replace(folder)
    return folder


def _install(session: Session, lock: Path, folder: Path) -> None:
    how = ["--require-hashes", "--only-binary", ":all:", "--target", str(folder), "-r", str(lock)]
    # Only files of our own cache, so it is done in a dry run too.
    done = session.door.read([*_installer(), *how], timeout_s=INSTALL_S, accept=None)
    if not done.ok:
        raise EnvironmentFault(
            f"the libraries of {lock.name} could not be installed", done.last_lines(),
            "make the package index reachable, then run this again",
        )  # fmt: skip


def _installer() -> list[str]:
    """What made this .venv (see ./inv): uv, or its own pip."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable, "--no-deps"]
    raise EnvironmentFault(
        "nothing installs packages here", "neither pip in this environment nor uv on PATH",
        "remove .venv, then run ./inv again",
    )  # fmt: skip
