"""The app's API as its pages use it: through the frontend, signed in, with request ids to find in logs."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from delivery.errors import CheckFailed
from delivery.paths import project_file

if TYPE_CHECKING:
    import requests

ANSWER_S = 30.0
_NAME = "Success Criteria"
_RETRIES = 2


class AppFault(CheckFailed):
    """The app did not do what a criterion asks of it."""


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in."""

    email: str
    password: str = field(repr=False)


class AppClient:
    """One person's calls to the frontend."""

    def __init__(self, origin: str) -> None:
        import requests

        self.origin = origin
        self.http: requests.Session = requests.Session()
        self.http.trust_env = False  # the address is ours, never a proxy's

    def send(self, method: str, path: str, body: object = None, request_id: str = "") -> requests.Response:
        """The answer, whatever its status. Raises AppFault where none comes."""
        import requests

        headers = {"Origin": self.origin} | ({"X-Request-ID": request_id} if request_id else {})
        try:
            return self.http.request(
                method,
                self.origin + path,
                json=body,
                headers=headers,
                timeout=ANSWER_S,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise AppFault(f"{method} {path}: no answer", _plain(error)) from None

    def call(self, method: str, path: str, body: object = None, request_id: str = "") -> Any:
        """The answer's JSON, None where it is empty. Raises AppFault on any status but 2xx."""
        answer = self.send(method, path, body, request_id)
        if not answer.ok:
            raise AppFault(f"{method} {path}: HTTP {answer.status_code}", answer.text[:300])
        return answer.json() if answer.content else None

    def sign_in(self, account: Account) -> bool:
        """Sign in; False where there is no such account."""
        body = {"email": account.email, "password": account.password}
        answer = self._patiently("/api/auth/sign-in/email", body)
        if answer.status_code in (401, 403, 404):
            return False
        if not answer.ok:
            raise AppFault(f"sign-in: HTTP {answer.status_code}", answer.text[:300])
        return True

    def sign_up(self, account: Account) -> None:
        """Make the account and sign in."""
        body = {"name": _NAME, "email": account.email, "password": account.password}
        answer = self._patiently("/api/auth/sign-up/email", body)
        if not answer.ok:
            raise AppFault(f"sign-up: HTTP {answer.status_code}", answer.text[:300])

    def tasks(self) -> list[dict[str, Any]]:
        """The person's tasks."""
        return list(self.call("GET", "/api/backend/tasks"))

    def add_task(self, title: str) -> int:
        """Add a task; gives its id."""
        return int(self.call("POST", "/api/backend/tasks", {"title": title})["id"])

    def tidy(self) -> None:
        """Remove the person's tasks and conversations, so that a run leaves nothing but the account."""
        for task in self.tasks():
            self.send("DELETE", f"/api/backend/tasks/{task['id']}")
        for one in self.call("GET", "/api/backend/conversations"):
            # The chat protocol has ids of its own for them.
            body = {"type": "threads.delete", "params": {"thread_id": f"thr_{one['id']}"}}
            self.call("POST", "/api/backend/chatkit", body)

    def _patiently(self, path: str, body: object) -> requests.Response:
        """The app lets nobody try more than a few times a minute; then it says how long to wait."""
        answer = self.send("POST", path, body)
        for _ in range(_RETRIES):
            if answer.status_code != 429:
                break
            time.sleep(min(60, int(answer.headers.get("retry-after", "10")) + 1))
            answer = self.send("POST", path, body)
        return answer


def own_account(origin: str, name: str) -> tuple[AppClient, Account]:
    """A signed-in client of the criteria's own account: made at the first run, kept in the state folder.

    `name` tells the deployments apart: cluster and namespace.
    """
    path = project_file(".delivery") / "criteria" / f"account-{name}.json"
    client, known = AppClient(origin), _kept(path)
    if known and client.sign_in(known):
        return client, known
    account = Account(f"success-criteria-{secrets.token_hex(4)}@example.org", secrets.token_urlsafe(18))
    client.sign_up(account)
    _keep(path, account)
    return client, account


def _kept(path: Path) -> Account | None:
    try:
        return Account(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _keep(path: Path, account: Account) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump({"email": account.email, "password": account.password}, file)


def _plain(error: Exception) -> str:
    return str(error).partition(": ")[2] or type(error).__name__
