"""Helm's manifests are read as helm reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from delivery.release.manifest_yaml import parse_manifest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T10:00:00Z", "2026-01-02T10:00:00Z"),
        ("!!timestamp 2026-01-02", "2026-01-02"),
        ("12:30:45", "12:30:45"),
        ("1:30.5", "1:30.5"),
        ("=", "="),
        ("0644", 0o644),
        ("0o644", 0o644),
        ("0x1F", 31),
        ("0", 0),
        ("-7", -7),
        ("80", 80),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1.2.3", "1.2.3"),
        ("250m", "250m"),
        ("08", 8.0),
        ("yes", True),
        ("true", True),
        ("~", None),
        ('"80"', "80"),
    ],
)
def test_a_value_without_quotes_is_what_helm_takes_it_for(text: str, value: Any) -> None:
    items = parse_manifest(f"a: {text}")
    assert not isinstance(items, str)
    found = items[0]
    assert found == {"a": value}
    assert type(found["a"]) is type(value)
    json.dumps(found)


def test_several_documents_are_several_objects_and_empty_ones_are_none() -> None:
    assert parse_manifest("---\na: 1\n---\n# only words\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]


def test_what_is_no_yaml_is_told() -> None:
    assert "can't be read" in parse_manifest("a: [1")
