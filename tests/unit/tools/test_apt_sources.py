"""A later Debian release is derived from the machine's own apt sources, mirrors included."""

from __future__ import annotations

from pathlib import Path

from delivery.tools import apt_sources
from delivery.tools.apt_sources import AptSource, machine_sources

DEB822 = """\
Types: deb
# an address that is only a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security/
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main

Types: deb-src
URIs: http://mirror.example/debian
Suites: trixie
Components: main

Types: deb
URIs: https://vendor.example/debian
Suites: bookworm
Components: main
"""
POLICY = """\
Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 https://vendor.example/debian bookworm/main amd64 Packages
     release o=Vendor,a=stable,n=bookworm,l=Vendor,c=main,b=amd64
     origin vendor.example
 500 http://mirror.example/debian-security bookworm-security/main amd64 Packages
     release v=12,o=Debian,a=oldstable-security,n=bookworm-security,l=Debian-Security,c=main,b=amd64
     origin mirror.example
 500 http://mirror.example/debian bookworm/main amd64 Packages
     release v=12.15,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
     origin mirror.example
Pinned packages:
"""
KEYRING = ("Signed-By", "/usr/share/keyrings/debian-archive-keyring.gpg")


def test_a_later_release_comes_from_the_same_mirror_with_the_same_key() -> None:
    uris = apt_sources.debian_uris(POLICY)
    derived = apt_sources.derive(apt_sources.parse_deb822(DEB822), uris, "bookworm", "trixie")
    assert derived == [
        AptSource(("http://mirror.example/debian",), ("trixie", "trixie-updates"), ("main",), (KEYRING,)),
        AptSource(("http://mirror.example/debian-security/",), ("trixie-security",), ("main",), (KEYRING,)),
    ]


def test_what_is_derived_is_written_as_apt_reads_it() -> None:
    source = AptSource(("http://mirror.example/debian",), ("trixie",), ("main",), (KEYRING,))
    text = apt_sources.render([source])
    assert text == (
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )
    assert apt_sources.parse_deb822(apt_sources.render([source, source])) == [source, source]


def test_sources_of_one_line_are_read_with_their_options() -> None:
    text = (
        "# deb http://mirror.example/debian trixie main\n"
        "deb-src http://mirror.example/debian trixie main\n"
        "deb [arch=amd64,arm64 signed-by=/a.gpg] http://mirror.example/debian bookworm main contrib # ours\n"
        "deb http://mirror.example/debian bookworm-updates main\n"
    )
    first, second = apt_sources.parse_one_line(text)
    assert first == AptSource(
        ("http://mirror.example/debian",), ("bookworm",), ("main", "contrib"),
        (("Architectures", "amd64 arm64"), ("Signed-By", "/a.gpg")),
    )  # fmt: skip
    assert second.suites == ("bookworm-updates",)
    assert second.extra == ()


def test_a_key_inside_the_source_is_kept_whole() -> None:
    text = (
        "Types: deb\nURIs: http://a\nSuites: bookworm\nComponents: main\nSigned-By:\n -----BEGIN\n .\n abc\n"
    )
    (source,) = apt_sources.parse_deb822(text)
    assert source.extra == (("Signed-By", "\n -----BEGIN\n .\n abc"),)
    assert apt_sources.parse_deb822(apt_sources.render([source])) == [source]


def test_nothing_is_derived_where_debians_archive_is_not_among_the_sources() -> None:
    sources = apt_sources.parse_deb822(DEB822)
    assert apt_sources.derive(sources, frozenset({"http://elsewhere/debian"}), "bookworm", "trixie") == []


def test_a_release_counts_as_there_only_where_it_is_enabled() -> None:
    sources = apt_sources.parse_deb822(DEB822)
    assert apt_sources.has_suite(sources, "bookworm-updates")
    assert not apt_sources.has_suite(sources, "trixie")


def test_the_candidate_of_a_package_is_read_from_apts_policy() -> None:
    text = "docker.io:\n  Installed: (none)\n  Candidate: 20.10.24+dfsg1-1+deb12u1+b6\n  Version table:\n"
    assert apt_sources.candidate(text) == "20.10.24+dfsg1-1+deb12u1+b6"
    assert apt_sources.candidate(text.replace("20.10.24+dfsg1-1+deb12u1+b6", "(none)")) == ""
    assert apt_sources.candidate("") == ""


def test_both_kinds_of_files_are_read_and_others_are_not(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("deb http://a bookworm main\n")
    (parts / "b.list").write_text("deb http://b bookworm main\n")
    (parts / "c.sources").write_text("Types: deb\nURIs: http://c\nSuites: bookworm\nComponents: main\n")
    (parts / "d.list.disabled").write_text("deb http://d bookworm main\n")
    assert [source.uris for source in machine_sources(tmp_path)] == [
        ("http://a",),
        ("http://b",),
        ("http://c",),
    ]
