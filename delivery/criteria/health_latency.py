"""How long HTTP answers take, each over a connection of its own, as `time curl` sees it."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from delivery.criteria.app_client import AppFault

_TIMEOUT_S = 10.0


def latencies(base: str, path: str, requests: int) -> tuple[float, ...]:
    """Seconds of each of so many requests, one after another. Raises AppFault for any answer but 2xx."""
    return tuple(one_latency(base, path) for _ in range(requests))


def one_latency(base: str, path: str) -> float:
    """Seconds from connecting to the end of the answer."""
    parts = urlsplit(base)
    began = time.perf_counter()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise AppFault(f"GET {base}{path}: no answer", str(error) or type(error).__name__) from None
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise AppFault(f"GET {base}{path}: HTTP {answer.status}")
    return time.perf_counter() - began
