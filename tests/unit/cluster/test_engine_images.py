"""What nodes have is compared with Docker's image ID, whichever image store Docker uses."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from delivery.cluster.engine_images import EngineImages, ImageOnNode, config_in_archive
from delivery.cluster.image_registry import ImageRegistry, image_of
from delivery.errors import InvalidInput
from tests.unit.cluster.conftest import FakeMinikube, MakeSession

CONFIG, TARGET = "sha256:" + "c" * 64, "sha256:" + "d" * 64


def archive_with(path: Path, config: str) -> Path:
    text = json.dumps([{"Config": config, "RepoTags": ["app:1"], "Layers": []}]).encode()
    with tarfile.open(path, "w") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    return path


@pytest.mark.parametrize("config", [f"blobs/sha256/{'c' * 64}", f"{'c' * 64}.json"])
def test_an_archive_tells_the_config_digest(tmp_path: Path, config: str) -> None:
    assert config_in_archive(archive_with(tmp_path / "image.tar", config)) == CONFIG


def test_the_classic_store_calls_an_image_by_its_config(
    fake: FakeMinikube, make_session: MakeSession
) -> None:
    images = EngineImages(make_session())
    assert images.as_engine_id("app:1", ImageOnNode(CONFIG, TARGET)) == CONFIG
    assert images.as_engine_id("app:1", None) == ""


def test_the_containerd_store_calls_it_by_its_manifest(
    fake: FakeMinikube, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = EngineImages(make_session())
    monkeypatch.setattr(images, "uses_containerd_store", lambda: True)
    fake.engine_has("app:1", TARGET)
    assert images.as_engine_id("app:1", ImageOnNode(CONFIG, TARGET)) == TARGET


@pytest.mark.parametrize(("config", "expected"), [(CONFIG, TARGET), ("sha256:other", "sha256:other")])
def test_where_only_the_config_is_known_the_exported_image_decides(
    fake: FakeMinikube, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch, config: str, expected: str
) -> None:
    images = EngineImages(make_session())
    monkeypatch.setattr(images, "uses_containerd_store", lambda: True)
    monkeypatch.setattr(images, "_config_digest", lambda _reference: CONFIG)
    fake.engine_has("app:1", TARGET)
    assert images.as_engine_id("app:1", ImageOnNode(config)) == expected


def test_an_image_that_is_not_built_is_told_so(fake: FakeMinikube, make_session: MakeSession) -> None:
    with pytest.raises(InvalidInput) as caught:
        EngineImages(make_session()).local_id("app:nope")
    assert "./inv build.all" in str(caught.value)


def test_a_manifest_in_a_registry_tells_both_digests() -> None:
    raw = json.dumps({"config": {"digest": CONFIG}})
    assert image_of(raw) == ImageOnNode(CONFIG, f"sha256:{hashlib.sha256(raw.encode()).hexdigest()}")


def test_an_image_is_named_by_its_registry(make_session: MakeSession) -> None:
    assert ImageRegistry(make_session(), "registry.example.org/team/").name_of("app:1") == (
        "registry.example.org/team/app:1"
    )


def test_without_a_registry_it_is_told_where_to_set_one(make_session: MakeSession) -> None:
    with pytest.raises(InvalidInput) as caught:
        ImageRegistry(make_session(), "").name_of("app:1")
    assert "cluster.registry" in str(caught.value)


def test_an_image_is_exported_once_for_all_nodes(
    fake: FakeMinikube, make_session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = EngineImages(make_session())
    exported: list[str] = []

    def export(image: str) -> str:
        time.sleep(0.2)
        exported.append(image)
        return CONFIG

    monkeypatch.setattr(images, "uses_containerd_store", lambda: True)
    monkeypatch.setattr(images, "_config_digest", export)
    fake.engine_has("app:1", TARGET)
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: images.as_engine_id("app:1", ImageOnNode(CONFIG)), range(3)))
    assert answers == [TARGET] * 3
    fake.engine_has("app:1", "sha256:newer")
    images.as_engine_id("app:1", ImageOnNode(CONFIG))
    assert exported == [TARGET, "sha256:newer"]


def test_the_architecture_is_the_engines_own(fake: FakeMinikube, make_session: MakeSession) -> None:
    assert EngineImages(make_session()).architecture() == "arm64"
