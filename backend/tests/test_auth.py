"""Who may call: tokens good and bad, through the app's own routes."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jwt.algorithms import RSAAlgorithm

from src.application import create_app
from src.auth.callers import CurrentCaller, CurrentUser
from tests.conftest import settings_for
from tests.signin import ORIGIN, USER, Issuer, Key, claims, serving

AWAY = "postgresql://u:pw@127.0.0.1:1/todo"  # these tests need no database
SECRET = "a-secret-shared-by-frontend-and-backend, long enough for SHA-512 too"
OTHER_SECRET = "another-secret-of-more-than-32-characters"


def add_probe(app: FastAPI) -> FastAPI:
    """Two routes that say who was recognised."""

    @app.get("/who")
    async def who(caller: CurrentCaller) -> dict[str, str | None]:
        return {"user_id": caller.user_id, "name": caller.claims.name, "email": caller.claims.email}

    @app.get("/who/{user_id}")
    async def who_in_path(user_id: CurrentUser) -> str:
        return user_id

    return app


def serve(**values: Any) -> TestClient:
    app = add_probe(create_app(settings_for(AWAY, **values)))
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def own() -> Iterator[Issuer]:
    """An issuer that this test may change."""
    with serving() as issuer:
        yield issuer


@pytest.fixture
def eddsa(own: Issuer) -> Iterator[TestClient]:
    with serve(jwks_url=own.jwks_url) as client:
        yield client


@pytest.fixture
def hs256() -> Iterator[TestClient]:
    with serve(auth_jwt_algorithm="HS256", better_auth_secret=SECRET) as client:
        yield client


def ask(client: TestClient, token: str, path: str = "/who") -> Any:
    return client.get(path, headers={"Authorization": f"Bearer {token}"})


def test_a_token_of_the_frontend_names_its_user(eddsa: TestClient, own: Issuer) -> None:
    answer = ask(eddsa, own.token("AbC-12_x"))
    assert (answer.status_code, answer.json()["user_id"]) == (200, "AbC-12_x")
    assert answer.json()["email"] == "AbC-12_x@example.com"


def test_a_token_signed_with_the_shared_secret_is_taken_where_the_setting_says_so(hs256: TestClient) -> None:
    assert ask(hs256, jwt.encode(claims(), SECRET, "HS256")).json()["user_id"] == USER


def hand_made(header: Any, payload: Any, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def with_secret(secret: str | bytes, own: Issuer, algorithm: str = "HS256") -> str:
    return jwt.encode(claims(), secret, algorithm, headers={"kid": own.keys[0].kid})


def public_key_as_secret(own: Issuer) -> str:
    """The oldest attack of all: HMAC keyed with the public key, which PyJWT itself refuses to make."""
    import hmac  # noqa: PLC0415

    key = own.keys[0].private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    unsigned = hand_made({"alg": "HS256", "kid": own.keys[0].kid}, claims()).rpartition(".")[0]
    digest = hmac.new(key, unsigned.encode(), "sha256").digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def tampered(own: Issuer) -> str:
    header, _, signature = own.token().split(".")
    payload = base64.urlsafe_b64encode(json.dumps(claims("eve")).encode()).rstrip(b"=").decode()
    return f"{header}.{payload}.{signature}"


def signed_by_a_stranger(own: Issuer) -> str:
    return jwt.encode(claims(), Key().private, "EdDSA", headers={"kid": own.keys[0].kid})


def rsa_signed(own: Issuer) -> str:
    key = rsa.generate_private_key(65537, 2048)
    return jwt.encode(claims(), key, "RS256", headers={"kid": own.keys[0].kid})


LATER, EARLIER = int(time.time()) + 3600, int(time.time()) - 60
BAD_TOKENS: dict[str, Callable[[Issuer], str]] = {
    "not a token": lambda own: "abc",
    "empty parts": lambda own: "..",
    "not ASCII": lambda own: "\u00e9.\u00e9.\u00e9",
    "too long": lambda own: own.token(name="n" * 9000),
    "header is a list": lambda own: hand_made([], claims()),
    "header deep as a well": lambda own: base64.urlsafe_b64encode(b"[" * 5000).decode() + ".e30.AA",
    "payload is a list": lambda own: hand_made({"alg": "EdDSA", "kid": own.keys[0].kid}, []),
    "alg none": lambda own: hand_made({"alg": "none", "kid": own.keys[0].kid}, claims()),
    "alg None, other case": lambda own: hand_made({"alg": "NoNe"}, claims()),
    "no alg": lambda own: hand_made({"kid": own.keys[0].kid}, claims()),
    "alg is a list": lambda own: hand_made({"alg": ["EdDSA"]}, claims()),
    "unsigned": lambda own: hand_made({"alg": "EdDSA", "kid": own.keys[0].kid}, claims()),
    "alg swapped to HS256": lambda own: with_secret(SECRET, own),
    "alg swapped, public key as the secret": public_key_as_secret,
    "alg swapped to RS256": rsa_signed,
    "no kid": lambda own: jwt.encode(claims(), own.keys[0].private, "EdDSA"),
    "kid is a path": lambda own: hand_made({"alg": "EdDSA", "kid": "../ \n"}, claims()),
    "kid is a number": lambda own: hand_made({"alg": "EdDSA", "kid": 7}, claims()),
    "unknown kid": lambda own: jwt.encode(claims(), own.keys[0].private, "EdDSA", headers={"kid": "x"}),
    "signed by a stranger": signed_by_a_stranger,
    "payload changed": tampered,
    "expired": lambda own: own.token(exp=EARLIER),
    "no exp": lambda own: own.token(exp=None),
    "exp is a word": lambda own: own.token(exp="tomorrow"),
    "not valid yet": lambda own: own.token(nbf=LATER),
    "made in the future": lambda own: own.token(iat=LATER),
    "other issuer": lambda own: own.token(iss="http://evil.example"),
    "issuer is a beginning": lambda own: own.token(iss="http://localhost:3000"),
    "no issuer": lambda own: own.token(iss=None),
    "other audience": lambda own: own.token(aud="http://other.example"),
    "no audience": lambda own: own.token(aud=None),
    "no sub": lambda own: own.token(sub=None),
    "sub is empty": lambda own: own.token(""),
    "sub is a number": lambda own: own.token(sub=7),
    "sub with a slash": lambda own: own.token("a/b"),
    "sub with a line end": lambda own: own.token("demo\n"),
    "sub too long": lambda own: own.token("u" * 65),
    "sub with NUL": lambda own: own.token("a\0b"),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
def test_a_bad_token_is_401_with_words_and_a_challenge(eddsa: TestClient, own: Issuer, case: str) -> None:
    token = BAD_TOKENS[case](own)
    answer = eddsa.get("/who", headers={b"Authorization": f"Bearer {token}".encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert answer.json()["detail"].startswith("Sign in again: ")
    assert token not in answer.text


@pytest.mark.parametrize(
    "make",
    [
        lambda own: own.token(),
        lambda own: jwt.encode(claims(), OTHER_SECRET, "HS256"),
        lambda own: jwt.encode(claims(), SECRET, "HS512"),
        lambda own: jwt.encode(claims(exp=EARLIER), SECRET, "HS256"),
        lambda own: jwt.encode(claims(aud="http://other.example"), SECRET, "HS256"),
        lambda own: hand_made({"alg": "none"}, claims()),
    ],
    ids=["EdDSA", "other secret", "HS512", "expired", "other audience", "alg none"],
)
def test_with_hs256_every_other_token_is_401(
    hs256: TestClient, own: Issuer, make: Callable[[Issuer], str]
) -> None:
    assert ask(hs256, make(own)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer   "},
        {"Authorization": "Basic dTpwdw=="},
        {"Authorization": "Token abc"},
        {"Cookie": "better-auth.session_token=abc"},
    ],
)
def test_without_a_token_it_is_401_and_the_challenge_names_no_error(
    eddsa: TestClient, headers: dict[str, str]
) -> None:
    answer = eddsa.get("/who", headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["detail"].startswith("Sign in first")


def test_two_authorization_headers_are_none(eddsa: TestClient, own: Issuer) -> None:
    headers = [("Authorization", f"Bearer {own.token(user)}") for user in (USER, "eve")]
    assert eddsa.get("/who", headers=headers).status_code == 401


def test_a_key_made_later_is_found_and_the_one_before_it_stays_good(eddsa: TestClient, own: Issuer) -> None:
    before = own.token()
    assert ask(eddsa, before).status_code == 200
    own.keys.append(Key())
    assert [ask(eddsa, token).status_code for token in (own.token(), before)] == [200, 200]


def test_a_published_key_of_another_kind_is_no_way_in(eddsa: TestClient, own: Issuer) -> None:
    private = rsa.generate_private_key(65537, 2048)
    public = {**RSAAlgorithm.to_jwk(private.public_key(), as_dict=True), "kid": "rsa", "alg": "RS256"}
    own.answer = (200, json.dumps({"keys": [public, own.keys[0].public()]}).encode())
    assert ask(eddsa, jwt.encode(claims(), private, "RS256", headers={"kid": "rsa"})).status_code == 401
    assert ask(eddsa, hand_made({"alg": "EdDSA", "kid": "rsa"}, claims(), b"x" * 64)).status_code == 401
    assert ask(eddsa, own.token()).status_code == 200


def test_clocks_may_differ_by_a_few_seconds(eddsa: TestClient, own: Issuer) -> None:
    now = int(time.time())
    assert ask(eddsa, own.token(exp=now - 3)).status_code == 200
    assert ask(eddsa, own.token(iat=now + 3)).status_code == 200


def test_a_slash_at_the_end_of_the_issuer_makes_no_difference(eddsa: TestClient, own: Issuer) -> None:
    assert ask(eddsa, own.token(iss=f"{ORIGIN}/", aud=f"{ORIGIN}/")).status_code == 200


def test_the_user_in_the_path_must_be_the_caller(eddsa: TestClient, own: Issuer) -> None:
    assert ask(eddsa, own.token("ann"), "/who/ann").json() == "ann"
    for other in ("bob", "Ann", "ann%20", "ann%00"):
        assert ask(eddsa, own.token("ann"), f"/who/{other}").status_code == 403


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/health", "/api/health"])
def test_what_is_open_needs_no_token_and_no_keys(path: str) -> None:
    with serve(jwks_url="http://127.0.0.1:1/jwks") as client:
        assert client.get(path).status_code == 200


def test_the_description_of_the_api_says_which_routes_need_a_token(eddsa: TestClient) -> None:
    routes = eddsa.get("/openapi.json").json()["paths"]
    assert routes["/api/{user_id}/tasks"]["get"]["security"] == [{"HTTPBearer": []}]
    assert "security" not in routes["/api/health"]["get"]


def test_keys_away_is_503_in_words_and_the_log_names_the_host(capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as issuer:
        token = issuer.token()
    with serve(jwks_url=issuer.jwks_url) as client:
        answer = ask(client, token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json()["detail"].startswith("Sign-in cannot be checked")
    logged = capsys.readouterr().out
    assert f"127.0.0.1:{issuer.port}" in logged
    assert "JWKS_URL" in logged
    assert token not in logged


def test_a_bad_token_is_401_even_while_the_keys_are_away() -> None:
    with serve(jwks_url="http://127.0.0.1:1/jwks") as client:
        assert ask(client, "abc").status_code == 401


def test_nothing_of_a_refused_token_is_logged(
    eddsa: TestClient, own: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    token = own.token(exp=EARLIER)
    ask(eddsa, token)
    logged = capsys.readouterr().out
    assert "the token has expired" in logged
    assert not any(part in logged for part in token.split("."))
