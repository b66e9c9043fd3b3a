"""Merges flags, environment, .env and deploy.yaml into one typed Settings."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from delivery.errors import InvalidInput
from delivery.paths import ROOT
from delivery.settings.dotenv_file import read_env_file
from delivery.settings.model import ClusterSettings, Minikube, Service, Settings, Timeouts
from delivery.settings.schema import near_miss, schema_faults

PREFIX = "DELIVERY_"
NOT_SETTINGS = frozenset({"DELIVERY_CACHE", "DELIVERY_DATA"})


def load_settings(
    flags: Mapping[str, Any], *, root: Path = ROOT, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Settings of this run. `flags` maps dotted paths to values, None meaning not given.

    Raises InvalidInput naming all faults of all sources at once.
    """
    env_file = read_env_file(root / ".env")
    faults = [f".env: {fault}" for fault in env_file.faults]
    document, yaml_faults = _read_yaml(root / "deploy.yaml")
    faults += yaml_faults
    for source, variables in ((".env", env_file.values), ("environment", environ)):
        faults += _overrule(document, source, variables)
    for path, value in flags.items():
        if value is not None:
            _put(document, path.split("."), value)
    faults += [f"deploy.yaml: {fault}" for fault in schema_faults(document, _schema("settings"))]
    app_env = _app_env(document, env_file.values, environ)
    faults += _env_faults(app_env, env_file.values)
    if not faults:
        faults += _reference_faults(document, root)
    if faults:
        raise InvalidInput.of("the configuration", faults, "mend the lines above and run the command again")
    return _typed(document, app_env, root)


def _schema(name: str) -> Path:
    return ROOT / "schemas" / f"{name}.schema.json"


def _read_yaml(path: Path) -> tuple[dict[str, Any], list[str]]:
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}, ["deploy.yaml: is missing"]
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as wrong:
        return {}, [f"deploy.yaml: {' '.join(str(wrong).split())}"]
    if not isinstance(document, dict):
        return {}, ["deploy.yaml: is not a mapping of keys to values"]
    return document, []


def _overrule(document: dict[str, Any], source: str, variables: Mapping[str, str]) -> list[str]:
    """Lay `DELIVERY_CLUSTER__MEMORY_MB=4096` over `cluster.memoryMb`; unknown names are faults."""
    import yaml

    faults = []
    for name in sorted(variables):
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        path = [_camel(piece) for piece in name.removeprefix(PREFIX).split("__")]
        fault = _unknown_setting(name, path)
        if fault:
            faults.append(f"{source}: {fault}")
            continue
        text = variables[name]
        try:
            _put(document, path, yaml.safe_load(text) if text.strip() else text)
        except yaml.YAMLError:
            _put(document, path, text)
    return faults


def _unknown_setting(name: str, path: Sequence[str]) -> str:
    import json

    node = json.loads(_schema("settings").read_text(encoding="utf-8"))
    if path[0] == "services":
        return ""
    for piece in path:
        known = node.get("properties", {})
        if piece not in known:
            hint = near_miss(piece, known)
            return f"{name}: no such setting" + (f"; did you mean {hint}?" if hint else "")
        node = known[piece]
    return ""


def _camel(piece: str) -> str:
    first, *rest = piece.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def _put(document: dict[str, Any], path: Sequence[str], value: object) -> None:
    node = document
    for piece in path[:-1]:
        inner = node.get(piece)
        if not isinstance(inner, dict):
            inner = node[piece] = {}
        node = inner
    node[path[-1]] = value


def _app_variables(document: Mapping[str, Any]) -> set[str]:
    import json

    names = set(json.loads(_schema("env").read_text(encoding="utf-8"))["properties"])
    services = document.get("services")
    for service in services.values() if isinstance(services, dict) else ():
        if isinstance(service, dict):
            secret = service.get("secret")
            names |= {str(v) for v in secret.values()} if isinstance(secret, dict) else set()
            names |= {str(service["unless"])} if service.get("unless") else set()
    return names


def _app_env(
    document: Mapping[str, Any], file_values: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, str]:
    known = _app_variables(document)
    ours = {name: value for name, value in file_values.items() if not name.startswith(PREFIX)}
    return {**ours, **{name: environ[name] for name in known if name in environ}}


def _env_faults(app_env: Mapping[str, str], file_values: Mapping[str, str]) -> list[str]:
    import json

    properties = json.loads(_schema("env").read_text(encoding="utf-8"))["properties"]
    faults = []
    for name, rule in properties.items():
        if not re.search(rule["pattern"], app_env.get(name, ""), re.DOTALL):
            source = ".env" if file_values.get(name) == app_env[name] else "environment"
            faults.append(f"{source}: {name}: is not {rule['description']}")
    for name in sorted(set(app_env) - set(properties)):
        hint = near_miss(name, properties)
        if hint and not app_env.get(hint):
            faults.append(f".env: {name}: unknown, and {hint} is not set; did you mean {hint}?")
    return faults


def _reference_faults(document: Mapping[str, Any], root: Path) -> list[str]:
    services: dict[str, Any] = document["services"]
    faults = []
    for name, service in services.items():
        for key in ("chart", "dockerfile"):
            if not (root / service[key]).exists():
                faults.append(f"deploy.yaml: services.{name}.{key}: {service[key]} does not exist")
        for other in service.get("after", []):
            if other not in services:
                hint = near_miss(other, services)
                meant = f"; did you mean {hint}?" if hint else ""
                faults.append(f"deploy.yaml: services.{name}.after: no service {other}{meant}")
    faults += _port_faults(services)
    return faults or _cycle_faults(services)


def _port_faults(services: Mapping[str, Any]) -> list[str]:
    taken: dict[int, str] = {}
    faults = []
    for name, service in services.items():
        port = service.get("nodePort")
        if port in taken:
            faults.append(f"deploy.yaml: services.{name}.nodePort: {port} is {taken[port]}'s already")
        elif port:
            taken[port] = name
    return faults


def _cycle_faults(services: Mapping[str, Any]) -> list[str]:
    from graphlib import CycleError, TopologicalSorter

    try:
        TopologicalSorter({name: s.get("after", []) for name, s in services.items()}).prepare()
    except CycleError as cycle:
        return [f"deploy.yaml: services: after goes in a circle: {' → '.join(cycle.args[1])}"]
    return []


def _typed(document: Mapping[str, Any], app_env: Mapping[str, str], root: Path) -> Settings:
    timeouts = {_snake(key): float(value) for key, value in document.get("timeouts", {}).items()}
    return Settings(
        namespace=document.get("namespace", "todo"),
        cluster=_cluster(document.get("cluster", {})),
        services={name: _service(name, service, root) for name, service in document["services"].items()},
        timeouts=Timeouts(**timeouts),
        tag_prefix=document.get("tagPrefix", "phase4"),
        keep_images=document.get("keepImages", 3),
        env=dict(app_env),
    )


def _cluster(document: Mapping[str, Any]) -> ClusterSettings:
    fields = {_snake(key): value for key, value in document.items()}
    minikube = {_snake(key): value for key, value in fields.pop("minikube", {}).items()}
    minikube["start_arguments"] = tuple(minikube.get("start_arguments", ()))
    kubeconfig = fields.pop("kubeconfig", "")
    path = Path(kubeconfig).expanduser() if kubeconfig else None
    return ClusterSettings(**fields, minikube=Minikube(**minikube), kubeconfig=path)


def _service(name: str, document: Mapping[str, Any], root: Path) -> Service:
    fields = {_snake(key): value for key, value in document.items()}
    for key in ("chart", "dockerfile"):
        fields[key] = root / fields[key]
    fields["context"] = root / fields.get("context", ".")
    fields["after"] = tuple(fields.get("after", ()))
    return Service(name=name, **fields)


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()
