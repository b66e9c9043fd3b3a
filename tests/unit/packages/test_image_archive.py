"""Image archives: what Docker and containerd read, and the same bytes for the same content."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

from delivery.packages.image_archive import ArchivedImage, File, ImageConfig, tree, write_archive, write_layer

SETTINGS = ImageConfig(env={"PATH": "/bin"}, entrypoint=("/app",), stop_signal="SIGRTMIN+3")


def content(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as source:
        member = source.extractfile(name)
        assert member is not None
        return member.read()


def build(folder: Path) -> Path:
    folder.mkdir()
    layer = write_layer(
        folder / "layer", [File("bin/app", content=b"#!", mode=0o755), File("a/link", target="/x")]
    )
    write_archive(
        folder / "image.tar",
        [ArchivedImage("app:1", (layer,), SETTINGS), ArchivedImage("app:2", (layer,), SETTINGS)],
    )
    return folder / "image.tar"


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    assert build(tmp_path / "one").read_bytes() == build(tmp_path / "two").read_bytes()


def test_the_manifest_names_configs_by_their_digest_and_layers_by_theirs(tmp_path: Path) -> None:
    archive = build(tmp_path / "one")
    manifest = json.loads(content(archive, "manifest.json"))
    assert [entry["RepoTags"] for entry in manifest] == [["app:1"], ["app:2"]]
    config = content(archive, manifest[0]["Config"])
    assert manifest[0]["Config"] == f"{hashlib.sha256(config).hexdigest()}.json"
    layer = content(archive, manifest[0]["Layers"][0])
    assert json.loads(config)["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    assert json.loads(config)["config"]["Entrypoint"] == ["/app"]


def test_what_images_share_is_written_once(tmp_path: Path) -> None:
    with tarfile.open(build(tmp_path / "one")) as source:
        names = source.getnames()
    assert len(names) == len(set(names)) == 3


def test_a_layer_holds_folders_modes_and_links_owned_by_root(tmp_path: Path) -> None:
    archive = build(tmp_path / "one")
    layer = content(archive, json.loads(content(archive, "manifest.json"))[0]["Layers"][0])
    with tarfile.open(fileobj=io.BytesIO(layer)) as source:
        members = {member.name: member for member in source}
    assert list(members) == ["a", "a/link", "bin", "bin/app"]
    assert members["bin"].isdir() and members["bin/app"].mode == 0o755
    assert members["a/link"].linkname == "/x"
    assert {(member.uid, member.gid) for member in members.values()} == {(0, 0)}


def test_a_layer_on_top_of_another_keeps_its_members_and_repeats_no_folder(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "base.tar", "w") as base:
        for name, kind in (("./bin", tarfile.DIRTYPE), ("./bin/sh", tarfile.SYMTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "busybox" if kind == tarfile.SYMTYPE else ""
            base.addfile(member)
    layer = write_layer(tmp_path / "layer", [File("bin/app", content=b"x")], base=tmp_path / "base.tar")
    with tarfile.open(layer.path) as source:
        assert source.getnames() == ["./bin", "./bin/sh", "bin/app"]


def test_a_tree_keeps_what_is_executable_and_edits_contents(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "run").write_text("@X@")
    (tmp_path / "etc" / "run").chmod(0o700)
    (tmp_path / "plain").write_text("y")
    os.utime(tmp_path / "plain", (1, 1))
    files = tree(tmp_path, lambda text: text.replace(b"@X@", b"x"))
    assert [(file.name, file.content, file.mode) for file in files] == [
        ("etc/run", b"x", 0o755), ("plain", b"y", 0o644),
    ]  # fmt: skip
