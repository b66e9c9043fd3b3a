"""Image IDs and names in a node's containerd, from what ctr prints."""

from __future__ import annotations

import json

import pytest

from delivery.cluster.containerd import image_named, names_to_remove, rows
from delivery.cluster.engine_images import ImageOnNode, qualified

TARGET, CONFIG = "sha256:e7cb", "sha256:eb71"
OCI = "application/vnd.oci.image.manifest.v1+json"
LISTING = f"""\
REF                                      TYPE DIGEST SIZE PLATFORMS LABELS
docker.io/library/app:1                  {OCI} {TARGET} 106.5 MiB linux/amd64 io.cri-containerd.image=managed
import-2026-11-24@{TARGET}               {OCI} {TARGET} 106.5 MiB linux/amd64 io.cri-containerd.image=managed
{CONFIG}                                 {OCI} {TARGET} 106.5 MiB linux/amd64 io.cri-containerd.image=managed
registry.k8s.io/pause:3.10.1             {OCI} sha256:d3d0 642.9 KiB linux/amd64 -
"""


def never(digest: str) -> str:
    raise AssertionError(f"{digest} was read without need")


def test_the_kubelets_own_name_tells_the_config_digest() -> None:
    assert image_named(rows(LISTING), "app:1", never) == ImageOnNode(CONFIG, TARGET)


def test_an_image_of_another_tag_is_not_it() -> None:
    assert image_named(rows(LISTING), "app:2", never) is None


def test_an_empty_listing_has_no_images() -> None:
    assert rows("REF TYPE DIGEST SIZE PLATFORMS LABELS\n") == ()


def test_without_the_kubelets_name_the_manifest_is_read() -> None:
    bare = [row for row in rows(LISTING) if row.name != CONFIG]
    contents = {TARGET: json.dumps({"config": {"digest": CONFIG}})}
    assert image_named(bare, "app:1", contents.__getitem__) == ImageOnNode(CONFIG, TARGET)


def test_of_an_index_the_manifest_of_this_architecture_is_read() -> None:
    attestation = {"vnd.docker.reference.type": "attestation-manifest"}
    index = {
        "manifests": [
            {"digest": "sha256:arm", "platform": {"architecture": "arm64"}},
            {"digest": "sha256:amd", "platform": {"architecture": "amd64"}},
            {"digest": "sha256:att", "platform": {"architecture": "unknown"}, "annotations": attestation},
        ]
    }
    contents = {TARGET: json.dumps(index), "sha256:amd": json.dumps({"config": {"digest": CONFIG}})}
    bare = [row for row in rows(LISTING) if row.name != CONFIG]
    assert image_named(bare, "app:1", contents.__getitem__, "amd64") == ImageOnNode(CONFIG, TARGET)


def test_with_the_last_tag_all_names_of_the_content_go() -> None:
    assert names_to_remove(rows(LISTING), "app:1") == (
        "docker.io/library/app:1",
        f"import-2026-11-24@{TARGET}",
        CONFIG,
    )


def test_while_another_tag_needs_the_content_only_the_name_goes() -> None:
    listing = LISTING + f"docker.io/library/other:1 {OCI} {TARGET} 1 MiB linux/amd64 -\n"
    assert names_to_remove(rows(listing), "app:1") == ("docker.io/library/app:1",)


def test_nothing_goes_for_an_image_that_is_not_there() -> None:
    assert names_to_remove(rows(LISTING), "app:9") == ()


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("app", "docker.io/library/app:latest"),
        ("app:1", "docker.io/library/app:1"),
        ("team/app:1", "docker.io/team/app:1"),
        ("registry.example.org/app:1", "registry.example.org/app:1"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("localhost/app:1", "localhost/app:1"),
        ("app@sha256:12", "docker.io/library/app@sha256:12"),
    ],
)
def test_a_name_is_completed_as_containerd_does(reference: str, expected: str) -> None:
    assert qualified(reference) == expected
