"""What the API server refuses to show, from kubectl's words. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORBIDDEN = re.compile(r'User "(?P<user>[^"]*)" cannot (?P<verb>\w+) resource "(?P<resource>[a-z]+)')


@dataclass(frozen=True)
class Refused:
    """A kind of object that a user may not see."""

    resource: str
    user: str
    verb: str

    def words(self) -> str:
        """In a line."""
        return f"{self.resource}, which {self.user} may not {self.verb}"


def refused(stderr: str) -> list[Refused]:
    """Every refusal that kubectl or helm told of, each once."""
    found = [Refused(one["resource"], one["user"], one["verb"]) for one in _FORBIDDEN.finditer(stderr)]
    return list(dict.fromkeys(found))
