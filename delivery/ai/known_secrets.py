"""The values of the namespace's Secrets, so that redaction knows them by heart, not by their look alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection

from delivery.ai.redact import Redactor
from delivery.cluster import Cluster
from delivery.errors import DeliveryError, Interrupted
from delivery.session import Session

_TIMEOUT_S = 15.0
# Helm keeps its releases in Secrets: large, and made of what is in the other objects.
_NO_RELEASES = "type!=helm.sh/release.v1"


def redactor_for(session: Session, cluster: Cluster | None, public: Collection[str] = ()) -> Redactor:
    """A redactor that knows the values of .env and of the namespace's Secrets; `public` are mere names."""
    values = list(session.settings.env.values())
    if cluster is not None:
        values += _values(session, cluster)
    return Redactor(session.console.masker, values, public)


def _values(session: Session, cluster: Cluster) -> list[str]:
    argv = cluster.kubectl(
        "get", "secrets", "--namespace", session.settings.namespace, "-o", "json", "--field-selector",
        _NO_RELEASES, "--request-timeout=10s",
    )  # fmt: skip
    try:
        items = json.loads(session.door.read(argv, timeout_s=_TIMEOUT_S).stdout)["items"]
    except Interrupted:
        raise
    except (DeliveryError, ValueError, KeyError):
        session.console.warn("Secrets may not be read here: what looks like a secret is taken out, no more")
        return []
    return [_decoded(text) for item in items for text in (item.get("data") or {}).values()]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8")
    except ValueError:
        return text
