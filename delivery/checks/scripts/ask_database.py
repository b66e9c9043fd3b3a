"""Runs in a pod by the pod's Python: goes to the database step by step, and stops at the first that fails."""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
import sys
import urllib.parse
from collections.abc import Iterator

TIMEOUT_S = 8
TABLES = ("tasks", "conversations", "messages", "user", "session", "jwks")
SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # PostgreSQL, "Message Formats": SSLRequest
Step = tuple[str, bool, str]


def steps(url: urllib.parse.SplitResult) -> Iterator[Step]:
    """Each step with whether it was taken, and what was seen."""
    host, port = url.hostname or "", url.port or 5432
    yield "DATABASE_URL is set", bool(host), ""
    yield dns(host, port)
    try:
        wire = socket.create_connection((host, port), timeout=TIMEOUT_S)
    except OSError as error:
        yield f"TCP: {host}:{port}", False, str(error)
        return
    yield f"TCP: {host}:{port}", True, ""
    with wire:
        yield tls(wire, host, dict(urllib.parse.parse_qsl(url.query)))
    yield from signed_in(url)


def dns(host: str, port: int) -> Step:
    """The name has an address."""
    try:
        found = sorted({str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except OSError as error:
        return f"DNS: {host}", False, str(error)
    return f"DNS: {host}", True, ", ".join(found)


def tls(wire: socket.socket, host: str, options: dict[str, str]) -> Step:
    """TLS as sslmode asks for it."""
    wanted = options.get("sslmode", "prefer")
    wire.sendall(SSL_REQUEST)
    offered = wire.recv(1)
    if offered not in (b"S", b"N"):
        return f"TLS: sslmode {wanted}", False, "what answers there is no Postgres"
    if offered == b"N":
        return f"TLS: sslmode {wanted}", wanted in ("disable", "allow", "prefer"), "the server offers no TLS"
    verify = wanted.startswith("verify")
    try:
        context = ssl.create_default_context(cafile=options.get("sslrootcert") if verify else None)
        # As libpq does, which takes a certificate without an authority key identifier.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = wanted == "verify-full"
        context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
        with context.wrap_socket(wire, server_hostname=host) as secure:
            return f"TLS: sslmode {wanted}", True, secure.version() or ""
    except OSError as error:
        return f"TLS: sslmode {wanted}", False, str(error)


def signed_in(url: urllib.parse.SplitResult) -> Iterator[Step]:
    """Sign-in, then the schema."""
    import psycopg

    name = f"sign-in: user {url.username}"
    password = urllib.parse.unquote(url.password or "")
    try:
        plain = urllib.parse.urlunsplit(url._replace(scheme="postgresql"))
        connection = psycopg.connect(plain, connect_timeout=TIMEOUT_S)
    except psycopg.OperationalError as error:
        yield name, False, str(error).replace(password, "***") if password else str(error)
        return
    with connection:
        yield name, True, f"Postgres {connection.info.server_version // 10000}"
        ask = connection.execute
        missing = [one for one in TABLES if not ask("SELECT to_regclass(%s)", [f'"{one}"']).fetchone()[0]]
        fresh = bool(os.environ.get("TABLES_MAY_BE_MISSING")) and len(missing) == len(TABLES)
        seen = (
            "none yet: a deploy makes them" if fresh else f"missing: {', '.join(missing)}" if missing else ""
        )
        yield "schema: the app's tables", not missing or fresh, seen
        may = ask("SELECT has_schema_privilege(current_user, current_schema(), 'CREATE')").fetchone()[0]
        yield "schema: tables may be made", bool(may), "" if may else f"user {url.username} may not"


def main() -> None:
    """Print the steps as JSON."""
    found = []
    for name, ok, seen in steps(urllib.parse.urlsplit(os.environ.get("DATABASE_URL", ""))):
        found.append({"step": name, "ok": ok, "seen": seen})
        if not ok:
            break
    sys.stdout.write(json.dumps(found) + "\n")


main()
