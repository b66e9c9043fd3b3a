"""Debian's mirrors for another release, from the sources that this machine's apt is set up with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from delivery.errors import EnvironmentFault
from delivery.tools.apt_sources import APT, AptSource

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_TAILS = ("", "-updates", "-security")


def own_release(os_release: Path = Path("/etc/os-release")) -> str:
    """This machine's Debian release, such as `bookworm`; empty where it isn't Debian."""
    fields = dict(line.partition("=")[::2] for line in os_release.read_text().splitlines())
    words = {name: value.strip().strip('"') for name, value in fields.items()}
    return words.get("VERSION_CODENAME", "") if words.get("ID") == "debian" else ""


def for_release(sources: Iterable[AptSource], release: str, own: str) -> list[AptSource]:
    """The machine's Debian archives with the suites of `release`.

    An archive counts if it has a suite of `own`, the machine's release, or of `release`; those of other
    vendors have suites of other names. Raises EnvironmentFault where none is left.
    """
    known = {f"{name}{tail}": tail for name in (own, release) if name for tail in _TAILS}
    found: dict[str, set[str]] = {}
    for source in sources:
        tails = {known[suite] for suite in source.suites if suite in known}
        if tails and "main" in source.components:
            for uri in source.uris:
                found.setdefault(uri.rstrip("/"), set()).update(tails)
    if not any("" in tails for tails in found.values()):
        raise EnvironmentFault(
            "no Debian mirror is set up on this machine",
            f"no source in {APT} has the suite {own or release}",
            f"name a mirror in {APT}/sources.list.d, then run this again",
        )
    return [
        AptSource(
            (uri,), tuple(f"{release}{tail}" for tail in _TAILS if tail in tails), ("main",),
            (("Signed-By", KEYRING),),
        )
        for uri, tails in found.items()
    ]  # fmt: skip


def without_updates(sources: Iterable[AptSource]) -> list[AptSource]:
    """The same archives with the release alone: neither updates nor security."""
    kept = [(source, tuple(s for s in source.suites if not s.endswith(_TAILS[1:]))) for source in sources]
    return [replace(source, suites=suites) for source, suites in kept if suites]
