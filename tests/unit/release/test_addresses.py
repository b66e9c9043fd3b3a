"""Addresses: public, internal, and every origin at which a browser may see the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from delivery.errors import InvalidInput
from delivery.release.addresses import LOOPBACK_ORIGINS, Addresses, filled_in, origins
from delivery.release.inputs import env_with_defaults
from delivery.release.nodes import Nodes, parse_cpus, parse_nodes
from delivery.settings import Service
from tests.unit.release.conftest import OwnSettings

TEXTS = {
    "backend.url": "http://localhost:30001", "backend.internal": "http://backend:8000",
    "frontend.url": "http://localhost:30000", "frontend.internal": "http://frontend:3000",
    "frontend.origins": "http://localhost:30000,http://localhost:*",
    "database.internal": "http://database:5432", "demo-model.internal": "http://demo-model:8080",
}  # fmt: skip
ADDRESSES = Addresses(TEXTS)


def service(**fields: Any) -> Service:
    base = {"chart": Path("c"), "dockerfile": Path("d"), "context": Path(), "image": "i", "port": 1}
    return Service(name="web", **{**base, **fields})


def test_addresses_are_filled_in_a_given_variable_wins_and_an_empty_one_is_left_out() -> None:
    one = service(
        env={
            "A": "{backend.url}",
            "B": "{backend.internal}/x",
            "PLAIN": "x",
            "GIVEN": "{backend.url}",
            "NO": "",
        }
    )
    assert filled_in(one, ADDRESSES, {"GIVEN": "https://api.example"}) == {
        "A": "http://localhost:30001", "B": "http://backend:8000/x", "PLAIN": "x", "GIVEN": "https://api.example",
    }  # fmt: skip


def test_given_origins_join_those_that_are_known() -> None:
    one = service(env={"ORIGINS": "{frontend.origins}"})
    given = {"ORIGINS": "https://todo.example.org, http://localhost:30000,"}
    assert filled_in(one, ADDRESSES, given) == {
        "ORIGINS": "http://localhost:30000,http://localhost:*,https://todo.example.org"
    }


@pytest.mark.parametrize("template", ["{nobody.url}", "{database.url}", "{nobody.internal}"])
def test_an_address_that_nobody_has_is_a_fault(template: str) -> None:
    with pytest.raises(InvalidInput, match=r"services\.web\.env\.A names an address that there isn't"):
        filled_in(service(env={"A": template}), ADDRESSES, {})


def test_braces_that_are_no_address_are_text() -> None:
    one = service(env={"FORMAT": '{"level": "{LEVEL}", "x": {}}'})
    assert filled_in(one, ADDRESSES, {}) == dict(one.env)


NODES = Nodes(addresses=("172.18.0.2", "fd00::2"))
ON_NODES = ("http://172.18.0.2:30000", "http://[fd00::2]:30000")


@pytest.mark.parametrize(
    ("url", "printed", "nodes", "expected"),
    [
        pytest.param(
            "http://localhost:30100", "http://localhost:30100", NODES,
            ("http://localhost:30100", *LOOPBACK_ORIGINS, *ON_NODES), id="published on another port",
        ),
        pytest.param(
            "http://192.168.49.2:30000", "http://192.168.49.2:30000", Nodes(addresses=("192.168.49.2",)),
            ("http://192.168.49.2:30000",), id="on the node itself, once",
        ),
        pytest.param(
            "https://todo.example.org/app", "http://localhost:30000", Nodes(),
            ("https://todo.example.org", "http://localhost:30000"), id="a public address alone",
        ),
        pytest.param(
            "http://127.0.0.1:8080/", "http://localhost:30000", Nodes(),
            ("http://127.0.0.1:8080", "http://localhost:30000", *LOOPBACK_ORIGINS), id="a loopback one given",
        ),
        pytest.param(
            "https://localhost.example.org", "", Nodes(),
            ("https://localhost.example.org",), id="a name that only begins like this machine's",
        ),
        pytest.param(
            "http://localhost:30000", "http://localhost:30000", Nodes(addresses=tuple(map(str, range(11)))),
            ("http://localhost:30000", *LOOPBACK_ORIGINS), id="many nodes come and go",
        ),
    ],
)  # fmt: skip
def test_origins_are_what_a_browser_may_show(
    url: str, printed: str, nodes: Nodes, expected: tuple[str, ...]
) -> None:
    assert origins(service(node_port=30000), url, printed, nodes) == expected


def test_without_a_key_the_demo_model_stands_in(own_settings: OwnSettings) -> None:
    env = env_with_defaults(own_settings(), ADDRESSES)
    assert {name: text for name, text in env.items() if name.startswith("OPENAI")} == {
        "OPENAI_API_KEY": "demo", "OPENAI_MODEL": "demo-model",
        "OPENAI_BASE_URL": "http://demo-model:8080/v1",
    }  # fmt: skip
    assert env["BETTER_AUTH_URL"] == "http://localhost:30000"


def test_with_a_key_only_what_was_given_reaches_the_backend(own_settings: OwnSettings) -> None:
    settings = own_settings(OPENAI_API_KEY="sk-real", OPENAI_MODEL="gpt-5")
    env = env_with_defaults(settings, ADDRESSES)
    found = filled_in(settings.services["backend"], ADDRESSES, env)
    assert found == {"OPENAI_MODEL": "gpt-5", "JWKS_URL": "http://frontend:3000/api/auth/jwks"}
    assert "demo-model" not in [one.name for one in settings.wanted_services()]


def test_one_algorithm_reaches_both_ends_of_the_token(own_settings: OwnSettings) -> None:
    settings = own_settings(AUTH_JWT_ALGORITHM="HS256")
    env = env_with_defaults(settings, ADDRESSES)
    found = [filled_in(settings.services[name], ADDRESSES, env) for name in ("frontend", "backend")]
    assert [one["AUTH_JWT_ALGORITHM"] for one in found] == ["HS256", "HS256"]


@pytest.mark.parametrize(("quantity", "cpus"), [("2", 2.0), ("1930m", 1.93), ("0.5", 0.5)])
def test_cpu_quantities(quantity: str, cpus: float) -> None:
    assert parse_cpus(quantity) == cpus


def test_the_largest_node_decides_about_the_room_and_all_addresses_are_found() -> None:
    def node(cpu: str, **addresses: str) -> dict[str, Any]:
        listed = [{"type": kind, "address": address} for kind, address in addresses.items()]
        return {"status": {"allocatable": {"cpu": cpu}, "addresses": listed}}

    items = [
        node("1500m", InternalIP="10.0.0.2", Hostname="n1"),
        node("8", InternalIP="10.0.0.1", ExternalIP="1.2.3.4"),
    ]
    found = parse_nodes(json.dumps({"items": items}))
    assert (found.largest_cpus, found.small) == (8.0, False)
    assert found.addresses == ("1.2.3.4", "10.0.0.1", "10.0.0.2")
    assert parse_nodes(json.dumps({"items": items[:1]})).small
