"""Our folder per cluster: its kubeconfig, a lock, and the note that we made it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from delivery import filelocks
from delivery.paths import data_dir
from delivery.session import Session

_CREATING, _MADE = "creating", "made"


@dataclass(frozen=True)
class Ownership:
    """The folder of one cluster.

    It tells two things that can't be asked of a cluster: whether we made it, and whether a creation began
    that never finished. All else is asked.
    """

    folder: Path

    @property
    def kubeconfig(self) -> Path:
        """Our own kubeconfig for this cluster; the user's is left alone."""
        return self.folder / "kubeconfig"

    def exists(self) -> bool:
        """Whether we made, or began to make, a cluster of this name."""
        return self._read() is not None

    def unfinished(self) -> bool:
        """Whether a creation began and was never completed."""
        return (self._read() or {}).get("state") == _CREATING

    def fits(self, identity: str) -> bool:
        """Whether the cluster with this identity is the one we made, or a rest of one we began to make."""
        noted = self._read()
        if noted is None:
            return False
        if noted.get("state") == _CREATING:
            return True
        # What can't be told apart is not ours.
        return bool(identity) and noted.get("identity") == identity

    def begin(self) -> None:
        """Note that a creation begins."""
        self._write({"state": _CREATING})

    def complete(self, identity: str) -> None:
        """Note that the cluster with this identity is ours."""
        self._write({"state": _MADE, "identity": identity})

    def forget(self) -> None:
        """Remove the folder with its kubeconfig."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def prepare(self) -> None:
        """Make the folder, for this user alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    @property
    def _file(self) -> Path:
        return self.folder / "record.json"

    def _read(self) -> dict[str, str] | None:
        try:
            noted = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return noted if isinstance(noted, dict) else None

    def _write(self, noted: dict[str, str]) -> None:
        self.prepare()
        write_private(self._file, json.dumps(noted))


def ownership_of(provider: str, name: str) -> Ownership:
    """Our folder of a cluster: `<data>/clusters/<provider>-<name>`."""
    return Ownership(data_dir() / "clusters" / _folder_name(provider, name))


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read, whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)


@contextlib.contextmanager
def hold_cluster(session: Session, provider: str, name: str) -> Iterator[bool]:
    """Hold the lock of a cluster while it is made, started or removed; wait for another run that does so.

    Gives whether it had to wait, so that things may be different from what was seen before.

    Raises EnvironmentFault when the other run takes longer than the cluster's own time.
    """
    lock = data_dir() / "clusters" / f".{_folder_name(provider, name)}.lock"
    limit_s = session.settings.timeouts.cluster_s
    with filelocks.hold(session, lock, f"works on cluster {name}", limit_s) as waited:
        yield waited


def _folder_name(provider: str, name: str) -> str:
    # Names of contexts may hold slashes and colons.
    return f"{provider}-{re.sub(r'[^A-Za-z0-9._@-]', '_', name)}"
