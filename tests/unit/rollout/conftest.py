"""A kubectl that answers from a recording, in a time of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from delivery.cluster import Cluster
from delivery.command import Door
from delivery.console import Console
from delivery.session import Session
from delivery.settings import Settings
from delivery.settings.model import ClusterSettings, Timeouts
from tests.unit.rollout.recordings import recording

# Answers as kubectl 1.35 does, refusals included; what it was asked is kept in `calls`.
PROGRAM = """\
#!{python} -ISE
import json, sys
words = sys.argv[1:]
with open({folder!r} + "/calls", "a") as calls:
    calls.write(json.dumps(words) + "\\n")
with open({folder!r} + "/now") as now, open({folder!r} + "/script") as script:
    now, script = float(now.read()), json.load(script)
if any(begin <= now < end for begin, end in script["away"]):
    sys.exit("The connection to the server 127.0.0.1:6443 was refused - did you specify the right host?")
if any(begin <= now < end for begin, end in script["broken"]):
    print('{{"items": [{{"kind": "Po')
    sys.exit(0)
if words[0] == "logs":
    print("Traceback: no such table: tasks")
    sys.exit(0)
if words[0] == "delete":
    sys.exit(0)
kind, name = words[1], words[2]
if kind in script["forbidden"]:
    sys.exit(f'Error from server (Forbidden): {{kind}} is forbidden: User "x" cannot get resource "{{kind}}"')
if kind in ("secret", "configmap"):
    keys = script["objects"].get(f"{{kind}}/{{name}}")
    print("" if keys is None else " ".join([name, *keys]), end="")
elif kind in ("nodes", "persistentvolumeclaims"):
    print(json.dumps({{"items": script["items"].get(kind, [])}}))
else:
    items = [line for begin, line in script["lines"] if begin <= now]
    print(json.dumps({{"items": items[-1] if items else []}}))
"""


class World:
    """The cluster behind the fake kubectl; it is also the watch's clock, which may be made to run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds = 0.0
        self.pace = 1.0
        self.images: dict[str, Mapping[str, str]] = {}
        self._script: dict[str, Any] = {
            "lines": [], "away": [], "broken": [], "forbidden": [], "objects": {}, "items": {}
        }  # fmt: skip
        program = folder / "kubectl"
        program.write_text(PROGRAM.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)
        self.say()

    def say(self, **script: Any) -> World:
        """Set what kubectl answers: lines, away, broken, forbidden, objects, items."""
        self._script.update(script)
        (self.folder / "script").write_text(json.dumps(self._script))
        (self.folder / "now").write_text(str(self.seconds))
        return self

    def play(self, name: str) -> World:
        """Answer lists from a recording, whose workload belongs to release web."""
        return self.say(lines=[[second, items] for second, items in recording(name)])

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float, /) -> None:
        self.seconds += seconds * self.pace
        self.say()

    def kubectl(self, *arguments: str) -> list[str]:
        return [str(self.folder / "kubectl"), *arguments]

    def helm(self, *arguments: str) -> list[str]:
        return ["echo", *arguments]

    def node_image_ids(self, reference: str) -> Mapping[str, str]:
        return self.images.get(reference, {"lab-control-plane": ""})

    @property
    def cluster(self) -> Cluster:
        return cast(Cluster, self)

    def calls(self, verb: str) -> list[Sequence[str]]:
        """The command lines that began with this verb."""
        lines = (self.folder / "calls").read_text().splitlines()
        return [words for words in map(json.loads, lines) if words[0] == verb]

    def asked(self, kind: str) -> list[Sequence[str]]:
        """The command lines that got this kind of object."""
        return [words for words in self.calls("get") if words[1] == kind]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def session(console: Console, door: Door) -> Session:
    return Session(Settings("todo", ClusterSettings(), {}, Timeouts(), "phase4", 3, {}), console, door)
