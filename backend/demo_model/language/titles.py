"""Titles: cleaned of what surrounds them, and cut where one text names several tasks."""

import re

from demo_model.language.shadow import COVER, QUOTES, Text, is_code, read
from demo_model.language.words import ON_LIST, TASK_VERBS

MAX_TITLES = 40
TAIL = re.compile(
    rf"(?:[\s,]+(?:please|pls|thanks|thank\s+you|cheers|for\s+me|too|as\s+well|{ON_LIST}|as\s+(?:a|an|another)\s+(?:new\s+)?tasks?))+$",
    re.IGNORECASE,
)
STOP = re.compile(r"(?<![.\s])[.!?]$|(?<!\.)\.$")
LEAD = re.compile(r"^(?:(?:to|that|called|named|titled|saying)\s+|[:,\-]\s*)", re.IGNORECASE)
BULLET = re.compile(r"^\s*(?:[-*\u2022+]|\d{1,3}[.)]|\[[ xX]?\])\s+")
INLINE_NUMBER = re.compile(r"(?:^|\s)\d{1,2}[.)]\s+")
COMMA = re.compile(r"\s*,\s*(?:and\s+|&\s*)?(?:also\s+)?", re.IGNORECASE)
AND = re.compile(r"\s+(?:and|&|plus|as\s+well\s+as)\s+(?:also\s+|to\s+)?", re.IGNORECASE)
DESCRIPTION = re.compile(
    r"\s*[,;(]?\s*\b(?:with|and)\s+(?:the\s+|a\s+)?(?:description|notes?|details?)\s*(?:of\b|saying\b|:)?\s+(?P<text>.+)$"
    r"|\s*[,;(\-]\s*(?:description|notes?|details?)\s*:\s*(?P<labelled>.+)$",
    re.IGNORECASE | re.DOTALL,
)


def clean(text: Text) -> str:
    """The title as typed, without politeness, list names, a full stop or quotes around the whole."""
    if is_code(text):
        return text.original.strip()
    text = text.strip()
    while True:
        shorter = text
        for pattern in (TAIL, STOP):
            found = pattern.search(shorter.shadow)
            if found and found.start() > 0:
                shorter = shorter.part(0, found.start()).strip()
        if shorter == text:
            return _unquoted(text)
        text = shorter


def _unquoted(text: Text) -> str:
    whole = text.shadow and not text.shadow.strip(COVER)
    if whole and text.original[0] in QUOTES and text.original[-1] in QUOTES:
        return text.original[1:-1].strip()
    return text.original.strip()


def description(text: Text) -> tuple[Text, str | None]:
    """("buy milk", "two litres") of "buy milk with description two litres"."""
    found = DESCRIPTION.search(text.shadow)
    if not found or found.start() == 0:
        return text, None
    name = "text" if found["text"] else "labelled"
    return text.part(0, found.start()), clean(text.group(found, name)).rstrip(")")


def split(text: Text, *, listed: bool) -> list[str]:
    """The titles of one request. `listed`: after "tasks" or a colon, where every comma and "and" counts."""
    titles = [clean(piece) for piece in _pieces(text if is_code(text) else text.strip(), listed=listed)]
    return [title for title in titles if title]


def _pieces(text: Text, *, listed: bool) -> list[Text]:
    if "\n" in text.shadow:
        lines = [_without_bullet(line) for line in _cut(text, re.compile(r"\s*\n\s*"))]
        return [piece for line in lines for piece in (_pieces(line, listed=False) if line.original else [])]
    if is_code(text):
        return [text]
    if len(INLINE_NUMBER.findall(text.shadow)) > 1:
        return [piece for piece in _cut(text, INLINE_NUMBER) if piece.original]
    if listed and ";" in text.shadow:
        return _cut(text, re.compile(r"\s*;\s*"))
    return _enumerated(text, listed=listed)


def _enumerated(text: Text, *, listed: bool) -> list[Text]:
    pieces = [piece for part in _cut(text, COMMA) for piece in _cut(part, AND)]
    if listed or all(_is_quoted(piece) for piece in pieces):
        return _and_only_last(text) if listed else pieces
    if _has_verb(pieces[0]):
        return _at_verbs(text)
    commas = text.shadow.count(",")
    return _and_only_last(text) if commas and len(pieces) > 2 else [text]


def _and_only_last(text: Text) -> list[Text]:
    """Cut at commas, and at an "and" in the last piece: "bread and butter, jam and tea" is three."""
    parts = _cut(text, COMMA)
    return [*parts[:-1], *_cut(parts[-1], AND)]


def _at_verbs(text: Text) -> list[Text]:
    """Cut only where a verb follows: "buy milk and eggs and call mum" is two."""
    pieces = []
    start = 0
    for found in re.finditer(f"{COMMA.pattern}|{AND.pattern}", text.shadow, re.IGNORECASE):
        if found.start() > start and _has_verb(text.part(found.end(), found.end() + 40)):
            pieces.append(text.part(start, found.start()))
            start = found.end()
    return [*pieces, text.part(start)]


def _has_verb(text: Text) -> bool:
    word = re.match(r"\s*([a-z]+)", text.shadow, re.IGNORECASE)
    return bool(word) and word[1].lower() in TASK_VERBS if word else False


def _is_quoted(text: Text) -> bool:
    return bool(text.shadow) and not text.shadow.strip(COVER)


def _without_bullet(text: Text) -> Text:
    found = BULLET.match(text.shadow)
    return text.part(found.end()) if found else text


def _cut(text: Text, pattern: re.Pattern[str]) -> list[Text]:
    pieces = []
    start = 0
    for found in pattern.finditer(text.shadow):
        if found.end() > found.start():
            pieces.append(text.part(start, found.start()))
            start = found.end()
    return [*pieces, text.part(start)]


def tidy(text: str) -> str:
    """A clean title from bare words, for follow-ups."""
    return clean(read(text))
