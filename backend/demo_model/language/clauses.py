"""One message to the requests in it: "add milk, then show my list" is two clauses.

A separator splits only where what follows opens a new request, so that "call Dr. Smith" and "bread and
butter" stay whole. After a weak separator (a comma, "and") only openings count that can hardly be part of a
title.
"""

import re
from collections.abc import Iterator

from demo_model.language.shadow import Text, is_code
from demo_model.language.words import DONE, MY, OPEN, TASK

SEPARATOR = re.compile(
    r"(?P<line>\s*\n\s*)"
    r"|(?P<strong>(?<=[.!?])\s+|\s*;\s*|,?\s+(?:and\s+)?then\s+|,?\s+after\s+that,?\s+|\s+-\s+)"
    r"|(?P<weak>\s*,\s*(?:and\s+|but\s+)?(?:also\s+)?|\s+(?:and|but|plus|&|also)\s+(?:also\s+|please\s+)?)",
    re.IGNORECASE,
)
_EVERY = r"(?:all|every\w*|(?:the\s+)?(?:first|second|third|last)\b)"
BOLD = re.compile(
    rf"""(?:please\s+|can\s+you\s+|could\s+you\s+|also\s+|now\s+)*(?:
    add\b | (?:create|make|new)\s+(?:an?\s+|another\s+)?(?:new\s+)?{TASK}\b
    | remind\s+me\b | (?:don't|do\s+not)\s+forget\b
    | (?:show|list|display|view|give\s+me|tell\s+me|see|check)\s+(?:\w+\s+){{0,4}}?
      (?:{TASK}|lists?|everything|all|{OPEN}|{DONE})\b
    | list$ | what(?:'s|\s+(?:is|are|do|have|did|should|else))\b | how\s+many\b | count\b
    | mark\b | (?:tick|check|cross)\s+(?:off\b|(?:\S+\s+){{1,8}}?off\b)
    | (?:complete|finish|close|cancel|do)\s+(?:{TASK}\b|number\b|\#|no\.|\d|{_EVERY})
    | i(?:'ve|\s+have|'m\s+done|\s+am\s+done|\s+need|\s+must|\s+should|\s+want|'d\s+like)\b
    | (?:delete|remove|erase|rename)\b | get\s+rid\s+of\b
    | clear\s+(?:all|every\w*|{MY}|(?:{DONE}|{OPEN}))\b
    | (?:change|update|edit|replace)\s+(?:\S+\s+){{1,12}}?(?:to|into|with)\s | (?:reopen|uncomplete)\b
    | thanks?\b | thank\s+you\b | ignore\s+(?:all|any|every|the|your|previous)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
SOFT = re.compile(
    rf"""(?:please\s+|can\s+you\s+|could\s+you\s+|also\s+|now\s+|finally\s+)*(?:
    (?:complete|finish|close|cancel|drop|discard|clear|change|update|edit|replace|put|create|make|note|insert|tick|check)\s
    | i\s | i'm\s | we\s | {TASK}\s*:
    | (?:hi|hello|hey|help|bye|goodbye|list|tasks|done|cheers|great|perfect)\b
    | (?:my|all|pending|completed)\s+(?:\w+\s+)?{TASK} | (?:who|what|how|which|any|are|is|do|have)\s
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# "call Dr. Smith": a short word before a dot is an abbreviation. "Buy milk. It is urgent." are two sentences.
SENTENCE = re.compile(r"(?:\w{4,}|[\])\"'\ufffc])[.!?]+\s+$")


def split(text: Text) -> list[Text]:
    """The clauses, without empty ones. A text with SQL in it is left whole."""
    if is_code(text):
        return [text.strip(" \n")]
    clauses = []
    start = 0
    for cut, following in _cuts(text):
        if cut > start:
            clauses.append(text.part(start, cut).strip())
        start = following
    clauses.append(text.part(start).strip())
    return [clause for clause in clauses if clause.original]


def _cuts(text: Text) -> Iterator[tuple[int, int]]:
    """(where a clause ends, where the next begins)."""
    for found in SEPARATOR.finditer(text.shadow):
        if _opens(text.shadow, found):
            yield found.start(), found.end()


def _opens(shadow: str, separator: re.Match[str]) -> bool:
    # 400 characters are more than any opening needs; they bound the work on long messages.
    rest = shadow[separator.end() : separator.end() + 400]
    if BOLD.match(rest):
        return True
    if separator["weak"] is not None:
        return False
    if SOFT.match(rest):
        return True
    before = shadow[max(0, separator.start() - 12) : separator.end()]
    return separator["line"] is None and rest[:1].isupper() and SENTENCE.search(before) is not None
