"""Runs in a pod of the backend: reaches what the backend needs, each by its own setting."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable

TIMEOUT_S = 8
Step = dict[str, object]


def keys(status: int, body: bytes) -> bool:
    """A set of keys that tokens are checked with."""
    try:
        return status == 200 and len(json.loads(body)["keys"]) > 0
    except (ValueError, KeyError, TypeError):
        return False


def taken(status: int, _body: bytes) -> bool:
    """It answers, and takes the key. A model need not list its models."""
    return status not in (401, 403) and status < 500


def http(name: str, url: str, good: Callable[[int, bytes], bool], bearer: str = "") -> Step:
    """One GET."""
    opener = urllib.request.build_opener()
    opener.addheaders = [("Authorization", f"Bearer {bearer}")] if bearer else []
    began = time.monotonic()
    try:
        with opener.open(url, timeout=TIMEOUT_S) as answer:
            status, body = answer.status, answer.read(65536)
    except urllib.error.HTTPError as error:
        status, body = error.code, b""
    except (OSError, ValueError) as error:
        return {"step": name, "ok": False, "seen": f"{url}: {getattr(error, 'reason', error)}"}
    took_ms = 1000 * (time.monotonic() - began)
    return {"step": name, "ok": good(status, body), "seen": f"{url}: HTTP {status} in {took_ms:.0f} ms"}


def tcp(name: str, url: urllib.parse.SplitResult) -> Step:
    """One connection."""
    host, port = url.hostname or "", url.port or 5432
    try:
        socket.create_connection((host, port), timeout=TIMEOUT_S).close()
    except OSError as error:
        return {"step": name, "ok": False, "seen": f"{host}:{port}: {error}"}
    return {"step": name, "ok": True, "seen": f"{host}:{port}"}


def main() -> None:
    """Print what was found as JSON."""
    env = os.environ
    model = (env.get("OPENAI_BASE_URL") or "https://api.openai.com/v1").rstrip("/") + "/models"
    found = [
        http(
            "backend to the sign-in's keys", env.get("JWKS_URL", "http://frontend:3000/api/auth/jwks"), keys
        ),
        http("backend to the model", model, taken, env.get("OPENAI_API_KEY", "")),
        tcp("backend to the database", urllib.parse.urlsplit(env.get("DATABASE_URL", ""))),
    ]
    sys.stdout.write(json.dumps(found) + "\n")


main()
