"""The whole chat for tests: the app under a real uvicorn, a fake model beside it, people who talk to it."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import psycopg
from fastapi import FastAPI
from starlette.types import ASGIApp

import src.assembly  # noqa: F401  the app loads it beside its start; tests do not wait for it
from src.application import create_app
from tests.conftest import settings_for
from tests.fake_model import FakeModel
from tests.postgres import free_port
from tests.serving import served
from tests.signin import USER, Issuer

type Json = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    name: str
    http: httpx2.Client

    def chat(self, message: str, conversation_id: int | None = None, **headers: str) -> httpx2.Response:
        """POST /api/…/chat."""
        body: Json = {"message": message}
        if conversation_id is not None:
            body["conversation_id"] = conversation_id
        return self.http.post(f"/api/{self.name}/chat", json=body, headers=headers)

    def stream(self, message: str) -> list[tuple[str, Json]]:
        """The events of a streamed chat."""
        answer = self.chat(message, Accept="text/event-stream")
        assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
        blocks = [block.split("\n") for block in answer.text.strip().split("\n\n")]
        return [
            (name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks
        ]

    def get(self, path: str) -> Any:
        """GET /api/{name}/…"""
        answer = self.http.get(f"/api/{self.name}/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tasks(self) -> list[str]:
        """The titles of the tasks."""
        return [task["title"] for task in self.get("tasks")]

    def kit(self, request: str, /, **params: Any) -> httpx2.Response:
        """One ChatKit request."""
        return self.http.post("/chatkit", json={"type": request, "params": params})

    def kit_events(self, request: str, /, **params: Any) -> list[Json]:
        """The events of a ChatKit stream."""
        return events_of(self.kit(request, **params).text)

    def says(self, text: str, thread_id: str | None = None) -> list[Json]:
        """A message over ChatKit, in a new thread or an old one."""
        if thread_id is None:
            return self.kit_events("threads.create", input=user_input(text))
        return self.kit_events("threads.add_user_message", thread_id=thread_id, input=user_input(text))


def eventually(holds: Callable[[], bool], limit_s: float = 10) -> None:
    """Waits until it holds; fails when it does not in time."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def user_input(text: str) -> Json:
    """ChatKit's form of a message."""
    return {"content": [{"type": "input_text", "text": text}], "attachments": [], "inference_options": {}}


def events_of(stream: str) -> list[Json]:
    """The events of a ChatKit stream."""
    return [json.loads(block.removeprefix("data: ")) for block in stream.strip().split("\n\n") if block]


@dataclass(frozen=True)
class ChatApp:
    """The app, its model and its database."""

    url: str
    model: FakeModel
    issuer: Issuer
    database_url: str
    application: FastAPI

    def going_on(self) -> list[str]:
        """The tasks of the app's event loop, by name."""
        loop = self.application.state.parts._loaded.get_loop()
        return sorted(getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks(loop))

    @contextmanager
    def person(self, name: str = USER) -> Iterator[Person]:
        """Somebody signs in."""
        with httpx2.Client(
            base_url=self.url, headers=self.issuer.headers(name), timeout=60, trust_env=False
        ) as http:
            yield Person(name, http)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def execute(self, statement: str) -> None:
        """Changes something behind the app's back."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def runs(self) -> list[tuple[Any, ...]]:
        """Status and error of all runs."""
        return self.rows("SELECT status, error FROM agent_runs ORDER BY id")


@contextmanager
def chat_app(
    database_url: str, issuer: Issuer, model: ASGIApp | None = None, grace_s: int = 5, **values: Any
) -> Iterator[ChatApp]:
    """The app under uvicorn. `model` takes the fake's place; `values` are settings."""
    fake = FakeModel()
    port = free_port()
    with served(model or fake.app(), grace_s=1) as model_url:
        settings = settings_for(
            database_url,
            **{
                "jwks_url": issuer.jwks_url,
                "openai_base_url": f"{model_url}/v1",
                "mcp_url": f"http://127.0.0.1:{port}/mcp",
                "chat_limit_per_minute": 1000,
                **values,
            },
        )
        application = create_app(settings)
        with served(application, port, grace_s) as url:
            yield ChatApp(url, fake, issuer, database_url, application)
