"""The charts as helm would render them with these settings: looked at before anything is deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from delivery import tools
from delivery.ai.collect import KINDS
from delivery.ai.snapshot import Item, Snapshot
from delivery.errors import CommandFailed, InvalidInput
from delivery.release.values import SecretRef, service_values
from delivery.session import Session
from delivery.settings import Service

_TIMEOUT_S = 60.0
# A Helm test pod lives for seconds.
_HOOK = "helm.sh/hook"


def render_charts(session: Session) -> Snapshot:
    """A snapshot of what a deploy would apply: no cluster is asked, no image is built.

    Raises InvalidInput where helm can't render a chart.
    """
    items: list[Item] = []
    for service in session.settings.wanted_services():
        items += _rendered(session, service)
    settings = session.settings
    return Snapshot(
        namespace=settings.namespace, items=tuple(items), services=tuple(settings.services), rendered=True,
        listed=frozenset(KINDS.split(",")),
    )  # fmt: skip


def _rendered(session: Session, service: Service) -> Iterator[Item]:
    # What a Secret is called depends on its content; that there is one is enough here.
    secret = SecretRef(f"{service.name}-secrets", {}) if service.secret or service.embedded else None
    reference = f"{service.image}:{session.settings.tag_prefix}"
    env = {name: value for name, value in service.env.items() if value and "{" not in value}
    values = service_values(service, reference, secret, env)
    program = tools.path(session, "helm")
    argv = [program, "template", service.name, str(service.chart)]
    argv += ["--namespace", session.settings.namespace, "--values", "-"]
    try:
        text = session.door.read(argv, stdin=json.dumps(values), timeout_s=_TIMEOUT_S).stdout
    except CommandFailed as refused:
        raise InvalidInput(
            f"helm can't render the chart of {service.name}", refused.why, "mend its values in deploy.yaml"
        ) from refused
    yield from parse_documents(text)


def parse_documents(text: str) -> Iterator[Item]:
    """`helm template`'s output; hooks are left out."""
    import yaml

    for document in yaml.safe_load_all(text):
        if isinstance(document, dict) and document.get("kind") and not _is_hook(document):
            yield document


def _is_hook(document: Mapping[str, Any]) -> bool:
    return _HOOK in (document.get("metadata", {}).get("annotations") or {})
