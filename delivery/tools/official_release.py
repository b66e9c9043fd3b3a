"""The official release of a project: downloaded, and checked against a SHA-256."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from delivery.session import Session
from delivery.tools import hosts, web
from delivery.tools.machine import Platform
from delivery.tools.package_registries import mismatch
from delivery.tools.tool_model import OfficialRelease, SourceFault
from delivery.tools.unpack import follow


def why_not(
    session: Session, source: OfficialRelease, version: str, platform: Platform, *, fresh: bool = False
) -> str:
    """Why the release can't be fetched from here, "" when it can."""
    return hosts.why_not(session, source.url.format(**platform.words(version)), fresh=fresh)


def fetch(
    session: Session, source: OfficialRelease, words: dict[str, str], work: Path,
    note: Callable[[str], None], *, seen: bool,
) -> tuple[Path, str]:  # fmt: skip
    """Download the release; returns the program and how it was verified.

    `seen` says that we know the program's own sum, which the caller compares; else the download is checked
    against the sum that the project publishes, before anything is unpacked.
    """
    url = source.url.format(**words)
    target = work / url.rsplit("/", 1)[-1]
    got = web.download(session, url, target, note)
    how = "" if seen else _check_published(got, source.checksum_url.format(**words), target.name)
    chain = (source.member.format(**words),) if source.member else ()
    return follow(target, chain, work / "unpacked"), how


def _check_published(got: str, checksum_url: str, file_name: str) -> str:
    wanted = published_sum(web.fetch_text(checksum_url), file_name)
    if not wanted:
        raise SourceFault(f"{checksum_url} names no SHA-256 of {file_name}")
    if wanted != got:
        raise mismatch(file_name, f"{wanted} (published at {checksum_url})", got)
    return f"SHA-256 published at {checksum_url}"


def published_sum(text: str, file_name: str) -> str:
    """The SHA-256 in a checksum file: a bare sum, or the line that ends in the file's name; "" if none."""
    for line in text.splitlines():
        words = line.split()
        if not words or not re.fullmatch(r"[0-9a-fA-F]{64}", words[0]):
            continue
        if len(words) == 1 or words[-1].lstrip("*").rsplit("/", 1)[-1] == file_name:
            return words[0].lower()
    return ""
