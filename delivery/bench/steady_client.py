"""A client that asks an address at a steady rate and notes every answer."""

from __future__ import annotations

import http.client
import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_S = 10.0
# Beyond it requests wait for a thread, and are timed from when they were due all the same.
_MOST_THREADS = 2000


@dataclass(frozen=True)
class Asked:
    """One request: when it was due, by `time.monotonic`, how long it took from then, what was wrong."""

    service: str
    at_s: float
    took_s: float
    fault: str = ""


@dataclass(frozen=True)
class Summary:
    """Requests counted and timed; times in seconds."""

    count: int
    failed: tuple[Asked, ...]
    p50_s: float
    p95_s: float
    max_s: float


def summary(asked: Sequence[Asked]) -> Summary:
    """Pure: what these requests come to. Percentiles by nearest rank."""
    times = sorted(one.took_s for one in asked)

    def rank(share: float) -> float:
        return times[max(0, math.ceil(share * len(times)) - 1)] if times else 0.0

    failed = tuple(one for one in asked if one.fault)
    return Summary(len(asked), failed, rank(0.5), rank(0.95), rank(1.0))


def threads(rate: float, addresses: int, timeout_s: float) -> int:
    """Pure: how many requests are under way where none is answered; slow answers don't slow the asking."""
    return min(_MOST_THREADS, math.ceil(rate * timeout_s + 1) * addresses)


def ask_once(url: str, timeout_s: float = TIMEOUT_S) -> str:
    """GET over a new connection; an empty string for 2xx and 3xx, else what was wrong."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("GET", parts.path or "/", headers={"Connection": "close"})
        answer = connection.getresponse()
        answer.read()
        return "" if answer.status < 400 else f"HTTP {answer.status}"
    except (OSError, http.client.HTTPException) as fault:
        return f"{type(fault).__name__}: {fault}"
    finally:
        connection.close()


class Client:
    """Asks each address `rate` times a second, whether answers come or not."""

    def __init__(self, urls: Mapping[str, str], rate: float, timeout_s: float = TIMEOUT_S) -> None:
        self._urls, self._rate, self._timeout_s = urls, rate, timeout_s
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._asked: list[Asked] = []

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask as long as the block runs; answers that are under way at its end are waited for."""
        most = threads(self._rate, len(self._urls), self._timeout_s)
        with ThreadPoolExecutor(max_workers=most) as pool:
            metronome = threading.Thread(target=self._beat, args=(pool,), daemon=True)
            metronome.start()
            try:
                yield
            finally:
                self._ended.set()
                metronome.join()

    def due(self, from_s: float, until_s: float) -> list[Asked]:
        """The requests that were due in this time, of `time.monotonic`; complete once `asking` has ended.

        Before, those that hang are missing.
        """
        with self._lock:
            return [one for one in self._asked if from_s <= one.at_s < until_s]

    def _beat(self, pool: ThreadPoolExecutor) -> None:
        due_s = time.monotonic()
        while not self._ended.is_set():
            for service, url in self._urls.items():
                pool.submit(self._ask, service, url, due_s)
            due_s += 1.0 / self._rate
            self._ended.wait(max(0.0, due_s - time.monotonic()))

    def _ask(self, service: str, url: str, due_s: float) -> None:
        # Timed from when it was due: a request that had to wait for others has waited.
        fault = ask_once(url, self._timeout_s)
        with self._lock:
            self._asked.append(Asked(service, due_s, time.monotonic() - due_s, fault))
