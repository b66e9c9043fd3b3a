"""What must not leave this machine is taken out; what explains a fault stays."""

from __future__ import annotations

import json
import time

import pytest

from delivery.ai.redact import Redactor
from delivery.masking import Masker

KNOWN = "Zq9-known-by-heart"
OWN = "value-of-dotenv"


@pytest.fixture
def redactor() -> Redactor:
    masker = Masker()
    masker.add(KNOWN)
    return Redactor(masker, [OWN, "demo-model"], public={"demo-model"})


# text → what must be gone
GONE = [
    (f"log: password was {KNOWN}!", KNOWN),
    ("auth WnE5LWtub3duLWJ5LWhlYXJ0 sent", "Wn" + "E5LWtub3duLWJ5LWhlYXJ0"),
    (f"MODEL={OWN}", OWN),
    ("DATABASE_URL=postgresql://u:p@ss/w@db:5432/todo", "p@ss/w"),
    ("could not connect to postgresql://todo:hunter2@db/todo", "hunter2"),
    ("redis://:hunter2@cache:6379/0", "hunter2"),
    ("Server=db;User Id=a;Password=hunter2;", "hunter2"),
    ("dsn: host=db password=hunter2 user=a", "hunter2"),
    ('{"password": "hunter 2"}', "hunter 2"),
    ("password: 'hunter 2'", "hunter 2"),
    ("API_TOKEN:   hunter2   (from env)", "hunter2"),
    ("- name: API_TOKEN\n  value: hunter2\n", "hunter2"),
    ('{"name": "SIGNING_KEY", "value": "hunter2"}', "hunter2"),
    ("aws_secret_access_key = hunter2", "hunter2"),
    ("--token hunter2 --verbose", "hunter2"),
    ("--api-key=hunter2", "hunter2"),
    ("GET /x?api_key=hunter2&y=1", "hunter2"),
    ("Authorization: Bearer hunter2hunter2", "hunter2"),
    ("Proxy-Authorization: Basic aHVudGVyMjpo", "aHVudGVyMjpo"),
    ("Set-Cookie: session=hunter2; Path=/", "hunter2"),
    ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl here", "eyJzdWIiOiIxMjM0In0"),
    ("key sk-proj-abcdefghij123456 is bad", "sk-proj-abcdefghij123456"),
    ("remote: ghp_abcdefghijklmnop1234", "ghp_abcdefghijklmnop1234"),
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("user alice@example.org signed in", "alice@example.org"),
    ("kind: Secret\nmetadata: {name: x}\ndata:\n  a: Zm9vYmFy\n  b: YmFy\ntype: Opaque\n", "Zm9vYmFy"),
    ("-----BEGIN RSA " + "PRIVATE KEY-----\nMIIabc\nMIIdef\n-----END RSA PRIVATE KEY-----", "MIIdef"),
    ("-----BEGIN " + "PRIVATE KEY-----\nMIIcut off by the end of a log", "MIIcut"),
    ("nonce aB3dE5fG7hI9jK1lM3nO5 accepted", "aB3dE5fG7hI9jK1lM3nO5"),
    ("secret_hash=deadbeefdeadbeefdeadbeefdeadbeef", "deadbeefdeadbeef"),
    ("id deadbeefdeadbeefdeadbeefdeadbeef", "deadbeefdeadbeef"),
    ("ALTER ROLE todo IDENTIFIED BY hunter2", "hunter2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "gone"), GONE, ids=[text[:40] for text, _ in GONE])
def test_secrets_are_taken_out_and_counted(redactor: Redactor, text: str, gone: str) -> None:
    clean = redactor.text(text)
    assert gone not in clean
    assert "***" in clean
    assert redactor.count >= 1
    assert redactor.text(clean) == clean, "what was redacted once stays as it is"


STAYS = [
    'Error: secret "backend-secrets-0a1b2c3d4e" not found',
    "couldn't find key openai-api-key in Secret todo/backend-secrets-0a1b2c3d4e",
    "secretName: backend-secrets-0a1b2c3d4e",
    "automountServiceAccountToken: false",
    "API_TOKEN:  <set to the key 'token' in secret 'x'>  Optional: false",
    "Back-off restarting failed container=a pod=a-7d9f8b6c5-x2x9z_todo(1d2b3c4d-1111-2222-3333-444455556666)",
    "image todo-backend:phase4-0a1b2c3d4e5f not present",
    "docker.io/library/todo-backend@sha256:" + "a1" * 32,
    'password authentication failed for user "todo"',
    "failed to connect to `user=todo database=todo`: hostname resolving error",
    "dial tcp 10.96.0.10:53: connect: connection refused",
    "model demo-model at http://demo-model:8080/v1",
    "Readiness probe failed: HTTP probe failed with statuscode: 503",
    "2026-11-24T12:00:00.123456789Z ERROR startup",
    "ProgressDeadlineExceeded CreateContainerConfigError MinimumReplicasUnavailable",
    "--- stderr\n--- exit 0",
    "evidence in .delivery/evidence/20261124T120000Z-backend",
]


@pytest.mark.parametrize("text", STAYS, ids=[text[:40] for text in STAYS])
def test_what_explains_a_fault_stays(redactor: Redactor, text: str) -> None:
    assert redactor.text(text) == text
    assert redactor.count == 0


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("API_TOKEN", "x", "***"), ("DB_PASSWORD", "x", "***"), ("OPENAI_API_KEY", "x", "***"),
        ("DB_PASS", "x", "***"), ("PGPASSWORD", "x", "***"), ("API_TOKEN", "", ""),
        ("LOG_LEVEL", "debug", "debug"), ("TOKENIZER", "bpe", "bpe"), ("BYPASS", "x", "x"),
    ],
)  # fmt: skip
def test_the_name_of_a_variable_tells_whether_its_value_goes(
    redactor: Redactor, name: str, value: str, shown: str
) -> None:
    assert redactor.value_of(name, value) == shown


def test_secrets_in_a_document_of_json_leave_it_readable(redactor: Redactor) -> None:
    text = json.dumps({"env": [{"name": "LOG", "value": KNOWN}], "message": f"x {OWN} y"})
    assert json.loads(redactor.text(text))["env"][0]["value"] == "***"


@pytest.mark.parametrize(
    "unit",
    ["a", "aA1", "a.", "a=1;", "password ", "server=a;", "a@", "//", "name: ", "token=x\n", "x://", "?key="],
)
def test_no_text_takes_long(redactor: Redactor, unit: str) -> None:
    began = time.process_time()
    redactor.text(unit * (60_000 // len(unit)))
    assert time.process_time() - began < 2
