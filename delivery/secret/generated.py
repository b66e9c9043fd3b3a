"""Secrets that the user didn't give: made once, kept in .env."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from pathlib import Path

from delivery.session import Session

VARIABLE = "BETTER_AUTH_SECRET"


def ensure_auth_secret(session: Session, env_file: Path) -> str:
    """The secret that signs sessions; a missing one is generated and written to `.env` (mode 0600)."""
    given = session.settings.env.get(VARIABLE, "")
    if given:
        return given
    made = secrets.token_urlsafe(32)
    session.console.masker.add(made)
    if session.dry_run:
        session.console.would_run(f"generate {VARIABLE} and keep it in {env_file.name}")
        return made
    set_variable(env_file, VARIABLE, made)
    session.console.note(f"  {VARIABLE} was empty: generated one and kept it in {env_file.name}")
    return made


def set_variable(env_file: Path, name: str, value: str) -> None:
    """Set one variable of a .env file; all other lines, their order and line ends stay as they are."""
    text = env_file.read_bytes().decode("utf-8") if env_file.exists() else ""
    end = "\r\n" if "\r\n" in text else "\n"
    line = f"{name}={value}"
    empty = re.compile(rf"^(\ufeff?)(?:export\s+)?{name}\s*=[^\S\r\n]*(?=\r?$)", re.MULTILINE)
    if empty.search(text):
        text = empty.sub(lambda match: f"{match[1]}{line}", text, count=1)
    else:
        text += ("" if not text or text.endswith("\n") else end) + line + end
    _replace(env_file, text)


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".env-")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    Path(temporary).chmod(0o600)
    Path(temporary).replace(path)
