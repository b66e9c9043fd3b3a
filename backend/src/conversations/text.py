"""Text of messages and titles: its limits."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints, TypeAdapter

from src.database.values import refuse_nul

MESSAGE_LENGTH = 2000
TITLE_LENGTH = 200
SHOWN_TITLE_LENGTH = 60  # of a title made from a message


MessageText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MESSAGE_LENGTH),
    AfterValidator(refuse_nul),
]
TitleText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_LENGTH),
    AfterValidator(refuse_nul),
]
MESSAGE_TEXT: TypeAdapter[str] = TypeAdapter(MessageText)
TITLE_TEXT: TypeAdapter[str] = TypeAdapter(TitleText)


def title_of(message: str) -> str:
    """A conversation's title from its first message: one line, cut between words."""
    line = " ".join(message.split())
    if len(line) <= SHOWN_TITLE_LENGTH:
        return line
    head = line[: SHOWN_TITLE_LENGTH - 1]
    words, blank, _ = head.rpartition(" ")
    return (words if blank and len(words) > SHOWN_TITLE_LENGTH // 2 else head) + "…"
