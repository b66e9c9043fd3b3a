"""The .env file: what is understood, and which faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.settings.dotenv_file import parse_env, read_env_file


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("A=1\nB=2\n", {"A": "1", "B": "2"}, id="plain lines"),
        pytest.param("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}, id="CRLF"),
        pytest.param("A=1\nB=2", {"A": "1", "B": "2"}, id="no final newline"),
        pytest.param("export A=1\n", {"A": "1"}, id="export"),
        pytest.param("A=\"a b\"\nB='c d'\n", {"A": "a b", "B": "c d"}, id="quotes are not part of the value"),
        pytest.param('A="x # y"\nB=x#y\n', {"A": "x # y", "B": "x#y"}, id="a hash inside a value"),
        pytest.param("A=1 # comment\n# B=2\n", {"A": "1"}, id="comments"),
        pytest.param("A= # comment\nB=\n", {"A": "", "B": ""}, id="a comment after an empty value"),
        pytest.param("A=#1\nB='# 2'\n", {"A": "#1", "B": "# 2"}, id="a value that begins with a hash"),
        pytest.param("A=\n", {"A": ""}, id="empty value"),
        pytest.param("A=p$HOME${B}\n", {"A": "p$HOME${B}"}, id="a dollar stays a dollar"),
        pytest.param("A=1\nA=1\n", {"A": "1"}, id="the same value twice is fine"),
        pytest.param("", {}, id="empty file"),
    ],
)
def test_understands(text: str, values: dict[str, str]) -> None:
    parsed = parse_env(text)
    assert parsed.values == values
    assert parsed.faults == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("A=1\nB=2\nA=3\n", "line 3: A was given in line 1 already", id="duplicate key"),
        pytest.param("A=1\n\nnot a line!\n", "line 3: not of the form", id="no assignment"),
        pytest.param("A=1\nB\n", "line 2: B has no `=`", id="no equals sign"),
        pytest.param("A='open\nB=2\n", "line 1: not of the form", id="unclosed quote"),
    ],
)
def test_tells_the_line_of_a_fault(text: str, fault: str) -> None:
    assert any(fault in found for found in parse_env(text).faults)


def test_a_fault_never_shows_a_value() -> None:
    faults = parse_env("KEY=hunter2-first\nKEY=hunter2-second\nbroken hunter2-third\n").faults
    assert len(faults) == 2
    assert "hunter2" not in "".join(faults)


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xef\xbb\xbfDATABASE_URL=postgres://h/d\r\n")
    assert read_env_file(file).values == {"DATABASE_URL": "postgres://h/d"}


def test_a_missing_file_is_an_empty_one(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / ".env").values == {}


def test_a_file_in_another_encoding_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes("A=ü".encode("latin-1"))
    assert "not UTF-8" in read_env_file(file).faults[0]
