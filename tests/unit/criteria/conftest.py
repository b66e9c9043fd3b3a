"""A deployed app for the fast tests: a real subject over a cluster that answers from a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from delivery.cluster import Cluster
from delivery.command import Result as Answer
from delivery.console import Console
from delivery.criteria.subject import Options, Subject
from delivery.release.state import NamespaceState
from delivery.session import Session
from delivery.settings import Settings, load_settings

Responder = Callable[[Sequence[str]], str]


@dataclass
class FakeDoor:
    """Answers commands by the first text of `answers` that is in them; remembers what was run."""

    console: Console
    answers: Mapping[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    dry_run: bool = False

    def read(self, argv: Sequence[str], **_: Any) -> Answer:
        line = " ".join(argv)
        self.ran.append(line)
        text = next((text for key, text in self.answers.items() if key in line), "")
        return Answer(tuple(argv), 0, text, "", 0.0)

    mutate = read

    def check(self) -> None:
        """Never interrupted."""


@dataclass(frozen=True)
class FakeCluster:
    """A cluster of one node."""

    name: str = "test"
    owned: bool = True

    def kubectl(self, *arguments: str) -> list[str]:
        return ["kubectl", *arguments]

    def nodes(self) -> tuple[str, ...]:
        return ("node-1",)

    def address(self, _port: int) -> str | None:
        return "http://127.0.0.1:1"


@pytest.fixture
def settings() -> Settings:
    return load_settings({}, environ={})


@pytest.fixture
def make_subject(settings: Settings, console: Console, tmp_path: Path) -> Callable[..., Subject]:
    """A subject whose services are all reached at `addresses`."""

    def make(answers: Mapping[str, str] | None = None, addresses: Mapping[str, str] | None = None) -> Subject:
        door = FakeDoor(console, {"get pods": json.dumps({"items": []}), **(answers or {})})
        session = Session(settings, console, cast(Any, door))
        where = addresses or {"frontend": "http://127.0.0.1:1", "backend": "http://127.0.0.1:1"}
        return Subject(session, cast(Cluster, FakeCluster()), NamespaceState(), where, tmp_path, Options())

    return make
