"""Is a token one of our frontend's, and still good? Setting AUTH_JWT_ALGORITHM says how it must be signed."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import jwt
from jwt import PyJWK

from src.auth.claims import Claims
from src.auth.keys import KeySet
from src.settings import Settings

LEEWAY_S = 10  # clocks of two nodes may differ a little
LONGEST_TOKEN = 8_192  # what uvicorn takes for a header line is larger; a token of ours has about 600
REQUIRED = ["exp", "sub", "iss", "aud"]
# The ids that Better Auth makes, and whatever else fits a column of 64 and a path without quoting.
USER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
KEY_ID = re.compile(r"[\x21-\x7e]{1,128}")

Algorithm = Literal["EdDSA", "HS256"]
FindKey = Callable[[dict[str, Any]], Awaitable[PyJWK | str]]


class BadTokenError(Exception):
    """The token is refused. The words say why, for the log and the caller; they never quote the token."""


@dataclass(frozen=True)
class TokenVerifier:
    """Checks tokens. `issuer` is the issuer and the audience, as in Better Auth's jwt plugin."""

    issuer: str
    algorithm: Algorithm
    find_key: FindKey

    async def verify(self, token: str) -> Claims:
        """What the token says. Raises BadTokenError, and KeysAwayError where the keys cannot be had."""
        header = self._header(token)
        key = await self.find_key(header)
        return _claims(self._payload(token, key))

    def _header(self, token: str) -> dict[str, Any]:
        """The unverified header, after the cheap refusals: no key is looked for on behalf of those."""
        if len(token) > LONGEST_TOKEN:
            raise BadTokenError("the token is too long")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise BadTokenError("this is not a token") from None
        if header.get("alg") != self.algorithm:
            raise BadTokenError("the token is signed in a way that is not accepted here")
        return header

    def _payload(self, token: str, key: PyJWK | str) -> dict[str, Any]:
        try:
            # The algorithm is the setting's, never the token's (RFC 8725, section 2.1).
            return jwt.decode(
                token,
                key,
                algorithms=[self.algorithm],
                issuer=[self.issuer, f"{self.issuer}/"],
                audience=[self.issuer, f"{self.issuer}/"],
                leeway=LEEWAY_S,
                options={"require": REQUIRED},
            )
        except jwt.PyJWTError as error:
            raise BadTokenError(_words(error)) from None


WORDS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "the token has expired"),
    (jwt.ImmatureSignatureError, "the token is not valid yet"),
    (jwt.InvalidIssuerError, "the token was made by somebody else (BETTER_AUTH_URL must be the frontend's)"),
    (jwt.InvalidAudienceError, "the token is for somebody else (BETTER_AUTH_URL must be the frontend's)"),
    (jwt.MissingRequiredClaimError, "the token lacks a claim"),
    (jwt.InvalidSignatureError, "the token's signature is wrong"),
)


def _words(error: jwt.PyJWTError) -> str:
    return next((words for kind, words in WORDS if isinstance(error, kind)), "this is not a good token")


def _claims(payload: dict[str, Any]) -> Claims:
    user_id = payload["sub"]
    if not isinstance(user_id, str) or not USER_ID.fullmatch(user_id):
        raise BadTokenError("the token names no user that could be one")
    name, email = (value if isinstance(value := payload.get(key), str) else None for key in ("name", "email"))
    return Claims(user_id, int(payload["exp"]), name, email)


def make_verifier(settings: Settings) -> TokenVerifier:
    """The verifier that the settings ask for. It asks the frontend for nothing yet."""
    find_key = (
        _shared_secret(settings) if settings.auth_jwt_algorithm == "HS256" else _published_key(settings)
    )
    return TokenVerifier(settings.better_auth_url, settings.auth_jwt_algorithm, find_key)


def _shared_secret(settings: Settings) -> FindKey:
    assert settings.better_auth_secret is not None  # Settings saw to it
    secret = settings.better_auth_secret.get_secret_value()

    async def find(_header: dict[str, Any]) -> str:
        return secret

    return find


def _published_key(settings: Settings) -> FindKey:
    keys = KeySet(settings.jwks_url)

    async def find(header: dict[str, Any]) -> PyJWK:
        kid = header.get("kid")
        if not isinstance(kid, str) or not KEY_ID.fullmatch(kid):
            raise BadTokenError("the token does not say which key it is signed with")
        key = await keys.get(kid)
        if key is None:
            raise BadTokenError("the token is signed with a key that the frontend does not publish")
        return key

    return find
