"""Images by way of a registry: pushed, then read back from it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from delivery import tools
from delivery.cluster.engine_images import ImageOnNode
from delivery.errors import EnvironmentFault, InvalidInput
from delivery.session import Session

_ASK_S = 60.0


@dataclass(frozen=True)
class ImageRegistry:
    """A place that takes images, such as `registry.example.org/team`."""

    session: Session
    prefix: str

    def name_of(self, reference: str) -> str:
        """The name of a local image in this registry."""
        if not self.prefix:
            raise InvalidInput(
                "there is no registry for the images",
                "the nodes of an existing cluster pull from a registry",
                "set cluster.registry in deploy.yaml, for instance registry.example.org/team",
            )
        return f"{self.prefix.rstrip('/')}/{reference}"

    def push(self, reference: str) -> None:
        """Push a local image. Raises EnvironmentFault with the registry's answer."""
        docker, remote = tools.path(self.session, "docker"), self.name_of(reference)
        self.session.door.mutate([docker, "tag", reference, remote])
        result = self.session.door.mutate(
            [docker, "push", remote], timeout_s=self.session.settings.timeouts.load_s, accept=None
        )
        if not result.ok:
            raise EnvironmentFault(
                f"{remote} could not be pushed", result.last_lines(3),
                f"log in with `docker login {self.prefix.partition('/')[0]}`, or mend cluster.registry",
            )  # fmt: skip

    def image(self, reference: str) -> ImageOnNode | None:
        """What the registry has under this name: digest of the manifest, and of the configuration in it."""
        raw = self._manifest(self.name_of(reference))
        return image_of(raw) if raw else None

    def pull_reference(self, reference: str) -> str:
        """`registry/repository:tag@sha256:…`: the tag for people, the digest for the nodes."""
        found = self.image(reference)
        remote = self.name_of(reference)
        return f"{remote}@{found.target}" if found else remote

    def _manifest(self, remote: str) -> str:
        docker = tools.path(self.session, "docker")
        argv = [docker, "buildx", "imagetools", "inspect", "--raw", remote]
        answer = self.session.door.read(argv, timeout_s=_ASK_S, accept=None)
        return answer.stdout if answer.ok else ""


def image_of(raw_manifest: str) -> ImageOnNode:
    """Digests of a manifest as a registry stores it; an index has no configuration of its own."""
    document = json.loads(raw_manifest)
    digest = f"sha256:{hashlib.sha256(raw_manifest.encode()).hexdigest()}"
    return ImageOnNode(config=document.get("config", {}).get("digest", ""), target=digest)
