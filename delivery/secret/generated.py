"""Secrets that the user didn't give: made once, kept in .env."""

from __future__ import annotations

import codecs
import os
import re
import secrets
import tempfile
from dataclasses import replace
from pathlib import Path

from delivery.errors import EnvironmentFault, InvalidInput
from delivery.session import Session
from delivery.settings.dotenv_file import bindings, parse_env

# Blanks beside the equals sign and a pair of quotes go, as a shell would want it; a comment after them stays.
_EMPTY = re.compile(r"^([^=]*?)[^\S\r\n]*=(?:[^\S\r\n]*(?:\"\"|''|(?=[\r\n]|$))|(?=[^\S\r\n]+#))")


def keep_generated(session: Session, env_file: Path) -> Session:
    """A session in which every variable that the kit makes up has a value.

    A missing one is generated and written to `.env` (mode 0600); a dry run only says so.
    """
    env = dict(session.settings.env)
    for name in session.settings.generated:
        if not env.get(name):
            env[name] = _generated(session, env_file, name)
    return replace(session, settings=replace(session.settings, env=env))


def _generated(session: Session, env_file: Path, name: str) -> str:
    made = secrets.token_urlsafe(32)
    session.console.masker.add(made)
    if session.dry_run:
        session.console.would_run(f"generate {name} and keep it in {env_file.name}")
    else:
        set_variable(env_file, name, made)
        session.console.note(f"  {name} was empty: generated one and kept it in {env_file.name}")
    return made


def set_variable(env_file: Path, name: str, value: str) -> None:
    """Fill an empty variable of a .env file, or append it; all else in the file stays as it is.

    A link is followed. Raises InvalidInput, and writes nothing, where the file would not read back with
    this value; EnvironmentFault where it can't be written.
    """
    target = env_file.resolve()
    raw = target.read_bytes() if target.exists() else b""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    text = with_variable(raw.removeprefix(mark).decode("utf-8"), name, value)
    by_hand = f"write {name} into it by hand, or give it in the environment; at least 32 characters"
    again = parse_env(text)
    if again.faults or again.values.get(name) != value:
        raise InvalidInput.of(env_file.name, again.faults or [f"{name} has a value already"], by_hand)
    try:
        _replace(target, mark + text.encode())
    except OSError as wrong:
        raise EnvironmentFault(f"{env_file.name} can't be written", str(wrong.strerror), by_hand) from None


def with_variable(text: str, name: str, value: str) -> str:
    """The text of a .env file with the empty lines of `name` filled, or with a new line at its end."""
    filled, done = text, False
    for one in reversed([found for found in bindings(text) if found.key == name and found.value == ""]):
        line, done = text[one.start : one.end], True
        filled = (
            filled[: one.start] + _EMPTY.sub(lambda m: f"{m[1]}={value}", line, count=1) + filled[one.end :]
        )
    if done:
        return filled
    end = "\r\n" if "\r\n" in text else "\n"
    return text + ("" if not text or text.endswith("\n") else end) + f"{name}={value}{end}"


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".env-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o600)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
