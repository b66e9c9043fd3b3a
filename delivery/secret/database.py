"""Credentials of the embedded database: password and TLS, made once and kept in the cluster.

They live as long as the data they open: the Secret is neither hashed nor pruned, like the volume.
"""

from __future__ import annotations

import base64
import datetime
import json
import secrets
import string
from dataclasses import dataclass

from delivery.cluster import Cluster
from delivery.secret.apply import create_manifest
from delivery.secret.data import owner_labels, secret_manifest
from delivery.session import Session

_LETTERS = string.ascii_letters + string.digits
_VALID_DAYS = 3650
_KEYS = ("password", "tls.crt", "tls.key", "ca.crt")
CA_FILE = "/etc/database/ca.crt"


@dataclass(frozen=True)
class Credentials:
    """How clients reach the embedded database."""

    secret_name: str
    password: str
    ca_certificate: str

    def url(self, host: str, port: int) -> str:
        """A URL that verifies the server's certificate against our CA."""
        return (
            f"postgresql://todo:{self.password}@{host}:{port}/todo?sslmode=verify-full&sslrootcert={CA_FILE}"
        )


def ensure_credentials(session: Session, cluster: Cluster, release: str) -> Credentials:
    """Read the database's credentials from the cluster, or make them on the first deploy."""
    found = read_credentials(session, cluster, release)
    if found:
        return found
    entries = generate_entries(release, session.settings.namespace)
    _learn(session, entries)
    labels = owner_labels(release) | {"keep": "true"}
    manifest = secret_manifest(session.settings.namespace, _name(release), labels, entries)
    create_manifest(session, cluster, manifest)
    # Somebody may have been faster; what the cluster holds counts.
    return read_credentials(session, cluster, release) or _credentials(release, entries)


def read_credentials(session: Session, cluster: Cluster, release: str) -> Credentials | None:
    """The database's credentials, or None where it was never deployed."""
    entries = _read(session, cluster, _name(release))
    if entries is None:
        return None
    _learn(session, entries)
    return _credentials(release, entries)


def planned_credentials(release: str) -> Credentials:
    """What stands in for credentials in a plan made before they exist; never stored."""
    entries = dict.fromkeys(_KEYS, "(made by the deploy)")
    return _credentials(release, entries)


def _credentials(release: str, entries: dict[str, str]) -> Credentials:
    return Credentials(_name(release), entries["password"], entries["ca.crt"])


def _name(release: str) -> str:
    return f"{release}-credentials"


def generate_entries(host: str, namespace: str) -> dict[str, str]:
    """A new password, a CA and a server certificate for all names of the Service."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def pem(key: ec.EllipticCurvePrivateKey) -> str:
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    ca_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = [host, f"{host}.{namespace}", f"{host}.{namespace}.svc", f"{host}.{namespace}.svc.cluster.local"]
    return {
        "password": "".join(secrets.choice(_LETTERS) for _ in range(32)),
        "ca.crt": _certificate("todo database CA", [], ca_key, ca_key),
        "tls.crt": _certificate(host, [*names, "localhost"], server_key, ca_key),
        "tls.key": pem(server_key),
    }


def _certificate(common_name: str, names: list[str], key: object, ca_key: object) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "todo database CA")])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A day of slack, for clocks that differ.
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        )
    return builder.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def _read(session: Session, cluster: Cluster, name: str) -> dict[str, str] | None:
    answer = session.door.read(
        cluster.kubectl(
            "get", "secret", name, "--namespace", session.settings.namespace, "-o", "json",
            "--ignore-not-found",
        )
    )  # fmt: skip
    if not answer.stdout.strip():
        return None
    data = json.loads(answer.stdout)["data"]
    return {key: base64.b64decode(data[key]).decode() for key in _KEYS}


def _learn(session: Session, entries: dict[str, str]) -> None:
    for key in ("password", "tls.key"):
        session.console.masker.add(entries[key])
