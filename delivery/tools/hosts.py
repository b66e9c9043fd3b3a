"""Hosts that don't answer: found out once a run, and remembered for ten minutes beside the tools."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from delivery.paths import cache_dir
from delivery.session import Session
from delivery.tools import web
from delivery.tools.memo import memo

REMEMBERED_S = 600.0


def silent(session: Session, url: str) -> bool:
    """Whether the host of this address gives no answer of any kind."""
    why_not(session, url)
    return urlsplit(url).netloc in memo(session).hosts


def why_not(session: Session, url: str, *, fresh: bool = False) -> str:
    """Why a file can't be fetched from this address, "" when it can.

    Asked once a run. A host that didn't answer is remembered in the cache for REMEMBERED_S seconds, so that
    the next run doesn't wait again; `fresh` overlooks that.
    """
    host = urlsplit(url).netloc
    known = memo(session).hosts
    with memo(session).lock(host):
        if host in known:
            return known[host]
        if url not in known:
            known[url] = _ask(url, known, fresh=fresh)
        return known[url]


def _ask(url: str, known: dict[str, str], *, fresh: bool) -> str:
    host = urlsplit(url).netloc
    remembered = "" if fresh else _remembered().get(host, "")
    if remembered:
        known[host] = remembered
        return remembered
    answer = web.probe(url)
    if answer.host_speaks:
        return f"{host} {answer.why_not}" if answer.why_not else ""
    known[host] = f"{host}: {answer.why_not}"
    _remember(host, known[host])
    return known[host]


def _file() -> Path:
    return cache_dir() / "tools" / "silent-hosts.json"


def _remembered() -> dict[str, str]:
    now = time.time()
    return {host: why for host, (since, why) in _read().items() if 0 <= now - since < REMEMBERED_S}


def _read() -> dict[str, tuple[float, str]]:
    try:
        document = json.loads(_file().read_text(encoding="utf-8"))
        return {str(host): (float(entry[0]), str(entry[1])) for host, entry in document.items()}
    except (OSError, ValueError, TypeError, AttributeError, IndexError, KeyError):
        return {}


def _remember(host: str, why: str) -> None:
    document = {**_read(), host: (time.time(), why)}
    with contextlib.suppress(OSError):  # a hint that can't be written only costs the next run some seconds
        _file().parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=_file().parent)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(document, out)
        Path(name).replace(_file())
