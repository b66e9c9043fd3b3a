"""Merges flags, environment, .env and deploy.yaml into one typed Settings."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from delivery.errors import InvalidInput
from delivery.paths import ROOT
from delivery.settings.app_env import app_env, env_faults, stand_in_faults
from delivery.settings.budgets import Budgets
from delivery.settings.dotenv_file import read_env_file
from delivery.settings.model import ClusterSettings, Minikube, Service, Settings, Timeouts
from delivery.settings.overrides import Document, lay_flags, lay_variables
from delivery.settings.references import IMAGE_KEYS, reference_faults
from delivery.settings.schema import SETTINGS_SCHEMA, find_faults


def load_settings(
    flags: Mapping[str, Any], *, root: Path = ROOT, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Settings of this run. `flags` maps the dotted paths that were given to values; None removes the key.

    Raises InvalidInput naming all faults of all sources at once.
    """
    env_file = read_env_file(root / ".env")
    faults = [f".env: {fault}" for fault in env_file.faults]
    tree, yaml_faults = _read_yaml(root / "deploy.yaml")
    faults += yaml_faults
    document = Document(tree)
    for origin, variables in ((".env", env_file.values), ("environment", environ)):
        faults += lay_variables(document, origin, variables)
    lay_flags(document, flags)
    faults += [document.told(fault) for fault in find_faults(tree, SETTINGS_SCHEMA)]
    env = app_env(tree, env_file.values, environ)
    faults += env_faults(env, env_file.values)
    if not faults:
        faults += [document.told(fault) for fault in reference_faults(document, root)]
        faults += stand_in_faults(tree["services"], env, env_file.values)
    if faults:
        raise InvalidInput.of("the configuration", faults, "mend the lines above and run the command again")
    return _typed(tree, env, root)


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


def _typed(document: Mapping[str, Any], env: Mapping[str, str], root: Path) -> Settings:
    timeouts = {_snake(key): float(value) for key, value in document.get("timeouts", {}).items()}
    return Settings(
        namespace=document.get("namespace", "todo"),
        cluster=_cluster(document.get("cluster", {})),
        services={name: _service(name, document["services"], root) for name in document["services"]},
        timeouts=Timeouts(**timeouts),
        tag_prefix=document.get("tagPrefix", "phase4"),
        keep_images=document.get("keepImages", 3),
        env=dict(env),
        generated=tuple(document.get("generated", ())),
        # YAML 1.1 reads a bare `off` as false.
        rollback=document.get("rollback", "auto") == "auto",
        ai=dict(document.get("ai") or {}),
        budgets=_budgets(document.get("budgets", {})),
    )


def _budgets(document: Mapping[str, Any]) -> Budgets:
    """The plan's budgets, with what deploy.yaml says over them."""
    plan = Budgets()

    def given(name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return replace(getattr(plan, name), **{_snake(inner): number for inner, number in value.items()})
        return tuple(value) if isinstance(value, list) else value

    return replace(plan, **{_snake(key): given(_snake(key), value) for key, value in document.items()})


def _cluster(document: Mapping[str, Any]) -> ClusterSettings:
    fields = {_snake(key): value for key, value in document.items()}
    minikube = {_snake(key): value for key, value in fields.pop("minikube", {}).items()}
    minikube["start_arguments"] = tuple(minikube.get("start_arguments", ()))
    kubeconfig = fields.pop("kubeconfig", "")
    path = Path(kubeconfig).expanduser() if kubeconfig else None
    return ClusterSettings(**fields, minikube=Minikube(**minikube), kubeconfig=path)


def _service(name: str, services: Mapping[str, Any], root: Path) -> Service:
    owner = services.get(services[name].get("imageOf"), {})
    image = {key: owner[key] for key in IMAGE_KEYS if key in owner}
    fields = {_snake(key): value for key, value in (image | services[name]).items()}
    for key in ("chart", "dockerfile"):
        fields[key] = root / fields[key]
    fields["context"] = root / fields.get("context", ".")
    fields["after"] = tuple(fields.get("after", ()))
    return Service(name=name, **fields)


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()
