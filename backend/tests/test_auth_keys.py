"""The published keys: when they are asked for, how often, and what happens while nobody answers."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from src.auth.keys import KeysAwayError, KeySet, Times
from tests.signin import Issuer, Key, serving

QUICK = Times(lifespan_s=0.3, retry_s=0.1, burst=2, window_s=0.3)


@pytest.fixture
def own() -> Iterator[Issuer]:
    with serving() as issuer:
        yield issuer


async def test_keys_are_asked_for_on_first_use_and_then_kept(own: Issuer) -> None:
    keys, kid = KeySet(own.jwks_url), own.keys[0].kid
    assert own.asked == 0
    found = [await keys.get(kid) for _ in range(5)]
    assert all(key is not None and key.key_id == kid for key in found)
    assert own.asked == 1


async def test_a_key_that_was_made_since_is_found_at_once(own: Issuer) -> None:
    keys = KeySet(own.jwks_url)
    await keys.get(own.keys[0].kid)
    own.keys.append(Key())
    assert await keys.get(own.keys[1].kid) is not None
    assert await keys.get(own.keys[0].kid) is not None
    assert own.asked == 2


async def test_a_key_that_was_withdrawn_is_good_no_longer_than_the_lifespan(own: Issuer) -> None:
    keys, kid = KeySet(own.jwks_url, QUICK), own.keys[0].kid
    assert await keys.get(kid) is not None
    own.keys[:] = [Key()]
    assert await keys.get(kid) is not None
    await asyncio.sleep(0.35)
    assert await keys.get(kid) is None


async def test_made_up_keys_cannot_hammer_the_frontend(own: Issuer) -> None:
    keys = KeySet(own.jwks_url)
    found = [await keys.get(f"made-up-{n}") for n in range(200)]
    assert found == [None] * 200
    assert own.asked == Times().burst


async def test_after_a_while_an_unknown_key_may_ask_again(own: Issuer) -> None:
    keys = KeySet(own.jwks_url, QUICK)
    for n in range(20):
        await keys.get(f"made-up-{n}")
    own.keys.append(Key())
    assert await keys.get(own.keys[1].kid) is None
    await asyncio.sleep(0.35)
    assert await keys.get(own.keys[1].kid) is not None


async def test_many_at_once_share_one_fetch(own: Issuer) -> None:
    own.delay_s = 0.2
    keys, kid = KeySet(own.jwks_url), own.keys[0].kid
    found = await asyncio.gather(*(keys.get(kid if n % 2 else "made-up") for n in range(50)))
    assert [key is not None for key in found] == [bool(n % 2) for n in range(50)]
    assert own.asked == 1


async def test_many_at_once_share_one_failure(own: Issuer) -> None:
    own.delay_s, own.answer = 0.2, (500, b"")
    keys = KeySet(own.jwks_url)
    results = await asyncio.gather(*(keys.get("any") for _ in range(50)), return_exceptions=True)
    assert all(isinstance(result, KeysAwayError) for result in results)
    assert own.asked == 1


async def test_a_failure_is_remembered_for_a_moment_only(own: Issuer) -> None:
    own.answer = (503, b"")
    keys, kid = KeySet(own.jwks_url, QUICK), own.keys[0].kid
    for _ in range(5):
        with pytest.raises(KeysAwayError):
            await keys.get(kid)
    assert own.asked == 1
    own.answer = None
    await asyncio.sleep(0.15)
    assert await keys.get(kid) is not None


async def test_while_the_frontend_is_away_known_keys_stay_good_and_unknown_ones_are_not_called_bad() -> None:
    with serving() as issuer:
        keys, kid = KeySet(issuer.jwks_url, QUICK), issuer.keys[0].kid
        await keys.get(kid)
    await asyncio.sleep(0.35)
    assert await keys.get(kid) is not None
    with pytest.raises(KeysAwayError):
        await keys.get("another")


async def test_a_frontend_that_comes_back_is_noticed() -> None:
    with serving() as first:
        keys = KeySet(first.jwks_url, QUICK)
    with pytest.raises(KeysAwayError):
        await keys.get("any")
    await asyncio.sleep(0.15)
    with serving(first.port) as second:
        assert await keys.get(second.keys[0].kid) is not None


@pytest.mark.parametrize(
    "answer",
    [
        (404, b"{}"),
        (302, b""),
        (200, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"keys": {}}'),
        (200, b'{"keys": [{"kty": "nonsense"}]}'),
        (200, b'{"keys": [7]}'),
        (200, b'{"keys": ["' + b"x" * 300_000 + b'"]}'),
        (200, b"\xff\xfe"),
    ],
)
async def test_an_answer_that_is_no_set_of_keys_counts_as_away(
    own: Issuer, answer: tuple[int, bytes]
) -> None:
    own.answer = answer
    with pytest.raises(KeysAwayError):
        await KeySet(own.jwks_url).get("any")


async def test_no_keys_yet_is_an_answer_and_the_first_one_is_found(own: Issuer) -> None:
    keys, key = KeySet(own.jwks_url), own.keys.pop()
    assert await keys.get(key.kid) is None
    own.keys.append(key)
    assert await keys.get(key.kid) is not None


async def test_a_frontend_that_hangs_costs_no_more_than_the_limit(
    own: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.auth.keys.TIMEOUT_S", 0.2)
    own.delay_s = 1.0
    started = time.monotonic()
    with pytest.raises(KeysAwayError):
        await KeySet(own.jwks_url).get("any")
    assert time.monotonic() - started < 0.9
