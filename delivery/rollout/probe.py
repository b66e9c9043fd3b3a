"""Asks the app over HTTP, through its Service, as a user would."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request

_REQUEST_TIMEOUT_S = 5.0
_PATIENCE_S = 15.0


def probe(url: str, patience_s: float = _PATIENCE_S) -> str:
    """An empty string as soon as `url` answers 2xx or 3xx, else its last answer after that many seconds."""
    until = time.monotonic() + patience_s
    while True:
        answer = ask(url)
        if answer == "" or time.monotonic() > until:
            return answer
        time.sleep(0.3)


def ask(url: str) -> str:
    """An empty string where `url` answers well, else what was wrong. The address is ours, never a proxy's."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_REQUEST_TIMEOUT_S):
            return ""
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code} {error.read(200).decode('utf-8', 'replace')}".strip()
    except (OSError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", error)) or type(error).__name__
