"""Secrets: names by content, no value in sight, generated ones kept in .env."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from delivery.errors import EnvironmentFault, InvalidInput
from delivery.secret.data import SecretData, secret_for, secret_manifest
from delivery.secret.database import generate_entries
from delivery.secret.generated import set_variable
from delivery.settings import Service
from delivery.settings.dotenv_file import read_env_file

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
    assert manifest["metadata"]["labels"]["app.kubernetes.io/instance"] == "backend"
    assert base64.b64decode(manifest["data"]["a"]).decode() == 'quo"te\nand ünicode'


def test_a_manifest_keeps_the_labels_and_entries_it_is_given() -> None:
    manifest = secret_manifest("shop", "database-credentials", {"keep": "true"}, {"ca.crt": "pw"})
    assert manifest["metadata"] == {
        "name": "database-credentials", "namespace": "shop", "labels": {"keep": "true"},
    }  # fmt: skip
    assert (manifest["immutable"], manifest["data"]) == (True, {"ca.crt": "cHc="})


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
        pytest.param("export X = \nB=2\n", "export X=new\nB=2\n", id="export and blanks"),
        pytest.param('X=""\n', "X=new\n", id="empty double quotes"),
        pytest.param("X=''\r\nB=2\r\n", "X=new\r\nB=2\r\n", id="empty single quotes"),
        pytest.param("X= # words\n", "X=new # words\n", id="a comment after nothing"),
        pytest.param('X="" # words\n', "X=new # words\n", id="a comment after empty quotes"),
        pytest.param("A=1\n\n\nX=\n\nB=2\n", "A=1\n\n\nX=new\n\nB=2\n", id="blank lines around it"),
        pytest.param("X=\nX=''\n", "X=new\nX=new\n", id="empty twice"),
        pytest.param("\ufeffX=\r\n", "\ufeffX=new\r\n", id="byte order mark"),
        pytest.param("A='1\nX=\n2'\n", "A='1\nX=\n2'\nX=new\n", id="a line within another value"),
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
    again = read_env_file(file)
    assert (again.faults, again.values["X"]) == ([], "new")


@pytest.mark.parametrize(
    ("before", "value"),
    [
        pytest.param("X=another\n", "new", id="it has another value"),
        pytest.param("X\n", "new", id="a line without an equals sign"),
        pytest.param("", "two words # and more", id="a value that would read back as another"),
    ],
)
def test_a_file_that_would_not_read_back_is_left_alone(tmp_path: Path, before: str, value: str) -> None:
    file = tmp_path / ".env"
    file.write_text(before)
    with pytest.raises(InvalidInput) as caught:
        set_variable(file, "X", value)
    assert "another" not in str(caught.value).replace("with another value", "")
    assert file.read_text() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_linked_env_file_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "shared" / "app.env"
    target.parent.mkdir()
    target.write_text("X=\n")
    link = tmp_path / ".env"
    link.symlink_to(Path("shared") / "app.env")
    set_variable(link, "X", "new")
    assert link.is_symlink()
    assert target.read_text() == "X=new\n"


def test_a_folder_that_is_gone_is_an_error_of_the_environment(tmp_path: Path) -> None:
    link = tmp_path / ".env"
    link.symlink_to(tmp_path / "gone" / "app.env")
    with pytest.raises(EnvironmentFault, match="can't be written"):
        set_variable(link, "X", "new")


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
