"""Takes out of a text what must not leave this machine: known secrets, and what looks like one.

Rather too much than too little: a log line that lost a word still explains a fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from delivery.masking import MASK, Masker

_SHORTEST_VALUE = 6
# The last word of a name decides: `secretName`, `secretKeyRef`, `tokenExpirationSeconds` name no secret.
_LONG_WORD = (
    r"(?:pass(?:word|wd|phrase)|secret|token|credentials?|cookie"
    r"|(?:api|access|private|secret|auth|signing|encryption|master|account|shared|client|ssh)[-_]?key"
    r"|connection[-_]?string|database[-_]?url|authorization|signature)"
)
_SHORT_WORD = r"(?:pass|pwd|dsn|salt|pin|otp|sas)"
_SECRET_NAME = (
    rf"(?:[A-Za-z0-9_.-]{{0,60}}?{_LONG_WORD}|(?:[A-Za-z0-9_.-]{{0,60}}?[_.-])?{_SHORT_WORD})"
    r"(?:[-_]?(?:\d{1,4}|value|text|b64|base64|hash))?"
)
SECRET_NAME = re.compile(rf"^{_SECRET_NAME}$", re.IGNORECASE)
_NO_SECRET_VALUE = rf"(?!(?:{re.escape(MASK)}|true|false|null|none|nil|<set to|\$\(|\{{\{{|\[\]|\{{\}}))"
_VALUE = r"(?:\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|[^\s,;&\"'}\])]+)"


def _pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(text, flags)


_I, _M = re.IGNORECASE, re.MULTILINE
# Each pattern's group `keep` stays, the rest of the match goes.
_PATTERNS = (
    _pattern(r"-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)-----.*?(?:-----END [A-Z ]*-----|\Z)", re.S),
    _pattern(r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?"),
    # Anything may stand in the user's part of an address, an unquoted @ or / too.
    _pattern(r"(?P<keep>\b[a-z][a-z0-9+.-]{0,30}://)[^\s\"'<>]{0,300}(?=@[\w.\[])", _I),
    _pattern(r"(?P<keep>[?&]\w*(?:password|passwd|token|secret|key|sig|signature|auth|code)=)[^&\s\"']+", _I),
    _pattern(r"(?P<keep>\b(?:bearer|basic|digest|negotiate)\s+)[A-Za-z0-9._~+/=-]{6,}", _I),
    _pattern(r"(?P<keep>\b(?:set-)?cookie\s*:\s*)[^\n]+", _I),
    _pattern(r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{8,}"),
    _pattern(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|hf_|npm_|pypi-|dckr_pat_|hvs\.|shpat_)[A-Za-z0-9_-]{8,}"),
    _pattern(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{30,}"),
    # `name: X` with its `value:` beside or below, as env stands in YAML, in JSON and in Python's words.
    _pattern(
        rf"(?P<keep>[\"']?name[\"']?\s*:\s*[\"']?{_SECRET_NAME}[\"']?\s*,?\s*[\"']?value[\"']?\s*:\s*)"
        rf"{_NO_SECRET_VALUE}{_VALUE}", _I,
    ),
    _pattern(
        rf"(?P<keep>(?<![\w.-])[\"']?{_SECRET_NAME}[\"']?\s*(?:=|:(?!//)|=>)[^\S\n]*(?:is[^\S\n]+)?)"
        rf"{_NO_SECRET_VALUE}{_VALUE}", _I,
    ),
    _pattern(rf"(?P<keep>--{_SECRET_NAME}[=\s]+){_NO_SECRET_VALUE}(?!-){_VALUE}", _I),
    _pattern(r"(?P<keep>\bIDENTIFIED BY\s+|\bpassword\s+(?:is|was)\s+)" + _VALUE, _I),
    _pattern(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}\b"),
    # Random text: 20 and more with small and capital letters and digits, or 32 and more hex but a digest's.
    _pattern(r"(?<![A-Za-z0-9+_=-])(?!\d{8}T\d{6}Z\b)(?=[A-Za-z0-9+_-]*[a-z])(?=[A-Za-z0-9+_-]*[A-Z])(?=[A-Za-z0-9+_-]*[0-9])"
             r"[A-Za-z0-9+_-]{20,}={0,2}"),
    _pattern(r"(?<!sha256:)(?<![A-Za-z0-9-])[0-9a-f]{32,}(?![A-Za-z0-9])"),
)  # fmt: skip
# A Secret in an object's text: what it holds is the whole object's.
_SECRET_OBJECT = re.compile(r"[\"']?\bkind[\"']?\s*:\s*[\"']?Secret(?:List)?\b(?![-/])")
_SECRET_DATA = re.compile(
    r"(?P<keep>^(?P<indent>[ \t]*)(?:- )?[\"']?(?:data|stringData)[\"']?\s*:\s*\{?\s*\n)"
    r"(?:(?P=indent)[ \t]+\S.*(?:\n|\Z))+",
    _M,
)


class Redactor:
    """Replaces secrets by ``***`` and counts them. What it returned once, it leaves as it is.

    Known are the masker's secrets and `values`; values that are names in `public` stay.
    """

    def __init__(self, masker: Masker, values: Iterable[str] = (), public: Collection[str] = ()) -> None:
        self._masker, self._own = masker, Masker()
        for value in values:
            if len(value) >= _SHORTEST_VALUE and value not in public:
                self._own.add(value)
        self.count = 0

    def text(self, text: str) -> str:
        """The text without secrets; adds to `count` how many places there were."""
        clean = self._own.mask(self._masker.mask(text))
        if _SECRET_OBJECT.search(clean):
            clean = _SECRET_DATA.sub(rf"\g<keep>\g<indent>  {MASK}\n", clean)
        for pattern in _PATTERNS:
            clean = pattern.sub(_masked, clean)
        self.count += max(0, clean.count(MASK) - text.count(MASK))
        return clean

    def value_of(self, name: str, value: str) -> str:
        """The value of a variable: gone where its name is that of a secret."""
        if value and SECRET_NAME.match(name):
            self.count += 1
            return MASK
        return self.text(value)


def _masked(match: re.Match[str]) -> str:
    kept = match.groupdict().get("keep") or ""
    return f"{kept}{MASK}"
