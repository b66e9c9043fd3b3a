"""The repository as it is handed on: no secret file, no address of a package registry, no dead link."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from delivery.paths import ROOT

# Names are put together from pieces here, so that this file does not hold what it looks for.
REGISTRY_HOSTS = tuple(
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"), ("pythonhosted", "org"), ("anaconda", "org"),
        ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"), ("registry", "npmmirror", "com"),
        ("npm", "pkg", "github", "com"),
        ("proxy", "golang", "org"), ("sum", "golang", "org"), ("goproxy", "io"), ("goproxy", "cn"),
        ("deb", "debian", "org"), ("ftp", "debian", "org"), ("security", "debian", "org"),
        ("archive", "debian", "org"), ("snapshot", "debian", "org"), ("httpredir", "debian", "org"),
        ("archive", "ubuntu", "com"), ("security", "ubuntu", "com"), ("ports", "ubuntu", "com"),
        ("dl-cdn", "alpinelinux", "org"),
        ("crates", "io"), ("rubygems", "org"), ("repo1", "maven", "org"), ("repo", "maven", "apache", "org"),
    )
)  # fmt: skip
HOST = re.compile(r"(?<![\w-])(?:[\w-]+\.)*(?:" + "|".join(map(re.escape, REGISTRY_HOSTS)) + r")\b", re.I)
# What belongs to one person's workplace, or to the means by which a text was written.
FOREIGN = re.compile(
    "|".join(
        (
            r"(?<![\w.])/" + r"work/(?:main|shared|\.\w)", r"/tmp/" + r"team\b", r"\." + r"library/",
            r"\bco-" + r"authored-by\b", r"\bclaude" + r"[ -]code\b", r"\bas an " + r"ai\b",
            r"\bai " + r"assistant\b", r"\bcoding " + r"agents?\b", r"\bsub-?" + r"agents?\b",
        )
    ),
    re.I,
)  # fmt: skip
PRIVATE_KEY = re.compile("-----BEGIN [A-Z ]*" + "PRIVATE KEY-----")
# A lock file pins content by hash; where it was downloaded from is this machine's business.
LOCKS = re.compile(r"(^|/)([\w-]+\.lock|pnpm-lock\.yaml)$")
DOWNLOAD = re.compile(r"https?://|^\s*--?(?:index-url|extra-index-url|find-links|i|f)\b", re.M)
TOKENS_OF_LINKS = re.compile(
    r"(?P<code>^(?P<fence>```+|~~~+).*?^(?P=fence)\s*$|`[^`\n]*`)"
    r"|!?\[[^\]]*\]\((?P<target>[^()\s]+)(?:\s+\"[^\"]*\")?\)"
    r"|<(?:img|a)\b[^>]*?\b(?:src|href)=\"(?P<html>[^\"]+)\"",
    re.M | re.S,
)


@cache
def tracked() -> tuple[str, ...]:
    """Paths of all files in git's index, which is what a commit holds."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    answer = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=30, env=environment, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if answer.returncode:
        pytest.skip(f"this is not a git checkout: {answer.stderr.strip()}")
    return tuple(path for path in answer.stdout.split("\0") if path and (ROOT / path).exists())


@cache
def texts() -> dict[str, str]:
    """Text of every tracked file that is not binary."""
    found = {}
    for path in tracked():
        full = ROOT / path
        content = os.fsencode(full.readlink()) if full.is_symlink() else full.read_bytes()
        if b"\0" not in content:
            found[path] = content.decode("utf-8", "replace")
    return found


def places(pattern: re.Pattern[str], wanted: Callable[[str], bool] = lambda _: True) -> list[str]:
    """`path:line: what was found` for every match."""
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match[0].strip()}"
        for path, text in texts().items()
        if wanted(path)
        for match in pattern.finditer(text)
    ]


def links(path: str) -> Iterator[str]:
    """Targets of the links and pictures of a Markdown file, code left out."""
    for match in TOKENS_OF_LINKS.finditer(texts()[path]):
        target = match["target"] or match["html"]
        if target and not re.match(r"[a-z][a-z0-9+.-]*:", target):
            yield target


@cache
def anchors(path: str) -> frozenset[str]:
    """The anchors that the headings of a Markdown file get, by GitHub's rule."""
    text = re.sub(r"^(```+|~~~+).*?^\1\s*$", "", texts()[path], flags=re.M | re.S)
    seen: dict[str, int] = {}
    found = set(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", text))
    for title in re.findall(r"^#{1,6}\s+(.*?)\s*#*\s*$", text, re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if slug in seen else slug)
        seen[slug] = seen.get(slug, 0) + 1
    return frozenset(found)


def trouble_with(path: str, target: str) -> str:
    """Why a relative link leads nowhere, or an empty string."""
    name, _, anchor = target.partition("#")
    full = ((ROOT / path).parent / name).resolve() if name else ROOT / path
    if not full.is_relative_to(ROOT):
        return "leads out of the repository"
    relative = full.relative_to(ROOT).as_posix()
    if not (relative in tracked() or any(other.startswith(f"{relative}/") for other in tracked())):
        return "no such file in the repository"
    if anchor and relative.endswith(".md") and anchor not in anchors(relative):
        return f"no heading gives the anchor #{anchor}"
    return ""


MARKDOWN = "*.md"


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert not places(HOST)


def test_lock_files_do_not_record_where_packages_were_downloaded() -> None:
    assert not places(DOWNLOAD, lambda path: bool(LOCKS.search(path)))


def test_no_file_speaks_of_the_place_where_it_was_written() -> None:
    assert not places(FOREIGN)


def test_no_env_file_and_no_private_key_is_tracked() -> None:
    named = [path for path in tracked() if re.search(r"(^|/)\.env(\..+)?$", path)]
    assert [path for path in named if Path(path).name != ".env.example"] == []
    assert not places(PRIVATE_KEY)


def test_every_relative_link_resolves() -> None:
    wrong = [
        f"{path}: {target}: {trouble}"
        for path in texts()
        if Path(path).match(MARKDOWN)
        for target in links(path)
        if (trouble := trouble_with(path, target))
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (HOST, "index-url = https://" + REGISTRY_HOSTS[0] + "/simple"),
        (HOST, "https://files." + REGISTRY_HOSTS[1] + "/packages/x.whl"),
        (HOST, "see //" + REGISTRY_HOSTS[3] + "/:_authToken"),
        (DOWNLOAD, "--index-url x"),
        (DOWNLOAD, "resolution: {tarball: https://example.org/x.tgz}"),
        (FOREIGN, "see /" + "work/shared/design.md"),
        (PRIVATE_KEY, "-----BEGIN EC " + "PRIVATE KEY-----"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize(
    "text", ["github.com/x/y v1.2.3 h1:abc=", "golang.org/x/net", "registry.k8s.io/etcd"]
)
def test_module_paths_and_image_names_are_no_package_registries(text: str) -> None:
    assert not HOST.search(text)
