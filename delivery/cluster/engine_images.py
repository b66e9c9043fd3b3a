"""Image IDs in Docker's terms.

Docker's classic store calls an image by its config digest. Its containerd store calls it by the digest of the
manifest or index. A node's containerd knows both, minikube and CRI-O tell the config digest only.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from delivery import tools
from delivery.errors import InvalidInput
from delivery.session import Session

_CONTAINERD_STORE = "io.containerd.snapshotter.v1"


@dataclass(frozen=True)
class ImageOnNode:
    """An image as a node has it: `target` is the digest of its manifest or index, where it is known."""

    config: str
    target: str = ""


class EngineImages:
    """Asks the local Docker Engine, and translates what nodes have into its terms."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._containerd_store: bool | None = None
        self._architecture = ""
        self._configs: dict[str, str] = {}
        self._exporting = threading.Lock()

    def local_id(self, reference: str) -> str:
        """ID of a local image. Raises InvalidInput where there is none."""
        docker = tools.path(self._session, "docker")
        answer = self._session.door.read(
            [docker, "image", "inspect", "--format", "{{.Id}}", reference], accept=(0, 1)
        )
        if not answer.ok:
            raise InvalidInput(
                f"there is no local image {reference}", answer.last_lines(1), "build it: `./inv build.all`"
            )
        return answer.stdout.strip()

    def as_engine_id(self, reference: str, found: ImageOnNode | None) -> str:
        """The ID that Docker would give to what a node has, or an empty string."""
        if found is None:
            return ""
        if not self.uses_containerd_store():
            return found.config
        local = self.local_id(reference)
        if found.target == local or found.config == self._config_of(local):
            return local
        return found.target or found.config

    def uses_containerd_store(self) -> bool:
        """Whether the engine names images by manifest digest."""
        if self._containerd_store is None:
            docker = tools.path(self._session, "docker")
            answer = self._session.door.read([docker, "info", "--format", "{{json .DriverStatus}}"])
            self._containerd_store = _CONTAINERD_STORE in answer.stdout
        return self._containerd_store

    def architecture(self) -> str:
        """The engine's own, in Go's words (amd64, arm64): it may run on another machine than we do."""
        if not self._architecture:
            docker = tools.path(self._session, "docker")
            answer = self._session.door.read([docker, "version", "--format", "{{.Server.Arch}}"])
            self._architecture = answer.stdout.strip()
        return self._architecture

    def _config_of(self, image_id: str) -> str:
        # Nodes are asked at once; the image is exported once.
        with self._exporting:
            if image_id not in self._configs:
                self._configs[image_id] = self._config_digest(image_id)
            return self._configs[image_id]

    def _config_digest(self, reference: str) -> str:
        # The containerd store tells no config digest; an exported image does.
        docker = tools.path(self._session, "docker")
        with tempfile.TemporaryDirectory(prefix="todo-image-") as folder:
            archive = Path(folder) / "image.tar"
            self._session.door.read(
                [docker, "save", "-o", str(archive), reference],
                timeout_s=self._session.settings.timeouts.load_s,
            )
            return config_in_archive(archive)


def config_in_archive(archive: Path) -> str:
    """The config digest in an archive that `docker save` wrote (`sha256:…`)."""
    with tarfile.open(archive) as tar:
        member = tar.extractfile("manifest.json")
        assert member is not None
        config: str = json.load(member)[0]["Config"]
    return "sha256:" + Path(config).name.removesuffix(".json")


def qualified(reference: str) -> str:
    """A reference with registry and tag, as containerd keeps it: ``docker.io/library/name:tag``."""
    name, at, digest = reference.partition("@")
    first, slash, _ = name.partition("/")
    if not slash:
        name = f"docker.io/library/{name}"
    elif not (first == "localhost" or "." in first or ":" in first):
        name = f"docker.io/{name}"
    if not at and ":" not in name.rpartition("/")[2]:
        name += ":latest"
    return f"{name}{at}{digest}"
