"""What the API server refuses to show, from kubectl's words. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORBIDDEN = re.compile(
    r'\(Forbidden\): (?P<resource>[a-z.]+?)(?:\.[a-z0-9.]+)?(?: "[^"]*")? is forbidden: '
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\w+) resource',
)


@dataclass(frozen=True)
class Refused:
    """A kind of object that a user may not see."""

    resource: str
    user: str
    verb: str

    def words(self) -> str:
        """In a line."""
        return f"{self.resource}: {self.user} may not {self.verb} them"


def refused(stderr: str) -> list[Refused]:
    """Every refusal that kubectl told of."""
    return [
        Refused(match["resource"].partition(".")[0], match["user"], match["verb"])
        for match in _FORBIDDEN.finditer(stderr)
    ]
