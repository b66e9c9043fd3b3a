"""Which platform this is, and whether the repository's files suit the others."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from delivery.criteria.criterion import Proof

_SCRIPT = re.compile(rb"^#!")
# What runs in a container or by a POSIX shell breaks with the line ends of Windows.
_NEEDS_LF = (".sh", ".conf", ".yaml", ".yml", ".py", ".mjs", ".tpl")
# Windows takes none of these in a name, and a Mac tells "A" from "a" no better than Windows does.
_BAD_NAME = re.compile(r'[<>:"|?*\\]|[. ]$|(^|/)(con|prn|aux|nul|com\d|lpt\d)(\.|/|$)', re.I)


@dataclass(frozen=True)
class Platform:
    """One machine: `system` is linux, macos or wsl2, `provider` how the cluster is had."""

    system: str
    release: str
    architecture: str
    engine: str
    engine_architecture: str
    provider: str
    runtime: str
    kubernetes: str

    def line(self) -> str:
        """The platform in words."""
        return (
            f"{self.system} ({self.release}) on {self.architecture}; Docker Engine {self.engine} for "
            f"{self.engine_architecture}; {self.provider}, {self.runtime}, Kubernetes {self.kubernetes}"
        )

    def document(self) -> dict[str, str]:
        """As the report holds it."""
        return asdict(self)


def this_system(uname: platform.uname_result | None = None) -> str:
    """Pure over `uname`: linux, macos, wsl2, or whatever else it calls itself."""
    uname = uname or platform.uname()
    if uname.system == "Linux":
        return "wsl2" if "microsoft" in uname.release.lower() else "linux"
    return "macos" if uname.system == "Darwin" else uname.system.lower()


def system_release(os_release: Path = Path("/etc/os-release")) -> str:
    """The distribution, where there is one, else the kernel's name and release."""
    try:
        text = os_release.read_text(encoding="utf-8")
    except OSError:
        return f"{platform.system()} {platform.release()}"
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)', text, re.M)
    return found[1] if found else platform.release()


def file_proofs(files: Mapping[str, bytes], executable: Iterable[str]) -> tuple[Proof, ...]:
    """Pure: line ends, names and rights of the repository's files hold on every platform."""
    windows = [name for name, content in files.items() if _needs_lf(name, content) and b"\r\n" in content]
    bad = [name for name in files if _BAD_NAME.search(name)]
    folded: dict[str, list[str]] = {}
    for name in files:
        folded.setdefault(name.casefold(), []).append(name)
    twice = [" = ".join(names) for names in folded.values() if len(names) > 1]
    rights = set(executable)
    dull = [name for name, content in files.items() if _SCRIPT.match(content) and name not in rights]
    return (
        Proof(
            "scripts and what containers read have line ends of one character", not windows, _some(windows)
        ),
        Proof("no file name is one that Windows refuses", not bad, _some(bad)),
        Proof("no two names differ in capitals alone", not twice, _some(twice)),
        Proof("every script may be executed", not dull, _some(dull)),
    )


def _needs_lf(name: str, content: bytes) -> bool:
    named = name.endswith(_NEEDS_LF) or Path(name).name.startswith("Dockerfile")
    return (named or bool(_SCRIPT.match(content))) and b"\0" not in content


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
