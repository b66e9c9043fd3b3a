"""Writes image archives as `docker save` does: the same layers and settings give the same bytes and image ID.

Both `docker load` and containerd's `ctr images import` read them. Format: the Docker image specification v1.2
(manifest.json, a config named by its digest, uncompressed layers).
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

# Every file that we write carries this time: 2025-01-01, the value of SOURCE_DATE_EPOCH for other programs.
EPOCH = 1735689600
_CREATED = "2025-01-01T00:00:00Z"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class ImageConfig:
    """What a container of the image starts with."""

    env: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    stop_signal: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layer:
    """An uncompressed tar file and its digest, which is also its diff ID."""

    path: Path
    digest: str

    @classmethod
    def of(cls, path: Path) -> Layer:
        """A layer from a tar file."""
        with path.open("rb") as file:
            return cls(path, hashlib.file_digest(file, "sha256").hexdigest())


@dataclass(frozen=True)
class ArchivedImage:
    """An image to write."""

    reference: str
    layers: tuple[Layer, ...]
    settings: ImageConfig = ImageConfig()

    def config(self) -> bytes:
        """The config document; its SHA-256 is the image ID."""
        document = {
            "architecture": architecture(),
            "os": "linux",
            "created": _CREATED,
            "config": _container_config(self.settings),
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.digest}" for layer in self.layers]},
            "history": [{"created": _CREATED, "created_by": "packages"} for _ in self.layers],
        }
        return _as_json(document)


def write_archive(target: Path, images: Sequence[ArchivedImage]) -> None:
    """Write images into one archive; layers that they share are written once."""
    manifest = []
    configs: dict[str, bytes] = {}
    layers: dict[str, Layer] = {}
    with tarfile.open(target, "w") as archive:
        for image in images:
            config = image.config()
            name = f"{hashlib.sha256(config).hexdigest()}.json"
            configs[name] = config
            layers |= {f"{layer.digest}.tar": layer for layer in image.layers}
            manifest.append({
                "Config": name, "RepoTags": [image.reference],
                "Layers": [f"{layer.digest}.tar" for layer in image.layers],
            })  # fmt: skip
        for name, layer in sorted(layers.items()):
            with layer.path.open("rb") as content:
                archive.addfile(_member(name, layer.path.stat().st_size), content)
        for name, config in sorted(configs.items()):
            _add(archive, name, config)
        _add(archive, "manifest.json", _as_json(manifest))


@dataclass(frozen=True)
class File:
    """A file of a layer: where it goes, where its content is. `target` makes it a symbolic link instead."""

    name: str
    source: Path | None = None
    content: bytes = b""
    mode: int = 0o644
    target: str = ""


def write_layer(path: Path, files: Iterable[File], base: Path | None = None) -> Layer:
    """A layer with these files owned by root, on top of the members of `base` where one is given."""
    with tarfile.open(path, "w") as out:
        known: set[str] = set()
        if base:
            known = _copy_members(base, out)
        for file in sorted(files, key=lambda f: f.name):
            for parent in reversed(Path(file.name).parents):
                folder = parent.as_posix()
                if folder not in known | {"."}:
                    known.add(folder)
                    out.addfile(_member(folder, 0, mode=0o755, kind=tarfile.DIRTYPE))
            _add_file(out, file)
    return Layer.of(path)


def tree(folder: Path, change: Callable[[bytes], bytes] = bytes) -> list[File]:
    """Files of a folder with their places below it; executable ones stay so. `change` edits contents."""
    return [
        File(
            path.relative_to(folder).as_posix(),
            content=change(path.read_bytes()),
            mode=0o755 if path.stat().st_mode & 0o100 else 0o644,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def architecture() -> str:
    """This machine's architecture as Debian and Docker call it."""
    return _ARCHITECTURES.get(platform.machine(), platform.machine())


def _copy_members(base: Path, out: tarfile.TarFile) -> set[str]:
    known = set()
    with tarfile.open(base) as source:
        for member in source:
            content: IO[bytes] | None = source.extractfile(member) if member.isreg() else None
            out.addfile(member, content)
            known.add(member.name.removeprefix("./"))
    return known


def _add_file(out: tarfile.TarFile, file: File) -> None:
    if file.target:
        link = _member(file.name, 0, mode=0o777, kind=tarfile.SYMTYPE)
        link.linkname = file.target
        out.addfile(link)
    elif file.source:
        with file.source.open("rb") as content:
            out.addfile(_member(file.name, file.source.stat().st_size, mode=file.mode), content)
    else:
        out.addfile(_member(file.name, len(file.content), mode=file.mode), io.BytesIO(file.content))


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    archive.addfile(_member(name, len(content)), io.BytesIO(content))


def _member(name: str, size_bytes: int, mode: int = 0o644, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.type, member.mtime = size_bytes, mode, kind, EPOCH
    return member


def _container_config(settings: ImageConfig) -> dict[str, Any]:
    config: dict[str, Any] = {"Env": [f"{name}={value}" for name, value in settings.env.items()]}
    if settings.entrypoint:
        config["Entrypoint"] = list(settings.entrypoint)
    if settings.cmd:
        config["Cmd"] = list(settings.cmd)
    if settings.stop_signal:
        config["StopSignal"] = settings.stop_signal
    if settings.labels:
        config["Labels"] = dict(settings.labels)
    return config


def _as_json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
