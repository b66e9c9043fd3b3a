"""Takes one program, or one folder, out of nested archives."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from delivery.tools.tool_model import SourceFault


def follow(start: Path, chain: Sequence[str], work: Path) -> Path:
    """Go from a folder or archive through `chain` to a file or folder; unpacks into `work`.

    A member that ends in "/" is a whole folder. Raises SourceFault for a member that isn't there.
    """
    here = start
    for depth, member in enumerate(chain):
        here = here / member if here.is_dir() else _take(here, member, work / str(depth))
        if not here.exists():
            raise SourceFault(f"{start.name} holds no {member}")
    return here


def _take(archive: Path, member: str, into: Path) -> Path:
    into.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(archive):
            return _from_zip(archive, member, into)
        return _from_tar(archive, member, into)
    except (zipfile.BadZipFile, tarfile.TarError, KeyError, EOFError) as wrong:
        raise SourceFault(f"{archive.name} holds no {member}, or is broken", str(wrong)) from wrong


def _from_zip(archive: Path, member: str, into: Path) -> Path:
    target = into / Path(member).name
    with zipfile.ZipFile(archive) as packed, packed.open(member) as inner, target.open("wb") as out:
        shutil.copyfileobj(inner, out)
    return target


def _from_tar(archive: Path, member: str, into: Path) -> Path:
    with tarfile.open(archive) as packed:
        # Refuses links and names that lead outside; Python before 3.11.4 has no such filter.
        packed.extraction_filter = getattr(tarfile, "data_filter", lambda entry, _path: entry)
        if member.endswith("/"):
            packed.extractall(into, [e for e in packed if e.name.startswith(member)])  # noqa: S202 - filtered
            return into / member
        inner = packed.extractfile(member)
        if inner is None:
            raise KeyError(member)
        target = into / Path(member).name
        with inner, target.open("wb") as out:
            shutil.copyfileobj(inner, out)
        return target
