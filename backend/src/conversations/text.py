"""Text of messages and titles: its limits, and what Postgres can keep of it."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints, TypeAdapter

MESSAGE_LENGTH = 2000
TITLE_LENGTH = 200
SHOWN_TITLE_LENGTH = 60  # of a title made from a message


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain the character NUL")
    return text


MessageText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MESSAGE_LENGTH),
    AfterValidator(_without_nul),
]
TitleText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_LENGTH),
    AfterValidator(_without_nul),
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


def storable(text: str) -> str:
    """The text without what Postgres cannot keep: NUL, and halves of surrogate pairs (models make both)."""
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")


def storable_json[T](value: T) -> T:
    """The same for every string inside a JSON value."""
    cleaned: object = value
    if isinstance(value, str):
        cleaned = storable(value)
    elif isinstance(value, list):
        cleaned = [storable_json(item) for item in value]
    elif isinstance(value, dict):
        cleaned = {storable(str(key)): storable_json(item) for key, item in value.items()}
    return cleaned  # type: ignore[return-value]
