"""A trial: one engine over one scenario, in a namespace of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from delivery.bench.scenarios import CHART, NEW, Scenario
from delivery.cluster import Cluster
from delivery.image import Image
from delivery.release.values import image_values, merged
from delivery.session import Session
from delivery.settings import Service

HELM_TIMEOUT_S = 300.0
PORT = 8080


@dataclass(frozen=True)
class Trial:
    """One engine over one case, in a namespace of its own; the release bears the namespace's name."""

    session: Session
    cluster: Cluster
    fault: Scenario
    image: Image
    name: str
    late_image: str = ""
    helm_timeout_s: float = HELM_TIMEOUT_S

    def values(self, version: str) -> dict[str, Any]:
        """The chart's values of a revision, its image left out."""
        values = self.fault.values(version, self.name)
        if self.late_image and version == NEW:
            values = merged({"image": image_values(self.late_image)}, values)
        return values

    def service(self, version: str) -> Service:
        """The release as a service of deploy.yaml would say it."""
        owner = self.session.settings.services[self.image.service]
        return Service(
            self.name, CHART, owner.dockerfile, owner.context, owner.image, PORT, health_path="/",
            values=self.values(version),
        )  # fmt: skip
