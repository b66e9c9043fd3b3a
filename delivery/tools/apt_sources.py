"""Reads the machine's own apt sources, and derives those of a later Debian release from them.

One function reads the files; the others are pure, over their text and that of `apt-cache policy`. No address
is made up: what comes out points where the machine's own configuration points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

APT = Path("/etc/apt")
_OPTIONS = {"arch": "Architectures", "signed-by": "Signed-By", "trusted": "Trusted"}
_SUITE_TAILS = ("", "-updates", "-security")


@dataclass(frozen=True)
class AptSource:
    """One source of packages; `extra` holds its further fields as deb822 has them (Signed-By, …)."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    extra: tuple[tuple[str, str], ...] = ()


def machine_sources(folder: Path = APT) -> list[AptSource]:
    """All enabled sources that apt reads on this machine (sources.list(5), both styles)."""
    found: list[AptSource] = []
    for file in [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]:
        parse = {".list": parse_one_line, ".sources": parse_deb822}.get(file.suffix)
        if parse and file.is_file():
            found += parse(file.read_text(encoding="utf-8", errors="replace"))
    return found


def parse_deb822(text: str) -> list[AptSource]:
    """The enabled binary sources of a *.sources file."""
    found = []
    for stanza in re.split(r"\n\s*\n", _without_comments(text)):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        extra = tuple((name, fields[name.lower()]) for name in _OPTIONS.values() if name.lower() in fields)
        found.append(
            AptSource(
                tuple(fields.get("uris", "").split()),
                tuple(fields.get("suites", "").split()),
                tuple(fields.get("components", "").split()),
                extra,
            )
        )
    return found


def parse_one_line(text: str) -> list[AptSource]:
    """The enabled binary sources of a *.list file."""
    found = []
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match:
            options, uri, suite, components = match.groups()
            found.append(AptSource((uri,), (suite,), tuple(components.split()), _options(options or "")))
    return found


def debian_uris(policy: str) -> frozenset[str]:
    """The addresses that `apt-cache policy` shows as Debian's own archive, mirrors of it included."""
    pairs = re.findall(r"^\s*-?\d+ (\S+) \S+ \S+ Packages\n\s+release (\S+)", policy, re.MULTILINE)
    return frozenset(uri.rstrip("/") for uri, release in pairs if ",o=Debian," in f",{release},")


def has_suite(sources: Iterable[AptSource], suite: str) -> bool:
    """Whether one of the sources carries this release already."""
    return any(suite in source.suites for source in sources)


def derive(sources: Sequence[AptSource], uris: frozenset[str], release: str, later: str) -> list[AptSource]:
    """The same archives with the suites of a later release: bookworm-security becomes trixie-security.

    Only sources of `release` from Debian's own archive (`uris`) count; other vendors may have no later one.
    """
    renamed = {f"{release}{tail}": f"{later}{tail}" for tail in _SUITE_TAILS}
    found: list[AptSource] = []
    for source in sources:
        suites = tuple(renamed[suite] for suite in source.suites if suite in renamed)
        ours = tuple(uri for uri in source.uris if uri.rstrip("/") in uris)
        if suites and ours and "main" in source.components:
            found.append(AptSource(ours, suites, ("main",), source.extra))
    return list(dict.fromkeys(found))


def render(sources: Iterable[AptSource]) -> str:
    """The sources as a *.sources file."""
    return "\n".join(_stanza(source) for source in sources)


def pin(release: str, priority: int) -> str:
    """Preferences that keep a release and its updates from being chosen unless something asks for them."""
    return f"Package: *\nPin: release n={release}*\nPin-Priority: {priority}\n"


def candidate(policy: str) -> str:
    """The version that apt would install, from `apt-cache policy NAME`; "" for none."""
    match = re.search(r"^\s+Candidate: (\S+)$", policy, re.MULTILINE)
    return match[1] if match and match[1] != "(none)" else ""


def _stanza(source: AptSource) -> str:
    fields = [
        ("Types", "deb"),
        ("URIs", " ".join(source.uris)),
        ("Suites", " ".join(source.suites)),
        ("Components", " ".join(source.components)),
        *source.extra,
    ]
    return "".join(f"{name}: {value}\n" for name, value in fields)


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def _fields(stanza: str) -> dict[str, str]:
    """Fields by lower-case name; a value that goes on over several lines (an inline key) keeps them."""
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line[:1].isspace() and name:
            fields[name] += "\n" + line
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def _options(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [option.split("=", 1) for option in text.split() if "=" in option]
    return tuple((_OPTIONS[name], value.replace(",", " ")) for name, value in pairs if name in _OPTIONS)
