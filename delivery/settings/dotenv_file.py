"""Reads a .env file: BOM, CRLF, `export`, quotes and `#` are understood, doubtful lines are faults."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A shell takes `X= # words` for an empty value with a comment; python-dotenv takes the words for the value.
_COMMENT_ONLY = re.compile(r"[^=]*=[^\S\r\n]+#")


@dataclass(frozen=True)
class EnvFile:
    """Variables of a .env file, and what is wrong with it. Faults never hold a value."""

    values: dict[str, str]
    faults: list[str]


@dataclass(frozen=True)
class Binding:
    """One NAME=value: `text[start:end]` of the file, blank lines before it and its line end included.

    `key` is None where the line can't be read, `value` where it has no `=`.
    """

    line: int
    key: str | None
    value: str | None
    start: int
    end: int


def read_env_file(path: Path) -> EnvFile:
    """Read `path`; a file that doesn't exist is an empty one."""
    if not path.exists():
        return EnvFile({}, [])
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        return EnvFile({}, [f"byte {wrong.start}: not UTF-8; save the file as UTF-8"])
    except OSError as wrong:
        return EnvFile({}, [f"can't be read: {wrong.strerror}"])
    return parse_env(text)


def parse_env(text: str) -> EnvFile:
    """Parse the text of a .env file. No interpolation: a `$` in a password stays a `$`."""
    values: dict[str, str] = {}
    first_line: dict[str, int] = {}
    faults: list[str] = []
    for one in bindings(text):
        line, key, value = one.line, one.key, one.value
        if key is None:
            faults.append(f"line {line}: not of the form NAME=value")
        elif key in values and values[key] != value:
            faults.append(
                f"line {line}: {key} was given in line {first_line[key]} already, with another value"
            )
        elif value is None:
            faults.append(f"line {line}: {key} has no `=`; write {key}= for an empty value")
        else:
            values[key] = value
            first_line.setdefault(key, line)
    return EnvFile(values, faults)


def bindings(text: str) -> Iterator[Binding]:
    """The lines of a .env file that say something, well formed or not, in their order."""
    from dotenv.parser import parse_stream

    start = 0
    for found in parse_stream(io.StringIO(text, newline="")):
        original = found.original.string
        end = start + len(original)
        leading = len(original) - len(original.lstrip("\r\n"))
        line = found.original.line + original[:leading].count("\n")
        if found.error:
            yield Binding(line, None, None, start, end)
        elif found.key is not None:
            value = "" if _COMMENT_ONLY.match(original) else found.value
            yield Binding(line, found.key, value, start, end)
        start = end
