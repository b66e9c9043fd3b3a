"""A cluster behind a scripted door: helm and kubectl answer from a table, and what was asked is kept."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from delivery.cluster import Cluster
from delivery.command import Command, Door, Result
from delivery.console import Console
from delivery.errors import CommandFailed
from delivery.release.lock import Held
from delivery.release.record import Entry
from delivery.session import Session
from delivery.settings import Settings
from delivery.settings.model import ClusterSettings, Service, Timeouts
from tests.unit.rollout.builders import pod, rollout, running

Answer = str | Exception | Callable[[Command], str]
SETTINGS = Settings("todo", ClusterSettings(), {}, Timeouts(rollout_s=0.0), "phase4", 3, {})


class ScriptedDoor(Door):
    """Answers a command by the first row of its program whose words it has; without one, the test fails."""

    def __init__(self, console: Console, rows: Mapping[str, Answer]) -> None:
        super().__init__(console)
        self.rows = dict(rows)
        self.asked: list[Command] = []

    def run(self, command: Command) -> Result:
        self.asked.append(command)
        for words, answer in self.rows.items():
            program, *others = words.split()
            if program == command.argv[0] and all(word in command.argv for word in others):
                if isinstance(answer, Exception):
                    raise answer
                return Result(command.argv, 0, answer(command) if callable(answer) else answer, "", 0.0)
        raise AssertionError(f"nobody scripted an answer to {' '.join(command.argv)}")

    def done(self, *words: str) -> list[Command]:
        """The commands that hold all these words, in their order."""
        return [one for one in self.asked if all(word in one.argv for word in words)]


@dataclass
class World:
    """Release web with revisions 1 (verified) and 2 (newest); a rollback makes revision 3."""

    revision: int = 2
    items: list[dict[str, Any]] = field(
        default_factory=lambda: rollout(pod(running()), wanted=1, updated=1, available=1)
    )
    images: dict[str, str] = field(default_factory=lambda: {"node": "sha256:1"})
    secrets: tuple[str, ...] = ("web-secrets-1",)
    live: list[dict[str, Any]] = field(default_factory=lambda: [config_map("A")])
    desired: list[dict[str, Any]] = field(default_factory=lambda: [config_map("A")])
    trouble: Exception | None = None

    def door(self, console: Console, more: Mapping[str, Answer] | None = None) -> ScriptedDoor:
        """The door to this world; rows of `more` come first."""
        rows: dict[str, Answer] = {
            "helm list": lambda _: json.dumps(
                [{"name": "web", "revision": str(self.revision), "status": "deployed"}]
            ),
            "helm history": json.dumps(
                [
                    {"revision": n, "status": "superseded", "updated": "", "description": ""}
                    for n in range(1, self.revision + 1)
                ]
            ),
            "helm rollback": self._roll_back,
            "helm get manifest": "{kind: ConfigMap, metadata: {name: web-config}}",
            "helm": "",
            "kubectl apply --dry-run=server": lambda _: listed(self.desired),
            "kubectl apply": "",
            "kubectl patch": "",
            "kubectl get --raw": '{"gitVersion": "v1.34.1"}',
            "kubectl get secret": lambda one: f"secret/{one.argv[3]}" if one.argv[3] in self.secrets else "",
            "kubectl get secrets": lambda _: listed([]),
            "kubectl get --filename": lambda _: listed(self.live),
            "kubectl get --show-managed-fields": self._one,
            "kubectl get deployments,statefulsets,services,configmaps": lambda _: listed(self.live),
            "kubectl get": lambda _: listed(self.items),
            "kubectl logs": "KeyError: no luck today",
        }
        first = dict(more or {})
        return ScriptedDoor(console, {**first, **{key: rows[key] for key in rows if key not in first}})

    def _one(self, command: Command) -> str:
        """An object by its name, as `kubectl get --ignore-not-found` prints it."""
        names = {f"{one['kind']}/{one['metadata']['name']}".lower(): one for one in self.live}
        return json.dumps(names[command.argv[2]]) if command.argv[2] in names else ""

    def _roll_back(self, _: Command) -> str:
        if self.trouble:
            raise self.trouble
        self.revision += 1
        return "Rollback was a success!"

    def kubectl(self, *arguments: str) -> list[str]:
        return ["kubectl", *arguments]

    def helm(self, *arguments: str) -> list[str]:
        return ["helm", *arguments]

    def node_image_ids(self, reference: str, /) -> Mapping[str, str]:
        return self.images if reference else {}

    @property
    def cluster(self) -> Cluster:
        return cast(Cluster, self)


def config_map(value: str, manager: str = "helm") -> dict[str, Any]:
    """ConfigMap web-config of release web with one setting, written by `manager`."""
    fields: dict[str, Any] = {"f:data": {"f:LEVEL": {}}}
    entry = {"manager": "helm", "operation": "Apply", "fieldsV1": fields}
    others = [] if manager == "helm" else [{"manager": manager, "operation": "Update", "fieldsV1": fields}]
    return {
        "kind": "ConfigMap",
        "metadata": {
            "name": "web-config", "resourceVersion": "7", "managedFields": [entry, *others],
            "labels": {"app.kubernetes.io/instance": "web"},
        },
        "data": {"LEVEL": value},
    }  # fmt: skip


def with_field(item: dict[str, Any], manager: str) -> dict[str, Any]:
    """The same ConfigMap with a key that the chart does not have."""
    item = copy.deepcopy(item)
    item["data"]["EXTRA"] = "1"
    entry = {"manager": manager, "operation": "Update", "fieldsV1": {"f:data": {"f:EXTRA": {}}}}
    item["metadata"]["managedFields"].append(entry)
    return item


def listed(items: Sequence[Any]) -> str:
    """What kubectl prints of several objects."""
    return json.dumps({"kind": "List", "items": list(items)})


class FreeLock:
    """A lock that this run holds."""

    def ensure(self) -> None:
        """Still held."""


HELD = cast(Held, FreeLock())
REFUSED = CommandFailed("`helm rollback` ended with exit code 1", "Error: an object is immutable")


def service_of(settings: Settings, **fields: Any) -> Service:
    """Service web, whose rollout is judged at the first look."""
    from tests.unit.release.test_plan import service

    return service("web", rollout={"stabilityS": 0}, **fields)


def entry(revision: int = 1, **fields: Any) -> Entry:
    """A verified revision of release web."""
    given = {"image": "todo-web:1", "image_id": "sha256:1", "secret": "web-secrets-1", "digest": "d"}
    return Entry(revision, **{**given, "verified_at": "t", **fields})


def session_of(console: Console, door: Door) -> Session:
    """A session that looks once and is not patient."""
    return Session(SETTINGS, console, door)
