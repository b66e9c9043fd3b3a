"""Secrets that the user didn't give: made once, kept in .env."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from dataclasses import replace
from pathlib import Path

from delivery.session import Session

VARIABLE = "BETTER_AUTH_SECRET"


def keep_auth_secret(session: Session, env_file: Path) -> Session:
    """A session that has the secret which signs sessions.

    A missing one is generated and written to `.env` (mode 0600); a dry run only says so.
    """
    if session.settings.env.get(VARIABLE):
        return session
    made = secrets.token_urlsafe(32)
    session.console.masker.add(made)
    if session.dry_run:
        session.console.would_run(f"generate {VARIABLE} and keep it in {env_file.name}")
    else:
        set_variable(env_file, VARIABLE, made)
        session.console.note(f"  {VARIABLE} was empty: generated one and kept it in {env_file.name}")
    settings = replace(session.settings, env={**session.settings.env, VARIABLE: made})
    return replace(session, settings=settings)


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
