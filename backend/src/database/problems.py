"""What a failed database call means, in words that name the host or variable and never the password."""

import re
from dataclasses import dataclass

from sqlalchemy.engine import URL

VARIABLE = "DATABASE_URL"


@dataclass(frozen=True)
class Problem:
    """One known way to fail. `lasting`: waiting will not help, somebody has to change a setting."""

    reason: str
    hint: str
    lasting: bool


@dataclass(frozen=True)
class Rule:
    """Maps a piece of libpq's or Postgres' English message to what we say about it."""

    pattern: re.Pattern[str]
    problem: Problem


def _rule(pattern: str, reason: str, hint: str, *, lasting: bool = False) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), Problem(reason, hint, lasting))


# Order matters: the first hit wins. Connection errors carry no SQLSTATE in psycopg 3, so the text it is.
RULES = (
    _rule(
        r"password authentication failed|no password supplied",
        "the database refused the user name or password",
        f"Check user and password in {VARIABLE}.",
        lasting=True,
    ),
    _rule(
        r'database "[^"]*" does not exist',
        "the database server has no database of that name",
        f"Check the name after the host in {VARIABLE}.",
        lasting=True,
    ),
    _rule(
        r'role "[^"]*" (does not exist|is not permitted to log in)',
        "the database server does not know that user",
        f"Check the user in {VARIABLE}.",
        lasting=True,
    ),
    _rule(
        r"no encryption|server does not support SSL",
        "the database and this client do not agree about TLS",
        f"Set sslmode=require or verify-full in {VARIABLE} (sslmode=disable only for a server without TLS).",
        lasting=True,
    ),
    _rule(
        r"no pg_hba.conf entry|pg_hba.conf rejects",
        "the database does not let this client in (pg_hba.conf)",
        f"Check user, database and sslmode in {VARIABLE}.",
        lasting=True,
    ),
    _rule(
        r"certificate verify failed|server certificate for|root certificate file|sslrootcert",
        "the database's certificate could not be verified",
        f"sslrootcert in {VARIABLE} must be this database's CA, and its certificate must name this host.",
        lasting=True,
    ),
    _rule(
        r"failed to resolve host|could not translate host name|name or service not known",
        "the database host name cannot be resolved",
        f"Check the host in {VARIABLE}, and that a Service of that name exists in this namespace.",
    ),
    _rule(
        r"starting up|shutting down|in recovery mode|administrator command",
        "the database is starting or stopping",
        "Nothing to change: it should answer in a moment.",
    ),
    _rule(
        r"too many (clients|connections)|remaining connection slots",
        "the database has no free connection",
        "Lower DATABASE_POOL_SIZE or the number of replicas, or raise the server's max_connections.",
    ),
    _rule(
        r"connection refused",
        "the database host refused the connection",
        f"Check host and port in {VARIABLE}, and that the database is running.",
    ),
    _rule(
        r"timeout expired|timed out|connection timeout|no route to host|unreachable",
        "the database host does not answer",
        f"Check host and port in {VARIABLE}, and that no NetworkPolicy or firewall is in between.",
    ),
    _rule(
        r"relation \"[^\"]*\" does not exist",
        "the database's tables are missing",
        "Run `python -m src.migrate` (the init container does) against this database.",
    ),
)
UNKNOWN = Problem("the database failed", f"Check {VARIABLE} and the database's own log.", lasting=False)
TIMED_OUT = Problem(
    "the database did not answer in time",
    f"Check host and port in {VARIABLE}, and the database's load.",
    lasting=False,
)
NO_TABLES = RULES[-1].problem


def explain(error: BaseException) -> Problem:
    """The first rule that fits the error's text."""
    if isinstance(error, TimeoutError):
        return TIMED_OUT
    text = str(getattr(error, "orig", None) or error)
    return next((rule.problem for rule in RULES if rule.pattern.search(text)), UNKNOWN)


def address(url: URL) -> str:
    """host:port of the database, safe to print."""
    host = url.host or str(url.query.get("host", "?"))
    return f"{host}:{url.port or 5432}"


def masked(text: str, url: URL) -> str:
    """The text without the password, for messages of libraries."""
    return text.replace(url.password, "***") if url.password else text
