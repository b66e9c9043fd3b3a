"""DATABASE_URL, parsed at the border. No message here ever holds the value: it carries a password."""

from collections.abc import Mapping
from pathlib import Path

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+psycopg"
SCHEMES = ("postgresql", "postgres", DRIVER)
# https://www.postgresql.org/docs/current/libpq-ssl.html, table "SSL Mode Descriptions"
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
FORM = "postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=require"


def parse_database_url(value: object) -> URL:
    """The address for SQLAlchemy's psycopg driver. Raises ValueError whose words never quote the value."""
    url = _parse(str(value).strip())
    _check_parts(url)
    _check_options(url.query)
    return url.set(drivername=DRIVER)


def _parse(text: str) -> URL:
    if not text:
        raise ValueError(f"is empty; the form is {FORM}")
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        # Not chained: SQLAlchemy's message quotes a part of the value.
        raise ValueError(
            f"is not a database address; the form is {FORM}, "
            "with special characters of the password percent-encoded"
        ) from None


def _check_parts(url: URL) -> None:
    if url.drivername not in SCHEMES:
        raise ValueError(f"must begin with one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}")
    if not (url.host or "host" in url.query):
        raise ValueError(f"names no host; the form is {FORM}")
    if not url.database:
        raise ValueError(f"names no database after the host; the form is {FORM}")


def _check_options(query: Mapping[str, str | tuple[str, ...]]) -> None:
    options = {key: value if isinstance(value, str) else value[-1] for key, value in query.items()}
    for option in options:
        if not _is_libpq_option(option):
            raise ValueError(f"has an option that Postgres clients do not know: {option}")
    sslmode = options.get("sslmode", "prefer")
    if sslmode not in SSL_MODES:
        raise ValueError(f"has an unknown sslmode; known are {', '.join(SSL_MODES)}")
    _check_root_certificate(sslmode, options.get("sslrootcert"))


def _is_libpq_option(option: str) -> bool:
    try:
        make_conninfo(**{option: "1"})
    except ProgrammingError:
        return False
    return True


def _check_root_certificate(sslmode: str, root: str | None) -> None:
    if root is None or root == "system" or not sslmode.startswith("verify-"):
        return
    if not Path(root).is_file():
        raise ValueError(f"names sslrootcert={root}, but there is no such file (is the CA mounted?)")
