"""Secrets in every form they travel in."""

from __future__ import annotations

import base64
import json
import sys
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from delivery.masking import Masker
from delivery.session import open_session

SECRET = 'p@ss/word "x" +1'


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(SECRET, id="plain"),
        pytest.param(base64.b64encode(SECRET.encode()).decode(), id="base64"),
        pytest.param(urllib.parse.quote(SECRET, safe=""), id="url"),
        pytest.param(urllib.parse.quote_plus(SECRET), id="url query"),
        pytest.param(json.dumps(SECRET)[1:-1], id="json"),
    ],
)
def test_a_secret_is_masked_in_each_form(form: str) -> None:
    masker = Masker()
    masker.add(SECRET)
    assert masker.mask(f"before {form} after") == "before *** after"


def test_credentials_in_a_url_are_masked_though_nobody_told_us() -> None:
    assert Masker().mask("postgres://me:pw@host/db") == "postgres://me:***@host/db"


def test_a_secret_within_a_longer_secret_leaves_no_rest() -> None:
    masker = Masker()
    masker.add("secret")
    masker.add("secret-and-more")
    assert masker.mask("secret-and-more") == "***"


def test_short_values_are_left_alone() -> None:
    masker = Masker()
    masker.add("true")
    assert masker.mask("true") == "true"


def test_each_line_of_a_key_is_masked() -> None:
    masker = Masker()
    masker.add("-----BEGIN KEY-----\nMIGHAgEAMBMGByqG\nSM49AgEGCCqGSM49\n")
    assert "SM49AgEG" not in masker.mask("log: SM49AgEGCCqGSM49")


@pytest.mark.parametrize(
    ("url", "logged"),
    [
        pytest.param("postgresql://todo:S3cret-Pass@h/d?sslmode=require", "S3cret-Pass", id="plain"),
        pytest.param("postgresql://todo:S3cret%2FPass@h/d", "S3cret/Pass", id="decoded"),
        pytest.param("postgresql://todo:S3cret%2FPass@h/d", "S3cret%2FPass", id="as written"),
        pytest.param("postgresql://todo:S3cret@Pass@h/d?options=a@b", "S3cret@Pass", id="an at sign"),
        pytest.param("postgresql://todo:S3cret/Pa?s@h/d", "S3cret/Pa?s", id="a slash and a question mark"),
        pytest.param("postgresql://:S3cret:Pass@h", "S3cret:Pass", id="no user, a colon"),
        pytest.param("postgresql:///d?host=/run&password=S3cret%20Pass", "S3cret Pass", id="an option"),
    ],
)
def test_the_password_of_a_url_is_masked_on_its_own_too(url: str, logged: str) -> None:
    masker = Masker()
    masker.add(url)
    assert masker.mask(f"host=h user=todo password={logged} failed") == "host=h user=todo password=*** failed"
    assert masker.mask(f"url: {url}") == "url: ***"


def test_the_rest_of_a_url_is_no_secret() -> None:
    masker = Masker()
    masker.add("postgresql://someone:S3cret-Pass@database.example:5432/tasks")
    assert masker.mask("someone at database.example:5432/tasks") == "someone at database.example:5432/tasks"


def test_secrets_may_be_added_from_several_threads() -> None:
    masker = Masker()
    secrets = [f"secret-{n:04}-x" for n in range(800)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(masker.add, secrets))
    finally:
        sys.setswitchinterval(before)
    assert masker.mask(" ".join(secrets)) == " ".join(["***"] * len(secrets))


def test_a_session_masks_secrets_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    monkeypatch.setenv("BETTER_AUTH_URL", "https://app.example")
    mask = open_session({}).console.masker.mask
    assert mask("key sk-0123456789 at https://app.example") == "key *** at https://app.example"
