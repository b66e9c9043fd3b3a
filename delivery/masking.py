"""Keeps Secret values out of every output: the console, errors, logs and evidence."""

from __future__ import annotations

import base64
import json
import urllib.parse

MASK = "***"
_SHORTEST = 6
_CREDENTIALS = r"\b([a-z][a-z0-9+.-]*://[^\s:/@]+):[^\s@/]+@"


class Masker:
    """Replaces known secret values, and the encodings they travel in, by ``***``."""

    def __init__(self) -> None:
        self._needles: list[str] = []

    def add(self, value: str) -> None:
        """Know one more secret. Values shorter than six characters are too common to replace safely."""
        if len(value) < _SHORTEST:
            return
        forms = set(self._needles) | _forms(value)
        self._needles = sorted(forms, key=lambda form: (-len(form), form))

    def mask(self, text: str) -> str:
        """The text without secrets; credentials inside URLs go too, known or not."""
        for needle in self._needles:
            if needle in text:
                text = text.replace(needle, MASK)
        return _mask_url_credentials(text)


def _forms(value: str) -> set[str]:
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
