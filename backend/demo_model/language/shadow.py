"""A copy of a text, of the same length and easier to match: spans found in it fit the original."""

import re
from dataclasses import dataclass

# Quotes and dashes as typed by phones and word processors.
SINGLE_QUOTES = "\u2018\u2019"
DOUBLE_QUOTES = "\u201c\u201d\u00ab\u00bb"
DASHES = "\u2013\u2014"
QUOTES = SINGLE_QUOTES + DOUBLE_QUOTES + "\"'`"
PLAIN = str.maketrans(
    {"\t": " "}
    | dict.fromkeys(SINGLE_QUOTES, "'")
    | dict.fromkeys(DOUBLE_QUOTES, '"')
    | dict.fromkeys(DASHES, "-")
)
COVER = "\N{OBJECT REPLACEMENT CHARACTER}"
QUOTED = re.compile(
    r"""
    "[^"\n]+" | `[^`\n]+` | (?<![\w'])'[^'\n]+'(?![\w'])   # quoted words
    | <(?P<tag>[a-z][\w-]*)\b[^<>]*>.*?</(?P=tag)\s*> | <[!/]?[a-z][^<>]*>   # HTML
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
SQL = re.compile(
    r"\b(?:drop\s+(?:table|database)|delete\s+from|insert\s+into|truncate\s+table|alter\s+table|union\s+select"
    r"|update\s+\w+\s+set|select\s+[\w*,\s]{1,80}\s+from)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Text:
    """`shadow` has plain quotes, and cover characters over what is quoted: no rule looks in there."""

    original: str
    shadow: str

    def part(self, start: int, end: int | None = None) -> "Text":
        """The same slice of both."""
        return Text(self.original[start:end], self.shadow[start:end])

    def strip(self, characters: str = " \n,;:-") -> "Text":
        """Both without the characters around; quoted ones stay, they are covered."""
        left = len(self.shadow) - len(self.shadow.lstrip(characters))
        return self.part(left, max(left, len(self.shadow.rstrip(characters))))

    def group(self, match: re.Match[str], name: str) -> "Text":
        """A named group of a match on `shadow`; empty when it took no part."""
        start, end = match.span(name)
        return self.part(start, end) if start >= 0 else Text("", "")


def read(text: str) -> Text:
    """The text with its shadow."""
    plain = text.translate(PLAIN)
    return Text(text, QUOTED.sub(lambda found: COVER * len(found[0]), plain))


def is_code(text: Text) -> bool:
    """True where a text holds SQL: its semicolons and verbs are then no words to us."""
    return SQL.search(text.original) is not None
