"""What a verified token says, and who calls with it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claims:
    """The parts of a verified token that the app uses."""

    user_id: str  # its `sub`
    expires_at: int  # its `exp`, seconds since 1970
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Caller:
    """Who calls, and the token itself, to be passed on to the MCP server."""

    user_id: str
    claims: Claims
    token: str = field(repr=False)
