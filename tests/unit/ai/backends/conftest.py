"""A session with a key, a cluster behind a fake kubectl, a kubectl-ai that repeats recordings."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from delivery.ai.answer import Budget, Context, Question
from delivery.cluster import Cluster
from delivery.cluster.provider import ClusterState, Seen
from delivery.cluster.provider_choice import PROVIDERS
from delivery.command import Door
from delivery.console import Console
from delivery.session import Session
from delivery.settings import ClusterSettings, Settings, Timeouts

FAKES = Path(__file__).resolve().parents[3] / "fakes"
KEY = "sk-model-key-of-the-test"  # pragma: allowlist secret
MakeSession = Callable[..., Session]


@pytest.fixture
def make_session(console: Console) -> MakeSession:
    def make(*, ai: dict[str, Any] | None = None, dry_run: bool = False, **env: str) -> Session:
        values = {"AI_API_KEY": KEY, **env}
        for name in ("AI_API_KEY", "OPENAI_API_KEY"):
            console.masker.add(values.get(name, ""))
        settings = Settings(
            "todo", ClusterSettings(provider="kind", name="trial"), {}, Timeouts(), "phase4", 3,
            {name: value for name, value in values.items() if value}, ai=ai or {},
        )  # fmt: skip
        return Session(settings, console, Door(console, dry_run=dry_run))

    return make


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    return make_session()


@dataclass(frozen=True)
class Programs:
    """The folder of the fakes, first on PATH, and what they were told and saw."""

    folder: Path

    def behave(self, name: str, **more: Any) -> None:
        """What kubectl-ai does from now on."""
        self.write("behaviour.json", json.dumps({"name": name, **more}))

    def write(self, name: str, text: str) -> None:
        """A file of the fakes' state."""
        (self.folder / name).write_text(text)

    @property
    def seen(self) -> dict[str, Any]:
        """What kubectl-ai was given."""
        return dict(json.loads((self.folder / "seen.json").read_text()))

    @property
    def kubectl_calls(self) -> list[dict[str, Any]]:
        """The calls of kubectl so far: argv and stdin."""
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, fake in {
        "kubectl": "kubectl-for-agents",
        "kubectl-ai": "kubectl-ai",
        "kagent": "kagent",
    }.items():
        (folder / name).symlink_to(FAKES / fake)
    (folder / "python3").symlink_to(Path(sys.executable).resolve())
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DELIVERY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("delivery.tools.path", lambda _session, name: str(folder / name))
    monkeypatch.setattr("delivery.ai.backends.view_account.ensure_may_change", lambda *_: None)
    programs = Programs(folder)
    programs.behave("answer")
    return programs


@pytest.fixture
def cluster(session: Session) -> Cluster:
    return cluster_of(session)


def cluster_of(session: Session) -> Cluster:
    """A handle whose kubectl is the fake."""
    return Cluster(
        name="trial", provider="kind", context="kind-trial", kubeconfig=Path("kubeconfig"), owned=True,
        seen=Seen(ClusterState.RUNNING), _session=session, _provider=PROVIDERS["kind"](session, "trial"),
    )  # fmt: skip


def question(
    text: str = "why is backend crashing", facts: str = "pod x crashes\n", seconds: float = 15
) -> Question:
    """A question with some facts."""
    return Question(text, Context(facts), Budget(seconds=seconds))
