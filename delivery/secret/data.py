"""What a service's Secret holds, and the name that its content gives it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from delivery.labels import INSTANCE_LABEL, MANAGED_BY_LABEL
from delivery.settings import Service

MANAGED_BY = "todo-delivery"
_DIGITS = 10


@dataclass(frozen=True)
class SecretData:
    """One immutable Secret. Its `repr` shows keys only."""

    service: str
    entries: Mapping[str, str]

    def __repr__(self) -> str:
        return f"SecretData({self.name}, keys={sorted(self.entries)})"

    @property
    def name(self) -> str:
        """`<service>-secrets-<10 hex of the content>`: a changed value is another Secret."""
        text = json.dumps(dict(self.entries), sort_keys=True)
        return f"{self.service}-secrets-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"

    def manifest(self, namespace: str) -> dict[str, Any]:
        """The Secret as the API server takes it. Never print it."""
        return secret_manifest(namespace, self.name, owner_labels(self.service), self.entries)


def secret_manifest(
    namespace: str, name: str, labels: Mapping[str, str], entries: Mapping[str, str]
) -> dict[str, Any]:
    """An immutable Secret as the API server takes it. Never print it."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "type": "Opaque",
        "immutable": True,
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in entries.items()},
    }


def owner_labels(service: str) -> dict[str, str]:
    """Labels by which our own objects of a release are found again: Secrets, and its record."""
    return {MANAGED_BY_LABEL: MANAGED_BY, INSTANCE_LABEL: service}


def secret_for(service: Service, env: Mapping[str, str], files: Mapping[str, str]) -> SecretData | None:
    """The Secret of a service, or None where it names no keys.

    `files` are further entries that are mounted as files, for instance a CA certificate.
    """
    entries = {key: env.get(variable, "") for key, variable in service.secret.items()}
    entries |= files
    return SecretData(service.name, entries) if entries else None
