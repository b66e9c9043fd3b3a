"""The caller's token goes to no tools' server whose certificate is not good."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from src.agent.failure_table import ToolsAwayError
from src.agent.run import Errand, _tools


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    (folder / "crt").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "crt", folder / "key")
    return context


@contextmanager
def listening(tls: ssl.SSLContext) -> Iterator[tuple[str, list[bytes]]]:
    """A server's address, and what it got to read; it hangs up after that."""
    got: list[bytes] = []

    def serve() -> None:
        with suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = server.accept()
                with suppress(OSError), tls.wrap_socket(connection, server_side=True) as secured:
                    got.append(secured.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}/mcp", got
        server.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


async def test_a_certificate_that_nobody_vouches_for_gets_no_token(tmp_path: Path) -> None:
    with listening(self_signed(tmp_path)) as (url, got), pytest.raises(ToolsAwayError):
        async with _tools(Errand([], "hunter2", url)):
            pass
    assert got in ([], [b""])
