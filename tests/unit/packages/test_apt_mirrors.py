"""Debian's mirrors come from the machine's own apt sources, whatever their style."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.errors import EnvironmentFault
from delivery.packages.apt_mirrors import for_release, own_release, without_updates
from delivery.tools.apt_sources import machine_sources, render

MAIN, SECURITY = "http://mirror.example/debian", "http://mirror.example/security"
DEB822 = f"""\
Types: deb deb-src
URIs: {MAIN}/
Suites: bookworm bookworm-updates
Components: main contrib

# the second stanza
Types: deb
URIs: {SECURITY}
Suites: bookworm-security
Components: main
"""
ONE_LINE = f"""\
deb [arch=amd64 trusted=yes] {MAIN} bookworm main
deb {MAIN} bookworm-updates main # updates
deb-src {MAIN} bookworm main
deb {SECURITY} bookworm-security main
"""
WANTED = {
    MAIN: ("trixie", "trixie-updates"),
    SECURITY: ("trixie-security",),
}


def machine(folder: Path, files: dict[str, str]) -> Path:
    (folder / "sources.list.d").mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    "files",
    [
        {"sources.list.d/debian.sources": DEB822},
        {"sources.list": ONE_LINE},
        {"sources.list.d/debian.list": ONE_LINE, "sources.list": "# empty\n"},
        {"sources.list": ONE_LINE, "sources.list.d/debian.sources": DEB822},
    ],
    ids=["deb822", "one-line", "in a folder", "both"],
)
def test_suites_are_renamed_and_mirrors_kept(tmp_path: Path, files: dict[str, str]) -> None:
    found = for_release(machine_sources(machine(tmp_path, files)), "trixie", "bookworm")
    assert {source.uris[0]: source.suites for source in found} == WANTED


def test_the_machines_own_release_needs_no_renaming(tmp_path: Path) -> None:
    sources = machine_sources(machine(tmp_path, {"sources.list": ONE_LINE}))
    text = render(for_release(sources, "bookworm", "bookworm"))
    assert f"URIs: {MAIN}\nSuites: bookworm bookworm-updates\n" in text
    assert text.count("Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg") == 2


def test_what_has_no_updates_is_used_without_them(tmp_path: Path) -> None:
    sources = for_release(
        machine_sources(machine(tmp_path, {"sources.list": ONE_LINE})), "trixie", "bookworm"
    )
    assert [(source.uris, source.suites) for source in without_updates(sources)] == [((MAIN,), ("trixie",))]


def test_archives_of_other_vendors_fall_out(tmp_path: Path) -> None:
    other = (
        "deb https://vendor.example/apt cloud-sdk-bookworm main\ndeb https://node.example/ nodistro main\n"
    )
    sources = machine_sources(machine(tmp_path, {"sources.list": ONE_LINE + other}))
    assert "example/apt" not in render(for_release(sources, "trixie", "bookworm"))


def test_a_disabled_source_and_one_without_main_do_not_count(tmp_path: Path) -> None:
    text = f"Enabled: no\n{DEB822}".replace("Components: main\n", "Components: contrib\n")
    with pytest.raises(EnvironmentFault, match="no Debian mirror"):
        for_release(
            machine_sources(machine(tmp_path, {"sources.list.d/x.sources": text})), "trixie", "bookworm"
        )


def test_a_later_release_that_is_set_up_beside_the_own_one_is_used_once(tmp_path: Path) -> None:
    text = f"{DEB822}\nTypes: deb\nURIs: {MAIN}\nSuites: trixie\nComponents: main\n"
    found = for_release(
        machine_sources(machine(tmp_path, {"sources.list.d/x.sources": text})), "trixie", "bookworm"
    )
    assert [source.uris for source in found] == [(MAIN,), (SECURITY,)]


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ('ID=debian\nVERSION_CODENAME=bookworm\nNAME="Debian"\n', "bookworm"),
        ('ID="debian"\nVERSION_CODENAME="trixie"\n', "trixie"),
        ("ID=ubuntu\nVERSION_CODENAME=noble\n", ""),
        ("ID=debian\n", ""),
    ],
)
def test_the_own_release_is_read_only_on_debian(tmp_path: Path, text: str, release: str) -> None:
    (tmp_path / "os-release").write_text(text)
    assert own_release(tmp_path / "os-release") == release
