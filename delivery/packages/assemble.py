"""Puts the node image together: root file system, programs, our files, and the control plane's images."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from delivery import paths
from delivery.packages import control_plane, docker
from delivery.packages.cache import lines, remove
from delivery.packages.control_plane import Parts
from delivery.packages.image_archive import (
    ArchivedImage,
    File,
    ImageConfig,
    Layer,
    tree,
    write_archive,
    write_layer,
)
from delivery.packages.progress import Report
from delivery.session import Session

PART = "node"
_ON_NODE = ("kubelet", "kubeadm", "kubectl")
_UNITS = "etc/systemd/system"
_PRELOAD_S = 300.0
_SETTINGS = ImageConfig(
    env={"PATH": control_plane.PATH, "container": "docker"},
    entrypoint=("/usr/local/bin/entrypoint",),
    stop_signal="SIGRTMIN+3",
)


def assemble(
    session: Session, parts: Parts, version: str, reference: str, scratch: Path, report: Report
) -> None:
    """Write the image, fill its containerd with the control plane's images, and tag it `reference`."""
    names = control_plane.image_names(session, parts.kubernetes / "kubeadm", version)
    half = f"{reference}-half"
    docker.remove_helper(session, PART)
    report.note("writing the node's file system")
    _load_half(session, parts, node_files(parts, version, names), half, scratch)
    try:
        report.note("writing the control plane's images")
        layers = control_plane.write_images(names, parts, scratch)
        shutil.copy(paths.project_file("packages/node/preload.sh"), scratch)
        (scratch / "layers.txt").write_text("".join(f"sha256:{digest}\n" for digest in layers))
        report.note("filling the node's containerd")
        _preload(session, scratch, half, reference)
    finally:
        docker.mutate(session, "image", "rm", half)


def _load_half(session: Session, parts: Parts, files: list[File], half: str, scratch: Path) -> None:
    overlay = write_layer(scratch / "overlay.layer", files)
    write_archive(scratch / "half.tar", [ArchivedImage(half, (Layer.of(parts.rootfs), overlay), _SETTINGS)])
    docker.load(session, scratch / "half.tar")
    remove(scratch / "half.tar")


def node_files(parts: Parts, version: str, names: tuple[str, ...]) -> list[File]:
    """What lies on top of the root file system: programs, our files, and which units start."""
    recipe = paths.project_file("packages/node")
    pause = control_plane.tag_of(names, "pause").encode()
    programs = [File(f"usr/bin/{name}", source=parts.program(name), mode=0o755) for name in _ON_NODE]
    wanted = [
        File(f"{_UNITS}/multi-user.target.wants/{unit}", target=_unit_path(recipe, unit))
        for unit in lines(recipe / "enabled-units.txt")
    ]
    masked = [File(f"{_UNITS}/{unit}", target="/dev/null") for unit in lines(recipe / "masked-units.txt")]
    return [
        *programs,
        File("usr/local/bin/coredns", source=parts.program("coredns"), mode=0o755),
        File("kind/version", content=version.encode()),
        File("etc/systemd/system/default.target", target="/lib/systemd/system/multi-user.target"),
        *tree(recipe / "files", lambda content: content.replace(b"@PAUSE@", pause)),
        *wanted,
        *masked,
    ]


def _unit_path(recipe: Path, unit: str) -> str:
    own = recipe / "files" / _UNITS / unit
    return f"/{_UNITS}/{unit}" if own.exists() else f"/lib/systemd/system/{unit}"


def _preload(session: Session, work: Path, half: str, reference: str) -> None:
    changes = (
        f'ENTRYPOINT ["{_SETTINGS.entrypoint[0]}"]', "CMD []", f"STOPSIGNAL {_SETTINGS.stop_signal}",
    )  # fmt: skip
    options = [word for change in changes for word in ("--change", change)]
    with _helper(session, work, half) as container:
        docker.mutate(session, "start", "--attach", container, timeout_s=_PRELOAD_S)
        docker.mutate(session, "commit", *options, container, reference, timeout_s=_PRELOAD_S)


@contextlib.contextmanager
def _helper(session: Session, work: Path, half: str) -> Iterator[str]:
    """A container of the half-made image, removed whatever happens. It needs mounts, hence privileges."""
    try:
        yield docker.mutate(
            session, "create", "--name", docker.helper_name(PART), "--privileged", "--network", "none",
            "--tmpfs", "/run", "--mount", f"type=bind,source={work},target=/mnt,readonly",
            "--entrypoint", "/bin/sh", half, "/mnt/preload.sh",
        )  # fmt: skip
    finally:
        docker.remove_helper(session, PART)
