"""The values a chart is given, checked against its own schema before helm is called."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery.errors import InvalidInput
from delivery.settings import Service
from delivery.settings.schema import UnreadableSchema, schema_faults


@dataclass(frozen=True)
class SecretRef:
    """A Secret as a chart names it: its name, and the keys that are mounted as files (key → file name)."""

    name: str
    files: Mapping[str, str]


def image_values(reference: str) -> dict[str, str]:
    """`name:tag` or `registry/name@sha256:…` as the charts take an image."""
    name, _, digest = reference.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = name, ""
    return {"repository": repository, "tag": tag} | ({"digest": digest} if digest else {})


def service_values(
    service: Service, reference: str, secret: SecretRef | None, env: Mapping[str, str]
) -> dict[str, Any]:
    """Our values over the chart's defaults; `services.NAME.values` of deploy.yaml come last.

    `reference` is the image's name as the nodes find it.
    """
    values: dict[str, Any] = {"image": image_values(reference), "service": {"port": service.port}}
    if service.node_port:
        values["service"]["nodePort"] = service.node_port
    if env:
        values["env"] = dict(env)
    if secret:
        values["secret"] = {"name": secret.name}
        if service.secret:
            values["secret"]["env"] = {variable: key for key, variable in service.secret.items()}
        if secret.files:
            values["secret"]["files"] = dict(secret.files)
    return merged(values, service.values)


def check_values(service: Service, values: Mapping[str, Any]) -> None:
    """Raise InvalidInput with every fault and its path, if the chart's schema refuses the values."""
    schema = service.chart / "values.schema.json"
    if not schema.is_file():
        return
    whole = _as_helm_sees(chart_defaults(service.chart), values)
    try:
        faults = schema_faults(whole, schema, prefix=f"services.{service.name}.values")
    except UnreadableSchema as broken:
        raise InvalidInput(
            f"the chart of {service.name} is broken", str(broken), "mend the chart"
        ) from broken
    if faults:
        raise InvalidInput.of(
            f"the configuration of {service.name}", faults,
            f"mend deploy.yaml; what the chart takes is in {service.chart.name}/README.md",
        )  # fmt: skip


def _as_helm_sees(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Nulls of ours take defaults away; nulls among the defaults themselves stay."""
    result = dict(defaults)
    for key, value in values.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = _as_helm_sees(result[key], value)
        else:
            result[key] = without_nulls(value) if isinstance(value, Mapping) else value
    return result


def chart_defaults(chart: Path) -> dict[str, Any]:
    """The chart's own values.yaml. Raises InvalidInput where it is no mapping."""
    import yaml

    path = chart / "values.yaml"
    try:
        return dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, ValueError, TypeError, FileNotFoundError) as wrong:
        raise InvalidInput(
            f"the chart of {chart.name} is broken",
            f"{path}: {' '.join(str(wrong).split())}",
            "mend the chart",
        ) from wrong


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid over `base`: maps merge, all else replaces; a null stays, for helm to act on."""
    result = dict(base)
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a chart sees: keys that were set to null are gone."""
    return {
        key: without_nulls(value) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if value is not None
    }


def release_digest(chart: Path, values: Mapping[str, Any]) -> str:
    """SHA-256 over the values and those files of the chart that decide what is rendered."""
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode())
    rendered = (chart / "Chart.yaml", chart / "values.yaml", *sorted((chart / "templates").rglob("*")))
    for path in rendered:
        if path.is_file() and not path.name.startswith("."):
            digest.update(path.relative_to(chart).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """What changes between two sets of values, a line each: `image.tag: a → b`."""
    before, after = dict(_flat(old)), dict(_flat(new))
    return tuple(
        f"{path}: {_shown(before.get(path))} → {_shown(after.get(path))}"
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _shown(value: object) -> str:
    return "(none)" if value is None else str(value)
