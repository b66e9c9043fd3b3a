"""A parameter that may be given as a word or left out; invoke knows required words only."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from typing import Any

from invoke.parser.argument import Argument

from tasks._session import SessionTask

# More than any question has; what is longer is refused by its length.
_MOST_BYTES = 200_000


class WordTask(SessionTask):
    """A task whose first parameter is a word on the command line, and may be left out all the same."""

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """The arguments, the first as a word where there is one for it."""
        arguments = list(super().get_arguments(ignore_unknown_help))
        valued = {flag for one in arguments if one.takes_value for flag in _flags(one)}
        if is_given(sys.argv[1:], f".{self.name}", valued):
            arguments[0].positional, arguments[0].default = True, None
        return arguments


def _flags(argument: Argument) -> list[str]:
    return [f"--{name.replace('_', '-')}" for name in argument.names]


def is_given(argv: Sequence[str], ending: str, valued: Collection[str]) -> bool:
    """Whether a word that is no flag's value follows the task whose name ends so, before any ``--``."""
    words = list(argv[: argv.index("--")] if "--" in argv else argv)
    place = next((index for index, word in enumerate(words) if word.endswith(ending)), None)
    rest = iter(words[place + 1 :] if place is not None else ())
    for word in rest:
        if not word.startswith("-"):
            return True
        if word in valued:
            next(rest, None)
    return False


def question_from(given: Any) -> str:
    """The question: what was given, else what stands behind ``--``, else stdin where that is no terminal."""
    if given and given != "-":
        return str(given)
    argv = sys.argv[1:]
    if "--" in argv:
        return " ".join(argv[argv.index("--") + 1 :])
    if sys.stdin is None or sys.stdin.closed or (sys.stdin.isatty() and given != "-"):
        return ""
    return sys.stdin.buffer.read(_MOST_BYTES).decode("utf-8", "replace")
