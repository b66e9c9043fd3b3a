"""Versions are read from what the programs really print, and compared with the range."""

from __future__ import annotations

from pathlib import Path

import pytest

from delivery.tools.catalogue import CATALOGUE, KUBECTL, KUBECTL_AI
from delivery.tools.versions import fits, leading_number

CAPTURES = Path(__file__).parents[2] / "data" / "minikube"

PRINTED = {
    "helm 4": ("helm", "v4.1.4", "4.1.4"),
    "helm 3": ("helm", "v3.19.0", "3.19.0"),
    "helm, a release candidate": ("helm", "v4.2.0-rc.1", "4.2.0"),
    "kubectl": ("kubectl", '{"clientVersion": {"major": "1", "gitVersion": "v1.35.2"}}', "1.35.2"),
    "kubectl of gcloud": ("kubectl", '{"clientVersion": {"gitVersion": "v1.32.4-dispatcher"}}', "1.32.4"),
    "kubectl without JSON": ("kubectl", "error: unknown flag", ""),
    "kind": ("kind", "kind v0.33.0 go1.26.8 linux/amd64", "0.33.0"),
    "minikube": ("minikube", '{"commit":"","minikubeVersion":"v1.38.1"}', "1.38.1"),
    "docker": ("docker", "Docker version 28.2.2, build e6534b4", "28.2.2"),
    "docker as Debian ships it": ("docker", "Docker version 26.1.5+dfsg1, build a72d7cd", "26.1.5"),
    "podman under docker's name": ("docker", "podman version 5.4.2", ""),
    "go": ("go", "go version go1.26.8 linux/amd64", "1.26.8"),
    "go without a patch number": ("go", "go version go1.26 linux/amd64", "1.26"),
    "kubectl-ai release": ("kubectl-ai", "version: 0.0.28\ncommit: abc\ndate: 2026-01-05", "0.0.28"),
    "kubectl-ai built from source": ("kubectl-ai", "version: dev\ncommit: none\ndate: unknown", "dev"),
    "another tool called kubectl-ai": ("kubectl-ai", "kubectl-ai v0.0.12", ""),
    "kagent": ("kagent", '{"backend_version":"unknown","kagent_version":"0.9.12"}', "0.9.12"),
    "kagent built from source": ("kagent", '{"backend_version":"0.9.12","kagent_version":"dev"}', "dev"),
    "buildx": ("buildx", '{"Vendor": "Docker Inc.", "Version": "v0.24.0"}', "0.24.0"),
    "JSON of another shape": ("minikube", '["v1.38.1"]', ""),
}  # fmt: skip


@pytest.mark.parametrize("case", PRINTED)
def test_the_version_is_found_in_what_the_program_prints(case: str) -> None:
    tool, printed, version = PRINTED[case]
    assert CATALOGUE[tool].version_of(printed) == version


def test_the_recorded_answer_of_a_real_minikube_is_understood() -> None:
    answer = (CAPTURES / "version.txt").read_text().splitlines()
    line = next(line for line in answer if line.startswith("{"))
    assert CATALOGUE["minikube"].version_of(line) == "1.38.1"


@pytest.mark.parametrize(
    ("version", "good"),
    [("1.34.0", True), ("1.36.9", True), ("1.33.9", False), ("1.37.0", False), ("", False), ("dev", False)],
)
def test_kubectl_fits_within_one_minor_release_of_the_cluster(version: str, good: bool) -> None:
    assert fits(KUBECTL, version) is good


def test_a_development_build_fits_only_where_the_tool_is_optional() -> None:
    assert fits(KUBECTL_AI, "dev")
    assert not fits(CATALOGUE["helm"], "dev")


@pytest.mark.parametrize(
    ("packaged", "number"),
    [
        ("26.1.5+dfsg1-9+deb13u1+b1", "26.1.5"),
        ("5:28.3.0-1~debian.12~bookworm", "28.3.0"),
        ("27.5.1-0ubuntu3~22.04.2", "27.5.1"),
        ("v0.24.0", "0.24.0"),
        ("unknown", ""),
    ],
)
def test_the_number_of_a_packaged_version_is_without_the_packagers_tail(packaged: str, number: str) -> None:
    assert leading_number(packaged) == number
