"""The policy: what deploy.yaml may say, and what words people get."""

from __future__ import annotations

import json
import string
from typing import Any

import jsonschema
import pytest

from delivery.rollout.policy import DEFAULT_POLICY, POLICY_SCHEMA, Policy, Quorum, policy_from
from delivery.rollout.words import WORDS, words_for
from delivery.settings.schema import SETTINGS_SCHEMA

PLACES = {
    "object", "pod", "container", "message", "image", "name", "key", "kind", "use", "count", "limit"
}  # fmt: skip


def test_an_empty_document_is_the_default_policy() -> None:
    assert policy_from({}) == DEFAULT_POLICY == Policy()


def test_a_document_says_how_patient_a_verdict_is() -> None:
    document = {"restartsForgiven": 3, "quorum": "all", "stabilityS": 2, "graces": {"SECRET_MISSING": 60}}
    jsonschema.validate(document, POLICY_SCHEMA)
    assert policy_from(document) == Policy(3, Quorum.ALL, 2.0, {"SECRET_MISSING": 60.0})


@pytest.mark.parametrize(
    "document",
    [
        {"restartsForgiven": -1},
        {"restartsForgiven": "two"},
        {"quorum": "most"},
        {"stabilityS": -1},
        {"graces": {"SECRET_MISING": 60}},
        {"graces": {"SECRET_MISSING": -1}},
        {"graces": {"CRASHED": 60}},
        {"graces": {"TIMED_OUT": 60}},
        {"patience": 3},
    ],
    ids=str,
)
def test_the_schema_refuses_what_means_nothing(document: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, POLICY_SCHEMA)


def test_deploy_yaml_takes_the_same_policy() -> None:
    assert json.loads(SETTINGS_SCHEMA.read_text(encoding="utf-8"))["$defs"]["rollout"] == POLICY_SCHEMA


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(POLICY_SCHEMA)


@pytest.mark.parametrize("code", WORDS)
def test_words_have_all_three_parts_and_no_unknown_place(code: str) -> None:
    words = WORDS[code]
    for text in (words.what, words.why, words.next):
        assert text
        named = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert named <= PLACES


def test_words_are_filled_in_and_end_with_the_clusters_own() -> None:
    words = words_for(
        "SECRET_KEY_MISSING",
        {
            "name": "backend-secrets-1a2b", "key": "database-url", "use": "the environment of container web",
            "message": "couldn't find key",
        },
    )  # fmt: skip
    assert words.what == "Secret backend-secrets-1a2b has no key database-url"
    assert words.why == "the environment of container web needs it: couldn't find key"
    assert words.next == "run ./inv secrets.apply, then ./inv deploy.all"


def test_braces_in_the_clusters_words_are_left_as_they_are() -> None:
    assert words_for("CRASH_LOOP", {"message": '{"event": "x"}'}).why == '{"event": "x"}'
