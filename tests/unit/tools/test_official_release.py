"""Checksum files of the forms that projects publish."""

from __future__ import annotations

import pytest

from delivery.tools.official_release import published_sum

A, B = "a" * 64, "B" * 64


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (A, A),
        (f"{A}\n", A),
        (f"{B}  tool.tar.gz\n", "b" * 64),
        (f"{A} *tool.tar.gz\n", A),
        (f"{A}  ./dist/tool.tar.gz\n", A),
        (f"{B}  tool_arm64.tar.gz\n{A}  tool.tar.gz\n", A),
        (f"{B}  tool_arm64.tar.gz\n", ""),
        ("<html>Not found</html>", ""),
        ("d41d8cd98f00b204e9800998ecf8427e  tool.tar.gz", ""),
        ("", ""),
    ],
    ids=[
        "bare", "with newline", "capitals", "binary mode", "with folder", "of several", "another file",
        "page", "MD5", "empty",
    ],
)  # fmt: skip
def test_the_sum_of_this_file_is_found_or_none(text: str, found: str) -> None:
    assert published_sum(text, "tool.tar.gz") == found
