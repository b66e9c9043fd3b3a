"""The node image for kind: a kubeadm control plane, containerd and systemd in one image.

Parts are cached one by one, so that what was built once is never built again: programs compiled with Go,
root file systems, and the assembled image in the local Docker Engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery import paths
from delivery.packages import assemble, control_plane, docker, golang, host, image_archive, rootfs
from delivery.packages.cache import Cache, key_of
from delivery.packages.control_plane import Parts
from delivery.packages.golang import GoBuild
from delivery.packages.progress import Report
from delivery.packages.rootfs import Recipe, make_rootfs
from delivery.session import Session

_ROOT = "packages/node"
_SUITE = "bookworm"
_COMPONENTS = (
    "kubelet", "kubeadm", "kubectl",
    "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy",
)  # fmt: skip
_VERSION_PACKAGES = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
# Seconds on the machine that this was measured on (two cores), to say what remains.
_KUBERNETES_S, _ADDONS_S, _ROOTFS_S, _PROXY_S, _ASSEMBLY_S = 440.0, 120.0, 35.0, 6.0, 30.0
# Disk space for the assembly's drafts, the image in Docker, and the volume of a cluster.
_ASSEMBLY_GB = 5.0


@dataclass(frozen=True)
class NodeImage:
    """The image for `kind create cluster --image`.

    `kind_config` is what it needs in kind's configuration. `image_id` is empty in a dry run.
    """

    reference: str
    image_id: str
    kind_config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """One part that may have to be built: how long that takes from nothing, and how to do it."""

    name: str
    expected_s: float
    scratch_gb: float
    present: bool
    make: Callable[[Report], Path]


def ensure_node_image(session: Session) -> NodeImage:
    """The node image, built if it isn't there: some ten minutes from nothing, under one from cached parts.

    Raises EnvironmentFault, CommandFailed, TimedOut; what was finished until then is kept.
    """
    reference = f"todo-node:{kubernetes_version()}-{recipe_key()}"
    found = docker.image_id(session, reference)
    if not found and session.dry_run:
        session.console.would_run(f"build {reference} from packages")
    elif not found:
        host.ensure_known_architecture()
        cache = Cache.of_user()
        with cache.lock("node-image", session):
            _build(session, cache, reference)
        found = docker.image_id(session, reference)
    return NodeImage(reference, found, kind_config())


def kind_config() -> dict[str, Any]:
    """What the image asks of kind's configuration (packages/node/kind.yaml)."""
    import yaml

    config: dict[str, Any] = yaml.safe_load(
        paths.project_file(f"{_ROOT}/kind.yaml").read_text(encoding="utf-8")
    )
    return config


def kubernetes_version(root: Path | None = None) -> str:
    """The version that go.mod pins, such as `v1.34.4`."""
    text = ((root or paths.project_file(_ROOT)) / "kubernetes/go.mod").read_text(encoding="utf-8")
    found = re.search(r"^\s*k8s\.io/kubernetes (v\S+)", text, re.MULTILINE)
    assert found, "go.mod requires k8s.io/kubernetes"
    return found[1]


def recipe_key() -> str:
    """Changes with everything that decides on the image."""
    code = [Path(module.__file__ or "") for module in (image_archive, assemble, control_plane, rootfs)]
    recipes = [paths.project_file(_ROOT), paths.project_file("packages/base/common")]
    return key_of(*recipes, *code, image_archive.architecture())


def kubernetes_build() -> GoBuild:
    """Kubernetes' programs and etcd, in one module so that they share what they have in common."""
    version = kubernetes_version()
    major, minor, _ = version.removeprefix("v").split(".", 2)
    words = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    stamps = [f"-X {where}.{name}={value}" for where in _VERSION_PACKAGES for name, value in words.items()]
    return GoBuild(
        name="kubernetes",
        folder=paths.project_file(_ROOT) / "kubernetes",
        packages=("./cmd/etcd", *(f"k8s.io/kubernetes/cmd/{name}" for name in _COMPONENTS)),
        ldflags=f"-s -w {' '.join(stamps)}",
        expected_s=_KUBERNETES_S,
        scratch_gb=6.0,
        count=2840,
    )


def addons_build() -> GoBuild:
    """CoreDNS and the storage provisioner; Kubernetes' module can't have them, they want a newer client."""
    return GoBuild(
        name="addons",
        folder=paths.project_file(_ROOT) / "addons",
        packages=("./cmd/coredns", "github.com/rancher/local-path-provisioner"),
        ldflags="-s -w",
        expected_s=_ADDONS_S,
        scratch_gb=2.0,
        count=930,
    )


def _build(session: Session, cache: Cache, reference: str) -> None:
    if docker.image_id(session, reference):
        return  # another run built it while we waited
    works = _works(session, cache)
    missing = [work for work in works if not work.present]
    _ensure_space(session, missing)
    expected_s = _ASSEMBLY_S + sum(work.expected_s for work in missing)
    title = f"Node image with Kubernetes {kubernetes_version()} from packages"
    with session.console.step(title, expected_s) as step:
        parts, count = [], len(missing) + 1
        for work in works:
            later = missing[missing.index(work) + 1 :] if work in missing else []
            report = Report(
                step, f"{count - 1 - len(later)} of {count}", _ASSEMBLY_S + sum(w.expected_s for w in later)
            )
            parts.append(work.make(report))
        last = Report(step, f"{count} of {count}", 0.0)
        last.left(_ASSEMBLY_S)
        with cache.scratch("node-image", cache.work("assembly")) as scratch:
            assemble.assemble(session, Parts(*parts), kubernetes_version(), reference, scratch, last)
        docker.drop_unused(session, reference)


def _ensure_space(session: Session, missing: list[Work]) -> None:
    """Raises EnvironmentFault, before anything is built, where a disk is too full."""
    scratch_gb = max((work.scratch_gb for work in missing), default=0.0)
    host.ensure_space(session, max(scratch_gb, _ASSEMBLY_GB))


def _works(session: Session, cache: Cache) -> list[Work]:
    """Every part in the order of `Parts`, with what is there already."""
    root = paths.project_file(_ROOT)

    def go(build: GoBuild) -> Work:
        return Work(
            f"compiling {build.name}",
            golang.left_s(build, cache),
            build.scratch_gb,
            cache.has(f"go-{build.name}", build.key()),
            lambda report: golang.ensure_binaries(session, cache, build, report),
        )

    def debian(name: str, recipe: Recipe, expected_s: float) -> Work:
        key = key_of(recipe.key(), image_archive.architecture())

        def make(report: Report) -> Path:
            report.note(f"installing Debian packages for {name}")
            with cache.scratch(f"rootfs-{name}") as scratch:
                return cache.build(
                    f"rootfs-{name}", key, lambda target: make_rootfs(session, recipe, target, scratch)
                )

        present = cache.has(f"rootfs-{name}", key)
        return Work(f"the file system of {name}", expected_s, 1.0, present, make)

    return [
        go(kubernetes_build()),
        go(addons_build()),
        _pause(session, cache, root / "pause"),
        debian("node", Recipe(_SUITE, (root / "rootfs",), unpack_only=False), _ROOTFS_S),
        debian("kube-proxy", _proxy_recipe(root), _PROXY_S),
    ]


def _proxy_recipe(root: Path) -> Recipe:
    common = paths.project_file("packages/base/common")
    return Recipe(_SUITE, (common, root / "kube-proxy"), unpack_only=True, merge_usr=True)


def _pause(session: Session, cache: Cache, folder: Path) -> Work:
    key = key_of(folder, image_archive.architecture())

    def make(target: Path) -> None:
        host.ensure_programs(session, "gcc")
        target.mkdir()
        argv = ["gcc", "-static", "-Os", "-s", "-o", str(target / "pause"), str(folder / "pause.c")]
        session.door.mutate(argv)

    return Work(
        "compiling pause", 1.0, 0.1, cache.has("pause", key),
        lambda _: cache.build("pause", key, make) / "pause",
    )  # fmt: skip
