"""Keeps Secret values out of every output: the console, errors, logs and evidence."""

from __future__ import annotations

import base64
import json
import threading
import urllib.parse

MASK = "***"
_SHORTEST = 6
_CREDENTIALS = r"\b([a-z][a-z0-9+.-]*://[^\s:/@]+):[^\s@/]+@"


class Masker:
    """Replaces known secret values, and the encodings they travel in, by ``***``."""

    def __init__(self) -> None:
        self._needles: list[str] = []
        self._lock = threading.Lock()

    def add(self, value: str) -> None:
        """Know one more secret, and the passwords in it where it is a URL. Safe to call from any thread.

        Values shorter than six characters are too common to replace safely.
        """
        forms = {form for secret in (value, *_passwords(value)) for form in _forms(secret)}
        with self._lock:
            # A new list each time: `mask` goes through the one it has without the lock.
            self._needles = sorted({*self._needles, *forms}, key=lambda form: (-len(form), form))

    def mask(self, text: str) -> str:
        """The text without secrets; credentials inside URLs go too, known or not."""
        for needle in self._needles:
            if needle in text:
                text = text.replace(needle, MASK)
        return _mask_url_credentials(text)


def _passwords(value: str) -> set[str]:
    """Passwords of a URL, as they are written and as they are meant: programs log the bare one."""
    scheme, found, rest = value.partition("://")
    if not found or not scheme:
        return set()
    before, _, query = rest.partition("?")
    # A password may hold an unquoted `@`, `/` or `?`, so both readings count.
    users = {text.rpartition("@")[0] for text in (rest, before, before.partition("/")[0])}
    written = {user.partition(":")[2] for user in users}
    written |= {
        text
        for name, _, text in (option.partition("=") for option in query.split("&"))
        if name.lower().endswith("password")
    }
    return written | {urllib.parse.unquote(text) for text in written}


def _forms(value: str) -> set[str]:
    if len(value) < _SHORTEST:
        return set()
    raw = value.encode()
    forms = {
        value,
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        urllib.parse.quote(value, safe=""),
        urllib.parse.quote_plus(value),
        json.dumps(value)[1:-1],
    }
    forms.update(line for line in value.splitlines() if len(line) >= 2 * _SHORTEST)
    return {form for form in forms if len(form) >= _SHORTEST}


def _mask_url_credentials(text: str) -> str:
    import re

    return re.sub(_CREDENTIALS, rf"\1:{MASK}@", text, flags=re.IGNORECASE) if "://" in text else text
