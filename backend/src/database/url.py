"""DATABASE_URL, parsed at the border. No message here ever holds the value: it carries a password.

The frontend reads the same variable in another way (WHATWG's URL): what the two would understand differently
is refused here, and so is what the frontend would leave out.
"""

import re
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
# What SQLAlchemy takes for user name and password: to the first @. The frontend goes to the last.
USER_AND_PASSWORD = re.compile(r"[^:/]*(:[^@]*)?@")
PLACES = ("host", "hostaddr", "port")  # libpq takes lists of these, with commas
FORM = "postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=require"


def parse_database_url(value: object) -> URL:
    """The address for SQLAlchemy's psycopg driver. Raises ValueError whose words never quote the value."""
    text = str(value).strip()
    url = _parse(text)
    _check_scheme(url)
    _check_escapes(text.partition("://")[2])
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


def _check_scheme(url: URL) -> None:
    if url.drivername not in SCHEMES:
        raise ValueError(f"must begin with one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}")


def _check_escapes(address: str) -> None:
    """Of what comes after the scheme."""
    if "#" in address or "\\" in address:
        raise ValueError("has a # or a \\ in it; they are written %23 and %5C")
    match = USER_AND_PASSWORD.match(address)
    user = match[0] if match else ""
    place = address[len(user) :].partition("?")[0]
    if user.count("@") > 1 or "/" in user or "?" in user or "@" in place or place.count("/") > 1:
        raise ValueError("is ambiguous; @ / ? in a user name or password are written %40 %2F %3F")


def _check_parts(url: URL) -> None:
    if "," in (url.host or ""):
        raise ValueError("must name one host")
    if not (url.host or "host" in url.query):
        raise ValueError(f"names no host; the form is {FORM}")
    if not url.database:
        raise ValueError(f"names no database after the host; the form is {FORM}")


def _check_options(query: Mapping[str, str | tuple[str, ...]]) -> None:
    for option, value in query.items():
        if option == "options":
            raise ValueError(
                "has options=, which the frontend cannot pass on; set it for the role in Postgres"
            )
        if not _is_libpq_option(option):
            raise ValueError(f"has an option that Postgres clients do not know: {option}")
        if not isinstance(value, str):
            raise ValueError(f"gives an option twice: {option}")
        if option in PLACES and "," in value:
            raise ValueError("must name one host")
    sslmode = str(query.get("sslmode", "prefer"))
    if sslmode not in SSL_MODES:
        raise ValueError(f"has an unknown sslmode; known are {', '.join(SSL_MODES)}")
    root = query.get("sslrootcert")
    _check_root_certificate(sslmode, None if root is None else str(root))


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
