"""The app's API as its pages use it: through the frontend, with a session cookie and an Origin."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

ANSWER_S = 60
PASSWORD = "a quiet place for tests"


@dataclass
class Api:
    """One person's calls to one origin (scheme, host and port)."""

    origin: str
    http: requests.Session = field(default_factory=requests.Session)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        """The answer, whatever its status."""
        sent = {"Origin": self.origin, **headers}
        return self.http.request(
            method, self.origin + path, json=body, headers=sent, timeout=ANSWER_S, allow_redirects=False
        )

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON, None where it is empty; fails on any status but 2xx."""
        answer = self.send(method, path, body)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def tasks(self) -> list[dict[str, Any]]:
        """The person's tasks, newest first."""
        return list(self.call("GET", "/api/backend/tasks"))

    def titles(self) -> list[str]:
        """Titles of the person's tasks, in order of their alphabet."""
        return sorted(task["title"] for task in self.tasks())

    def add_task(self, title: str) -> int:
        """Add a task; gives its id."""
        return int(self.call("POST", "/api/backend/tasks", {"title": title})["id"])

    def chat(self, message: str, conversation_id: object = None) -> Any:
        """What the agent answers to one message, without streaming."""
        body = {"message": message} | ({"conversation_id": conversation_id} if conversation_id else {})
        return self.call("POST", "/api/backend/chat", body)

    def conversations(self) -> list[dict[str, Any]]:
        """The person's conversations."""
        found = self.call("GET", "/api/backend/conversations")
        return list(found)

    def messages(self, conversation_id: object) -> list[dict[str, Any]]:
        """All messages of a conversation, oldest first."""
        return list(self.call("GET", f"/api/backend/conversations/{conversation_id}/messages"))

    def said(self, conversation_id: object, role: str = "user") -> list[str]:
        """What one side said in a conversation, in order."""
        return [each["content"] for each in self.messages(conversation_id) if each["role"] == role]

    def chatkit(self, kind: str, **params: object) -> requests.Response:
        """A ChatKit request that is answered in one piece, whatever its status."""
        return self.send("POST", "/api/backend/chatkit", {"type": kind, "params": params})

    def stream(self, kind: str, **params: object) -> Iterator[dict[str, Any]]:
        """Events of a ChatKit request that is answered by a stream."""
        body = {"type": kind, "params": params}
        headers = {"Origin": self.origin, "Accept": "text/event-stream"}
        address = f"{self.origin}/api/backend/chatkit"
        with self.http.post(address, json=body, headers=headers, timeout=ANSWER_S, stream=True) as answer:
            assert answer.ok, f"{kind}: {answer.status_code} {answer.text[:500]}"
            for line in answer.iter_lines():
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    name: str
    email: str
    password: str
    api: Api

    def cookies(self) -> list[dict[str, object]]:
        """The person's session, as a browser takes it."""
        return [
            {"name": cookie.name, "value": cookie.value or "", "url": self.api.origin, "httpOnly": True}
            for cookie in self.api.http.cookies
        ]


def new_email(name: str) -> str:
    """An address that nobody else uses."""
    return f"{name.lower().replace(' ', '.')}-{secrets.token_hex(4)}@example.org"


def sign_up(origin: str, name: str = "Ada Lovelace") -> Person:
    """A new account, signed in. On a quick machine the tests make more of them than a minute may see."""
    person = Person(name, new_email(name), PASSWORD, Api(origin))
    body = {"name": name, "email": person.email, "password": person.password}
    answer = person.api.send("POST", "/api/auth/sign-up/email", body)
    if answer.status_code == 429:
        time.sleep(int(answer.headers["retry-after"]) + 1)
        answer = person.api.send("POST", "/api/auth/sign-up/email", body)
    assert answer.ok, f"sign-up: {answer.status_code} {answer.text[:500]}"
    return person


def user_input(text: str) -> dict[str, object]:
    """A message in ChatKit's protocol."""
    return {"content": [{"type": "input_text", "text": text}], "attachments": [], "inference_options": {}}
