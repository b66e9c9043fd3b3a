"""The node image: its recipe holds together with kubeadm, kind and minikube."""

from __future__ import annotations

import json
import os
import re
import tarfile
from pathlib import Path

import pytest
import yaml

from delivery import paths
from delivery.errors import EnvironmentFault
from delivery.packages import assemble, control_plane
from delivery.packages.control_plane import Parts, program_of, tag_of, write_images
from delivery.packages.image_archive import File, write_layer
from delivery.packages.node import addons_build, kind_config, kubernetes_build, kubernetes_version

RECIPE = paths.project_file("packages/node")
# What `kubeadm config images list --kubernetes-version v1.34.4` prints.
NAMES = (
    "registry.k8s.io/kube-apiserver:v1.34.4",
    "registry.k8s.io/kube-controller-manager:v1.34.4",
    "registry.k8s.io/kube-scheduler:v1.34.4",
    "registry.k8s.io/kube-proxy:v1.34.4",
    "registry.k8s.io/coredns/coredns:v1.12.1",
    "registry.k8s.io/pause:3.10.1",
    "registry.k8s.io/etcd:3.6.5-0",
)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Parts with a few bytes for each program."""
    for name in ("kubelet", "kubeadm", "kubectl", "etcd", *(f"kube-{n}" for n in ("apiserver", "proxy"))):
        _put(tmp_path / "kubernetes" / name)
    for name in ("kube-controller-manager", "kube-scheduler"):
        _put(tmp_path / "kubernetes" / name)
    for name in ("coredns", "local-path-provisioner"):
        _put(tmp_path / "addons" / name)
    _put(tmp_path / "pause")
    certificates = [File("./etc/ssl/certs/ca-certificates.crt", content=b"CA")]
    for name in ("rootfs", "proxy"):
        write_layer(tmp_path / name, certificates)
    return Parts(
        tmp_path / "kubernetes",
        tmp_path / "addons",
        tmp_path / "pause",
        tmp_path / "rootfs",
        tmp_path / "proxy",
    )


def _put(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(path.name)


def test_the_version_is_the_one_that_go_mod_pins_and_the_programs_say_so() -> None:
    version = kubernetes_version()
    assert re.fullmatch(r"v1\.\d+\.\d+", version)
    build = kubernetes_build()
    assert f"-X k8s.io/component-base/version.gitVersion={version}" in build.ldflags
    assert {package.rpartition("/")[2] for package in build.packages} >= {
        "etcd",
        "kubelet",
        "kubeadm",
        "kube-proxy",
    }


def test_every_staging_module_is_replaced_by_the_version_that_belongs_to_kubernetes() -> None:
    text = (RECIPE / "kubernetes/go.mod").read_text()
    wanted = kubernetes_version().replace("v1.", "v0.", 1)
    replaced = re.findall(r"^\s+(k8s\.io/\S+) => (\S+) (\S+)$", text, re.MULTILINE)
    assert len(replaced) > 25
    assert all(module == target and version == wanted for module, target, version in replaced)


@pytest.mark.parametrize("build", [kubernetes_build(), addons_build()], ids=lambda build: build.name)
def test_every_module_is_pinned_by_hash(build: object) -> None:
    folder: Path = build.folder  # type: ignore[attr-defined]
    text = (folder / "go.mod").read_text()
    required = dict(re.findall(r"^\t(\S+) (v\S+)", text, re.MULTILINE))
    required |= dict(re.findall(r"^\t(\S+) => \S+ (v\S+)", text, re.MULTILINE))
    unused = {
        "k8s.io/code-generator",
        "k8s.io/sample-apiserver",
        "k8s.io/sample-cli-plugin",
        "k8s.io/sample-controller",
    }
    sums = (folder / "go.sum").read_text()
    assert len(required) > 20
    missing = {module for module, version in required.items() if f"{module} {version}/go.mod h1:" not in sums}
    assert not missing - unused


def test_coredns_has_every_plugin_that_the_corefiles_name() -> None:
    source = (RECIPE / "addons/cmd/coredns/main.go").read_text()
    ordered = re.findall(r'"(\w+)"[,}]', source.partition("Directives = []string{")[2])
    kubeadm = {"errors", "health", "ready", "kubernetes", "prometheus", "forward", "cache", "loop", "reload"}
    assert kubeadm | {"loadbalance", "hosts", "log", "bind"} <= set(ordered), "kubeadm, minikube, node-dns"
    for plugin in ordered:
        package = {"prometheus": "metrics"}.get(plugin, plugin)
        assert f'coredns/plugin/{package}"' in source, plugin


@pytest.mark.parametrize(
    ("reference", "program"), [(name, name.rpartition("/")[2].split(":")[0]) for name in NAMES]
)
def test_an_image_name_says_which_program_it_holds(reference: str, program: str) -> None:
    assert program_of(reference) == program


def test_all_images_of_the_control_plane_go_into_one_archive(parts: Parts, tmp_path: Path) -> None:
    digests = write_images(NAMES, parts, tmp_path)
    with tarfile.open(tmp_path / "images.tar") as archive:
        member = archive.extractfile("manifest.json")
        assert member is not None
        manifest = {entry["RepoTags"][0]: entry for entry in json.loads(member.read())}
        names = archive.getnames()
    assert set(manifest) == {*NAMES, control_plane.PROVISIONER, control_plane.PROVISIONER_HELPER}
    assert {f"{digest}.tar" for digest in digests} == {name for name in names if name.endswith(".tar")}
    proxy = manifest["registry.k8s.io/kube-proxy:v1.34.4"]
    assert proxy["Layers"] == manifest[control_plane.PROVISIONER_HELPER]["Layers"]


def test_an_image_that_we_do_not_build_is_named(parts: Parts, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="wants an image cloud-thing"):
        write_images((*NAMES, "registry.k8s.io/cloud-thing:v1"), parts, tmp_path)


def test_the_node_has_what_kind_asks_of_it(parts: Parts) -> None:
    files = {file.name: file for file in assemble.node_files(parts, "v1.34.4", NAMES)}
    assert files["kind/version"].content == b"v1.34.4"
    for name in ("usr/bin/kubelet", "usr/bin/kubeadm", "usr/bin/kubectl", "usr/local/bin/entrypoint"):
        assert files[name].mode == 0o755
    assert {"kind/manifests/default-cni.yaml", "kind/manifests/default-storage.yaml"} <= set(files)
    wanted = files["etc/systemd/system/multi-user.target.wants/kubelet.service"]
    assert wanted.target == "/etc/systemd/system/kubelet.service"
    assert files["etc/systemd/system/systemd-udevd.service"].target == "/dev/null"


def test_containerd_uses_the_pause_image_that_kubeadm_names(parts: Parts) -> None:
    files = {file.name: file for file in assemble.node_files(parts, "v1.34.4", NAMES)}
    config = files["etc/containerd/config.toml"].content.decode()
    assert f'sandbox_image = "registry.k8s.io/pause:{tag_of(NAMES, "pause")}"' in config
    assert "restrict_oom_score_adj = true" in config and "@" not in config


def test_no_unit_is_both_enabled_and_masked() -> None:
    enabled, masked = ((RECIPE / f"{kind}-units.txt").read_text().split() for kind in ("enabled", "masked"))
    assert not set(enabled) & set(masked)


def test_kind_is_asked_for_controllers_that_elect_nobody() -> None:
    patch = yaml.safe_load(kind_config()["kubeadmConfigPatches"][0])
    assert patch["kind"] == "ClusterConfiguration"
    for component in ("controllerManager", "scheduler"):
        assert patch[component]["extraArgs"]["leader-elect"] == "false", "a string: kubeadm takes no other"


def test_scripts_can_run() -> None:
    scripts = [RECIPE / "files/usr/local/bin/entrypoint", *(RECIPE / "files/usr/local/lib/node").iterdir()]
    assert all(os.access(path, os.X_OK) for path in [*scripts, *RECIPE.glob("*/finish.sh")])
