"""Who signs the tokens of the tests: keys as Better Auth makes them, published by a real HTTP server."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

ORIGIN = "http://localhost:30000"
USER = "demo"


@dataclass
class Key:
    """One row of Better Auth's table `jwks`."""

    kid: str = field(default_factory=lambda: uuid.uuid4().hex)
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def public(self) -> dict[str, Any]:
        """As it is published."""
        return {
            **OKPAlgorithm.to_jwk(self.private.public_key(), as_dict=True),
            "alg": "EdDSA",
            "kid": self.kid,
        }


def claims(user_id: str = USER, **changes: Any) -> dict[str, Any]:
    """What Better Auth puts into a token; a change to None leaves the claim out."""
    now = int(time.time())
    usual = {
        "sub": user_id,
        "email": f"{user_id}@example.com",
        "name": user_id.title(),
        "iat": now,
        "exp": now + 900,
        "iss": ORIGIN,
        "aud": ORIGIN,
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


@dataclass
class Issuer:
    """Signs with its newest key and publishes all of them. `answer` replaces what the server sends."""

    port: int = 0
    keys: list[Key] = field(default_factory=lambda: [Key()])
    answer: tuple[int, bytes] | None = None
    delay_s: float = 0
    asked: int = 0

    @property
    def jwks_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/auth/jwks"

    def token(self, user_id: str = USER, **changes: Any) -> str:
        """A token for the user, signed with the newest key."""
        key = self.keys[-1]
        return jwt.encode(claims(user_id, **changes), key.private, "EdDSA", headers={"kid": key.kid})

    def headers(self, user_id: str = USER, **changes: Any) -> dict[str, str]:
        """What a request of the user carries."""
        return {"Authorization": f"Bearer {self.token(user_id, **changes)}"}

    def published(self) -> tuple[int, bytes]:
        """Status and body of /api/auth/jwks."""
        return self.answer or (200, json.dumps({"keys": [key.public() for key in self.keys]}).encode())


@contextmanager
def serving(port: int = 0) -> Iterator[Issuer]:
    """A new issuer whose keys are published over HTTP; given a port, the one of an address known before."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            time.sleep(issuer.delay_s)
            status, body = issuer.published() if self.path == "/api/auth/jwks" else (404, b"")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        issuer.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield issuer
        server.shutdown()
