"""Asks the app over HTTP, through its Service, as a user would."""

from __future__ import annotations

import time
import urllib.error
import urllib.request

from delivery.errors import DeployFailed

_REQUEST_TIMEOUT_S = 5.0
_PATIENCE_S = 15.0


def probe_service(name: str, url: str, patience_s: float = _PATIENCE_S) -> None:
    """Return when `url` answers 2xx or 3xx. Raises DeployFailed with the last answer."""
    until = time.monotonic() + patience_s
    while True:
        answer = ask(url)
        if answer == "":
            return
        if time.monotonic() > until:
            raise DeployFailed(
                f"{name} is up but does not answer through its Service", f"GET {url}: {answer}",
                "look at its logs; run ./inv deploy.status",
            )  # fmt: skip
        time.sleep(0.3)


def ask(url: str) -> str:
    """An empty string where `url` answers well, else what was wrong. The address is ours, never a proxy's."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_REQUEST_TIMEOUT_S):
            return ""
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code} {error.read(200).decode('utf-8', 'replace')}".strip()
    except OSError as error:
        return str(getattr(error, "reason", error))
