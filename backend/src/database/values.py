"""What columns of Postgres can hold: its limits, met at the border or made to fit."""

from typing import Annotated

from annotated_types import Ge, Le

LARGEST_ID = 2**63 - 1  # bigint; a larger number is nothing's id, and must not reach the driver

RowId = Annotated[int, Ge(1), Le(LARGEST_ID)]


def refuse_nul(text: str) -> str:
    """The text as it is. Raises ValueError where it has the character NUL, which no text column takes."""
    if "\0" in text:
        raise ValueError("must not contain the character NUL")
    return text


def cleaned(text: str) -> str:
    """The text without what Postgres cannot keep: NUL, and halves of surrogate pairs (models make both)."""
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")


def cleaned_json[T](value: T) -> T:
    """The same for every string inside a JSON value."""
    kept: object = value
    if isinstance(value, str):
        kept = cleaned(value)
    elif isinstance(value, list):
        kept = [cleaned_json(item) for item in value]
    elif isinstance(value, dict):
        kept = {cleaned(str(key)): cleaned_json(item) for key, item in value.items()}
    return kept  # type: ignore[return-value]
