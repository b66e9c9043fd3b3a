"""Which task a request is about: "task 3", "the first", "buy milk", "all completed", "it"."""

import re

from demo_model.language import titles
from demo_model.language.intents import Every, It, Named, Number, Position, Status, Target
from demo_model.language.shadow import Text
from demo_model.language.words import DONE, LIST, MY, NUMBERS, OFF_LIST, OPEN, ORDINALS, TASK

_N = rf"(?:\d{{1,18}}|{'|'.join(NUMBERS)})"
_LABEL = rf"(?:(?:the\s+)?(?:{TASK}|number|no\.|nr\.?|id|with|which|has|is|\#)\s*)"
NUMBER = re.compile(rf"(?:{_LABEL}{{0,4}}\#?\d{{1,18}}|{_LABEL}{{1,4}}{_N})", re.IGNORECASE)
DIGITS = re.compile(rf"({_N})$", re.IGNORECASE)
PLACE = re.compile(
    rf"(?:(?:{MY})\s+)?(?:very\s+)?(?P<word>{'|'.join(ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th)|last|bottom|top|final"
    rf"|newest|latest|most\s+recent|oldest)(?:\s+(?:{TASK}|one|thing))?(?:\s+(?:on|of|in|from)\s+{MY}\s+{LIST})?",
    re.IGNORECASE,
)
PLACES: dict[str, Position] = {
    **{word: Position(place) for place, word in enumerate(ORDINALS, start=1)},
    "top": Position(1),
    "last": Position(-1),
    "final": Position(-1),
    "bottom": Position(-1),
    "newest": Position("newest"),
    "latest": Position("newest"),
    "most recent": Position("newest"),
    "oldest": Position("oldest"),
}
_ALL = r"(?:all|every|each|any)(?:\s+of)?"
_NOUN = rf"(?:{TASK}|ones?|{LIST}|things?|stuff|them|it)"
EVERY = re.compile(
    rf"""(?:
    everything | (?:{MY}\s+)?(?:whole|entire)\s+list | (?:(?:{_ALL})\s+)?{MY}\s+{LIST} | all | them\s+all
    | (?:(?:{_ALL}|{MY}|those|these)\s+){{1,3}}(?:(?P<status>{DONE}|{OPEN})\s*)?{_NOUN}
    | (?:(?:{_ALL}|{MY})\s+){{0,3}}(?P<bare>{DONE}|{OPEN})(?:\s+{_NOUN})?
    )(?:\s+(?:i\s+have|(?:that|which|i)(?:'s|'ve|\s+is|\s+are|\s+have)(?:\s+been)?\s+(?:already\s+)?(?P<later>{DONE}|{OPEN})))?
    {OFF_LIST}""",
    re.IGNORECASE | re.VERBOSE,
)
ONE_TASK = re.compile(r"(?:the|my|this|that)\s+(?:task|item|reminder|to-?do|one|thing)", re.IGNORECASE)
IT = re.compile(r"(?:it|that|this|that one|this one|them|those|these|both)", re.IGNORECASE)
SEVERAL = ("them", "those", "these", "both")
NAME_LEAD = re.compile(
    rf"^(?:the\s+|my\s+|a\s+)?{TASK}\s+(?:(?:called|named|titled|about|for|to|with\s+(?:the\s+)?(?:title|name))\s+)?",
    re.IGNORECASE,
)
NAME_TAIL = re.compile(rf"(?:\s+(?:{TASK}|one))?(?:{OFF_LIST})$", re.IGNORECASE)
JOIN = re.compile(r"\s*(?:,\s*(?:and\s+)?|\s(?:and|&|\+)\s)\s*", re.IGNORECASE)
EXCEPT = re.compile(r"\b(?:except|apart\s+from|other\s+than|but\s+not|besides|without)\b", re.IGNORECASE)


def parse(text: Text) -> list[Target]:
    """One target, or several where the text lists numbers or places ("tasks 2 and 3")."""
    text = text.strip(" \n,;:.!?")
    whole = single(text)
    if not isinstance(whole, Named):
        return [whole]
    pieces = [piece.strip() for piece in _split(text)]
    found = [single(piece) for piece in pieces if piece.original]
    if any(isinstance(target, Number | Position) for target in found):
        return found
    return [whole]


def single(text: Text) -> Target:
    """The one target a text means."""
    shadow = " ".join(text.shadow.split())
    if ONE_TASK.fullmatch(shadow) or IT.fullmatch(shadow):
        return It(several=shadow.lower() in SEVERAL)
    if place := PLACE.fullmatch(shadow):
        return _place(place["word"].lower())
    if NUMBER.fullmatch(shadow):
        return Number(_number(shadow))
    if every := EVERY.fullmatch(shadow):
        return Every(status(every["status"] or every["bare"] or every["later"] or ""))
    return Named(name(text))


def parts(text: str) -> list[str]:
    """Names in "milk and eggs", to be tried when the whole fits no task."""
    return [piece for piece in JOIN.split(text) if piece.strip()]


def name(text: Text) -> str:
    """The words of a title: "buy milk" of "the task called buy milk"."""
    lead = NAME_LEAD.match(text.shadow)
    if lead and lead.end() < len(text.shadow):
        text = text.part(lead.end())
    tail = NAME_TAIL.search(text.shadow)
    if tail and tail.start() > 0:
        text = text.part(0, tail.start())
    return titles.clean(text)


def status(words: str) -> Status:
    """The status that words like "unfinished" or "done" stand for; "all" for none."""
    if re.search(rf"\b{OPEN}(?:\b|$)", words, re.IGNORECASE):
        return "pending"
    return "completed" if re.search(rf"\b{DONE}\b", words, re.IGNORECASE) else "all"


def _split(text: Text) -> list[Text]:
    pieces, start = [], 0
    for found in JOIN.finditer(text.shadow):
        pieces.append(text.part(start, found.start()))
        start = found.end()
    return [*pieces, text.part(start)]


def _place(word: str) -> Position:
    if word in PLACES:
        return PLACES[word]
    return Position(int(word[:-2]) or 1)


def _number(shadow: str) -> int:
    found = DIGITS.search(shadow)
    word = found[1].lower() if found else "0"
    return int(word) if word.isdigit() else NUMBERS.index(word) + 1
