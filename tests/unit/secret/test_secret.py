"""Secrets: names by content, no value in sight, generated ones kept in .env."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from delivery.secret.data import SecretData, secret_for
from delivery.secret.database import generate_entries
from delivery.secret.generated import set_variable
from delivery.settings import Service

SERVICE = Service(
    name="backend", chart=Path("c"), dockerfile=Path("d"), context=Path(), image="i", port=1,
    secret={"database-url": "DATABASE_URL", "auth-secret": "BETTER_AUTH_SECRET"},
)  # fmt: skip


def test_the_name_follows_the_content() -> None:
    one = SecretData("backend", {"a": "1", "b": "2"})
    assert one.name == SecretData("backend", {"b": "2", "a": "1"}).name
    assert one.name.startswith("backend-secrets-")
    assert one.name != SecretData("backend", {"a": "1", "b": "3"}).name
    assert one.name != SecretData("backend", {"a": "1", "c": "2"}).name


def test_the_manifest_is_immutable_and_holds_the_values_whole() -> None:
    manifest = SecretData("backend", {"a": 'quo"te\nand ünicode'}).manifest("todo")
    assert manifest["immutable"] is True
    assert base64.b64decode(manifest["data"]["a"]).decode() == 'quo"te\nand ünicode'


def test_a_secret_shows_its_keys_but_never_a_value() -> None:
    assert "hunter2" not in repr(SecretData("backend", {"a": "hunter2"}))


def test_a_service_gets_the_keys_it_names() -> None:
    secret = secret_for(SERVICE, {"DATABASE_URL": "u", "OTHER": "x"}, {"database-ca": "pem"})
    assert secret
    assert dict(secret.entries) == {"database-url": "u", "auth-secret": "", "database-ca": "pem"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "X=new\n", id="empty file"),
        pytest.param("A=1\nX=\nB=2\n", "A=1\nX=new\nB=2\n", id="an empty variable is filled"),
        pytest.param("A=1", "A=1\nX=new\n", id="no final newline"),
        pytest.param("A=1\r\nX=\r\n", "A=1\r\nX=new\r\n", id="CRLF"),
        pytest.param("A=1\r\n", "A=1\r\nX=new\r\n", id="CRLF, appended"),
        pytest.param("export X=\n", "X=new\n", id="export"),
        pytest.param("# X=\nXY=\n", "# X=\nXY=\nX=new\n", id="a comment and a longer name are others"),
    ],
)
def test_a_generated_variable_is_written_without_touching_the_rest(
    tmp_path: Path, before: str, after: str
) -> None:
    file = tmp_path / ".env"
    file.write_bytes(before.encode())
    set_variable(file, "X", "new")
    assert file.read_bytes().decode() == after
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_databases_certificate_is_signed_by_its_own_ca_for_all_names_of_the_service() -> None:
    from cryptography import x509

    entries = generate_entries("database", "todo")
    ca = x509.load_pem_x509_certificate(entries["ca.crt"].encode())
    server = x509.load_pem_x509_certificate(entries["tls.crt"].encode())
    server.verify_directly_issued_by(ca)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    found = names.get_values_for_type(x509.DNSName)
    assert {"database", "database.todo.svc", "database.todo.svc.cluster.local"} <= set(found)
    assert entries["password"].isalnum()
    assert len(entries["password"]) == 32
    assert entries["password"] != generate_entries("database", "todo")["password"]
