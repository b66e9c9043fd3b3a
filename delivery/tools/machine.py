"""Which platform this is, in the words that projects use to name their files."""

from __future__ import annotations

import platform
from dataclasses import dataclass

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_UNAME = {"amd64": "x86_64", "arm64": "arm64"}


@dataclass(frozen=True)
class Platform:
    """Operating system and architecture in Go's words: linux/amd64, darwin/arm64."""

    os: str
    arch: str

    def __str__(self) -> str:
        return f"{self.os}/{self.arch}"

    def words(self, version: str) -> dict[str, str]:
        """What may stand in the address of a release: ``{os} {Os} {arch} {uname} {version}``."""
        return {
            "os": self.os,
            "Os": self.os.title(),
            "arch": self.arch,
            "uname": _UNAME.get(self.arch, self.arch),
            "version": version,
        }


def this_platform() -> Platform:
    """The platform that we run on; an architecture that we don't know keeps its own name."""
    machine = platform.machine().lower()
    return Platform(platform.system().lower(), _ARCHITECTURES.get(machine, machine))
