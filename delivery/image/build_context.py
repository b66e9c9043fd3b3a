"""The files that a build sees, and a digest over them."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path


def ignore_file(context: Path, dockerfile: Path) -> Path | None:
    """BuildKit's rule: `<Dockerfile>.dockerignore` beside it, else `.dockerignore` in the context."""
    for candidate in (dockerfile.with_name(dockerfile.name + ".dockerignore"), context / ".dockerignore"):
        if candidate.is_file():
            return candidate
    return None


def context_files(context: Path, dockerfile: Path) -> tuple[str, ...]:
    """Relative paths of all files that the build may see, sorted."""
    from docker.utils.build import exclude_paths

    ignore = ignore_file(context, dockerfile)
    patterns = ignore.read_text(encoding="utf-8").splitlines() if ignore else []
    wanted = [line.strip() for line in patterns if line.strip() and not line.lstrip().startswith("#")]
    # The library always adds the Dockerfile; a name that can't exist keeps it out of the context.
    seen = exclude_paths(str(context), wanted, dockerfile="\0")
    return tuple(sorted(Path(path).as_posix() for path in seen if not _is_folder(context / path)))


def context_digest(context: Path, dockerfile: Path) -> str:
    """SHA-256 over names, modes, link targets and contents of the files a build may see."""
    digest = hashlib.sha256()
    for name in context_files(context, dockerfile):
        path = context / name
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            content = os.fsencode(path.readlink())
        else:
            content = hashlib.sha256(path.read_bytes()).digest()
        executable = bool(mode & stat.S_IXUSR)
        digest.update(f"{name}\0{stat.S_IFMT(mode):o}\0{executable}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
