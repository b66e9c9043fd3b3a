"""The app's variables: which there are, which of them are secret, and what is wrong with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from delivery.settings.example import explanation
from delivery.settings.model import Settings
from delivery.settings.overrides import PREFIX
from delivery.settings.schema import ENV_SCHEMA, near_miss

# What examples and documentation put in a value's place.
PLACEHOLDER = re.compile(
    r"USER:PASSWORD@|^((change|replace)[-_ ]?me.*|(your|insert)[-_ ].*|<.*>|(sk-)?(x{3,}|\.{3}|your.*))$",
    re.IGNORECASE,
)


def app_env(
    document: Mapping[str, Any], file_values: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, str]:
    """Variables of the .env file, overruled by those of the environment that the app knows.

    An empty variable of the environment is one that wasn't given.
    """
    known = set(_rules()) | _named(document)
    ours = {name: value for name, value in file_values.items() if not name.startswith(PREFIX)}
    return {**ours, **{name: environ[name] for name in known if environ.get(name)}}


def env_faults(app_env: Mapping[str, str], file_values: Mapping[str, str]) -> list[str]:
    """Faults of the app's variables, each with its source. They never hold a value."""
    rules = _rules()
    faults = []
    for name, rule in rules.items():
        fault = _fault(app_env.get(name, ""), rule)
        if fault:
            source = ".env" if file_values.get(name) == app_env[name] else "environment"
            faults.append(f"{source}: {name}: {fault}\n    .env.example says: {explanation(name)}")
    for name in sorted(set(app_env) - set(rules)):
        hint = near_miss(name, rules)
        if hint and not app_env.get(hint):
            faults.append(f".env: {name}: unknown, and {hint} is not set; did you mean {hint}?")
    return faults


def stand_in_faults(
    services: Mapping[str, Any], app_env: Mapping[str, str], file_values: Mapping[str, str]
) -> list[str]:
    """Variables that would do nothing, since a service stands in for what they belong to."""
    faults = []
    for name, service in services.items():
        unless = service.get("unless", "")
        for variable in service.get("standsIn", {}) if unless and not app_env.get(unless) else ():
            if app_env.get(variable):
                source = ".env" if file_values.get(variable) == app_env[variable] else "environment"
                faults.append(
                    f"{source}: {variable}: does nothing without {unless}, since {name} stands in;"
                    f" give {unless} too\n    .env.example says: {explanation(variable)}"
                )
    return faults


def _fault(value: str, rule: Mapping[str, Any]) -> str:
    if PLACEHOLDER.search(value):
        return "is a placeholder; put the real value there, or leave it empty"
    return "" if re.search(rule["pattern"], value, re.DOTALL) else f"is not {rule['description']}"


def secret_values(settings: Settings) -> list[str]:
    """Values that no output may show.

    Variables marked secret in the schema, and those that a service's Secret names unless marked otherwise.
    """
    rules = _rules()
    marked = {name for name, rule in rules.items() if rule["secret"]}
    in_secrets = {variable for service in settings.services.values() for variable in service.secret.values()}
    wanted = marked | (in_secrets - set(rules))
    return [settings.env[name] for name in sorted(wanted) if settings.env.get(name)]


def _rules() -> dict[str, dict[str, Any]]:
    rules: dict[str, dict[str, Any]] = json.loads(ENV_SCHEMA.read_text(encoding="utf-8"))["properties"]
    return rules


def _named(document: Mapping[str, Any]) -> set[str]:
    names: set[str] = set()
    services = document.get("services")
    for service in services.values() if isinstance(services, dict) else ():
        if isinstance(service, dict):
            secret = service.get("secret")
            names |= {str(v) for v in secret.values()} if isinstance(secret, dict) else set()
            stands_in = service.get("standsIn")
            names |= set(stands_in) if isinstance(stands_in, dict) else set()
            names |= {str(service[key]) for key in ("unless", "publicUrl") if service.get(key)}
    return names
