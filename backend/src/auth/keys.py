"""The frontend's public keys (JWKS), fetched when they are first needed and kept for a while.

Not PyJWT's PyJWKClient: that one blocks the thread, and while the other side is away it asks again for every
request. This one asks once for all who wait, and remembers a failure for a moment.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from jwt import PyJWK, PyJWKSet, PyJWTError

from src.web.address import host_of

if TYPE_CHECKING:
    import httpx2

TIMEOUT_S = 3.0
LARGEST_BYTES = 262_144
HINT = "Check JWKS_URL and that the frontend runs and is reachable from here (path /api/auth/jwks)."

log = structlog.get_logger("auth")


class KeysAwayError(Exception):
    """The keys cannot be had just now, so a token can be called neither good nor bad."""


@dataclass(frozen=True)
class Times:
    """How often the keys are asked for, in seconds."""

    lifespan_s: float = 300.0  # older keys are asked for again
    retry_s: float = 1.0  # after a failed fetch everybody hears of that failure for so long
    # Unknown keys ask at most `burst` times in `window_s`: made-up ones cannot hammer the frontend, and a
    # frontend that has just made its first keys is asked again at once.
    burst: int = 3
    window_s: float = 10.0


class KeySet:
    """The keys behind JWKS_URL by their `kid`. Each replica keeps its own copy."""

    def __init__(self, url: str, times: Times | None = None) -> None:
        self.url = url
        self.times = times or Times()
        self._keys: Mapping[str, PyJWK] = {}
        self._failed = False  # the last attempt
        self._answered = float("-inf")  # when it ended
        self._asked: deque[float] = deque([float("-inf")] * self.times.burst, self.times.burst)
        self._lock = asyncio.Lock()

    async def get(self, kid: str) -> PyJWK | None:
        """The key, or None where there is none of that name. Raises KeysAwayError.

        While the other side is away, a key known from before stays good.
        """
        arrived = time.monotonic()
        if self._must_ask(kid):
            async with self._lock:  # one asks, and its answer is that of all who waited for it
                if self._answered < arrived and self._must_ask(kid):
                    await self._ask()
        key = self._keys.get(kid)
        if key is None and self._failed:
            raise KeysAwayError
        return key

    def _must_ask(self, kid: str) -> bool:
        now = time.monotonic()
        if self._failed:
            return now - self._asked[-1] > self.times.retry_s
        if kid in self._keys:
            return now - self._asked[-1] > self.times.lifespan_s
        return now - self._asked[0] > self.times.window_s

    async def _ask(self) -> None:
        self._asked.append(time.monotonic())
        try:
            self._keys = parse_keys(await fetch_json(self.url))
            self._failed = False
        except (OSError, ValueError, PyJWTError) as error:
            self._failed = True
            reason = str(error) or type(error).__name__
            log.error("no keys", variable="JWKS_URL", host=host_of(self.url), reason=reason, hint=HINT)
        self._answered = time.monotonic()


def parse_keys(document: Any) -> Mapping[str, PyJWK]:
    """The keys for signatures that have a name. Raises ValueError or PyJWTError on anything else."""
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("the answer is not a set of keys")
    found = PyJWKSet(document["keys"]) if document["keys"] else ()
    return {key.key_id: key for key in found if key.key_id and key.public_key_use in ("sig", None)}


async def fetch_json(url: str) -> Any:
    """The document at the address, within TIMEOUT_S. Raises OSError or ValueError with words."""
    import httpx2  # noqa: PLC0415  on first use: it takes no part in a start

    try:
        async with asyncio.timeout(TIMEOUT_S), httpx2.AsyncClient(trust_env=False) as client:
            return json.loads(await _body(client, url))
    except httpx2.HTTPError as error:
        raise OSError(str(error) or type(error).__name__) from error
    except TimeoutError:
        raise OSError(f"it did not answer in {TIMEOUT_S:g} s") from None


async def _body(client: "httpx2.AsyncClient", url: str) -> bytes:
    async with client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
        if answer.status_code != 200:
            raise ValueError(f"it answered with status {answer.status_code}")
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > LARGEST_BYTES:
                raise ValueError("its answer is too large to be a set of keys")
        return bytes(body)
