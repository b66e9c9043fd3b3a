"""What is a refusal of helm's apply, which goes back, and what is an API server that nobody reached."""

from __future__ import annotations

import pytest

from delivery.console import Console
from delivery.errors import CommandFailed
from delivery.release import helm
from tests.unit.scripted import SETTINGS, World, service_of, session_of

HOOK = 'Error: UPGRADE FAILED: Internal error occurred: failed calling webhook "v.x.io"'


def upgrade(console: Console, words: str) -> None:
    door = World().door(
        console, {"helm upgrade": CommandFailed("`helm upgrade` ended with exit code 1", words)}
    )
    helm.upgrade(session_of(console, door), World().cluster, service_of(SETTINGS), {})


@pytest.mark.parametrize(
    "words",
    [
        f'{HOOK}: Post "https://v.x.svc:443/": dial tcp 10.0.0.1:443: connect: connection refused',
        f'{HOOK}: Post "https://v.x.svc:443/": dial tcp 10.0.0.1:443: i/o timeout',
        "Internal error occurred: failed to call webhook: dial tcp: no route to host",
        "Error: UPGRADE FAILED: an object is immutable",
    ],
)
def test_what_the_api_server_refuses_is_a_failed_deploy(console: Console, words: str) -> None:
    with pytest.raises(helm.NotApplied) as error:
        upgrade(console, words)
    assert error.value.why == words


@pytest.mark.parametrize(
    "words",
    [
        "Error: Kubernetes cluster unreachable: dial tcp 127.0.0.1:6443: connect: connection refused",
        "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?",
    ],
)
def test_an_api_server_that_is_away_is_none(console: Console, words: str) -> None:
    with pytest.raises(CommandFailed):
        upgrade(console, words)
