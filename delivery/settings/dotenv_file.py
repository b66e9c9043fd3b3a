"""Reads a .env file: BOM, CRLF, `export`, quotes and `#` are understood, doubtful lines are faults."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class EnvFile:
    """Variables of a .env file, and what is wrong with it. Faults never hold a value."""

    values: dict[str, str]
    faults: list[str]


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
    for line, key, value in _bindings(text):
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


def _bindings(text: str) -> Iterator[tuple[int, str | None, str | None]]:
    from dotenv.parser import parse_stream

    for binding in parse_stream(io.StringIO(text)):
        leading = len(binding.original.string) - len(binding.original.string.lstrip("\r\n"))
        line = binding.original.line + binding.original.string[:leading].count("\n")
        if binding.error:
            yield line, None, None
        elif binding.key is not None:
            yield line, binding.key, binding.value
