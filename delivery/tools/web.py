"""HTTP with short patience: is an address there, fetch it, give up when nothing comes.

Proxies and a certificate bundle of one's own are taken from the environment.
"""

from __future__ import annotations

import hashlib
import os
import queue
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from delivery.session import Session
from delivery.tools.tool_model import SourceFault

if TYPE_CHECKING:
    import requests

CONNECT_S = 3.0
ANSWER_S = 5.0
PROBE_S = 6.0
STALL_S = 20.0
SLOWEST_BYTES_PER_S = 1024
_PIECE_BYTES = 1 << 18
_TEXT_BYTES = 1 << 20


@dataclass(frozen=True)
class HttpAnswer:
    """What a look at an address gave: whether the host spoke at all, and why the file can't be had."""

    host_speaks: bool
    why_not: str = ""


def probe(url: str) -> HttpAnswer:
    """Whether a file can be fetched from here, in at most PROBE_S seconds, name resolution included."""
    answers: queue.Queue[HttpAnswer] = queue.Queue()
    # requests' timeouts don't cover name resolution, which may take half a minute on a cut-off machine.
    threading.Thread(target=lambda: answers.put(_head(url)), daemon=True).start()
    try:
        return answers.get(timeout=PROBE_S)
    except queue.Empty:
        return HttpAnswer(False, f"no answer within {PROBE_S:.0f} s")


def fetch_text(url: str) -> str:
    """A small text file; raises SourceFault."""
    import requests

    try:
        with _client() as client, client.get(url, timeout=(CONNECT_S, ANSWER_S)) as answer:
            if answer.status_code != requests.codes.ok:
                raise SourceFault(f"{url} answers {answer.status_code}")
            return answer.content[:_TEXT_BYTES].decode("utf-8", "replace")
    except requests.RequestException as wrong:
        raise SourceFault(f"{url}: {_in_words(wrong)}") from wrong


def download(session: Session, url: str, target: Path, note: Callable[[str], None]) -> str:
    """Write the file to `target` and return its SHA-256; raises SourceFault when it doesn't come whole."""
    import requests
    import urllib3

    try:
        with _client() as client, client.get(url, stream=True, timeout=(CONNECT_S, STALL_S)) as answer:
            if answer.status_code != requests.codes.ok:
                raise SourceFault(f"{url} answers {answer.status_code}")
            return _save(session, answer, target, note)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as wrong:
        raise SourceFault(f"{url}: {_in_words(wrong)}") from wrong


def _save(session: Session, answer: requests.Response, target: Path, note: Callable[[str], None]) -> str:
    total = int(answer.headers.get("content-length") or 0)
    digest, got, began = hashlib.sha256(), 0, time.monotonic()
    with target.open("wb") as out:
        while piece := answer.raw.read1(_PIECE_BYTES):
            session.door.check()
            digest.update(piece)
            out.write(piece)
            got += len(piece)
            took_s = time.monotonic() - began
            if took_s > STALL_S and got / took_s < SLOWEST_BYTES_PER_S:
                raise SourceFault(f"{answer.url}: slower than {SLOWEST_BYTES_PER_S} bytes a second")
            note(f"{got / 1e6:.0f} of {total / 1e6:.0f} MB" if total else f"{got / 1e6:.0f} MB")
    if total and got != total:
        raise SourceFault(f"{answer.url}: ended after {got} of {total} bytes")
    return digest.hexdigest()


def _head(url: str) -> HttpAnswer:
    import requests

    try:
        with _client() as client:
            answer = client.head(url, allow_redirects=True, timeout=(CONNECT_S, ANSWER_S))
    except requests.RequestException as wrong:
        return HttpAnswer(False, _in_words(wrong))
    if answer.status_code != requests.codes.ok:
        return HttpAnswer(True, f"answers {answer.status_code}")
    if "text/html" in answer.headers.get("content-type", ""):
        return HttpAnswer(True, "answers with a web page instead of the file")
    return HttpAnswer(True)


def _client() -> requests.Session:
    import requests

    client = requests.Session()
    # Without it a server may compress on the way, and the bytes are no longer those of the checksum.
    client.headers["Accept-Encoding"] = "identity"
    if not (os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")):
        client.verify = ssl.get_default_verify_paths().cafile or True
    return client


def _in_words(wrong: Exception) -> str:
    import requests

    table: tuple[tuple[type[Exception], str], ...] = (
        (requests.exceptions.SSLError, "its certificate is not trusted (REQUESTS_CA_BUNDLE names a bundle)"),
        (requests.exceptions.ProxyError, "the proxy does not let us through"),
        (requests.exceptions.ConnectTimeout, f"no connection within {CONNECT_S:.0f} s"),
        (requests.exceptions.ReadTimeout, "it stopped answering"),
        (requests.exceptions.ConnectionError, "it can't be reached"),
    )
    return next((words for kind, words in table if isinstance(wrong, kind)), "the transfer broke off")
