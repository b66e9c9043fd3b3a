"""Secrets in every form they travel in."""

from __future__ import annotations

import base64
import json
import urllib.parse

import pytest

from delivery.masking import Masker

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
