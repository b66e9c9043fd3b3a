"""The images of the control plane: one static program each, tagged as kubeadm names them."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from delivery.errors import EnvironmentFault
from delivery.packages.image_archive import ArchivedImage, File, ImageConfig, write_archive, write_layer
from delivery.session import Session

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROVISIONER = "localhost/local-path-provisioner:node"
PROVISIONER_HELPER = "localhost/local-path-helper:node"
_CA_BUNDLE = "etc/ssl/certs/ca-certificates.crt"
# Two manifests of kubeadm's name no command, so that the image has to.
_ENTRYPOINTS: Mapping[str, tuple[str, ...]] = {
    "coredns": ("/usr/local/bin/coredns",),
    "pause": ("/usr/local/bin/pause",),
}


@dataclass(frozen=True)
class Parts:
    """Where the built parts are: folders of programs, and tar files of root file systems."""

    kubernetes: Path
    addons: Path
    pause: Path
    rootfs: Path
    proxy_rootfs: Path

    def program(self, name: str) -> Path:
        """A program by name. Raises EnvironmentFault where no part has it."""
        for path in (self.kubernetes / name, self.addons / name, self.pause):
            if path.name == name and path.exists():
                return path
        raise EnvironmentFault(
            f"kubeadm wants an image {name} that packages/ doesn't build", "",
            "its version and the recipes in packages/node don't go together",
        )  # fmt: skip


def image_names(session: Session, kubeadm: Path, version: str) -> tuple[str, ...]:
    """References of the images that this kubeadm starts."""
    argv = [str(kubeadm), "config", "images", "list", "--kubernetes-version", version]
    return tuple(session.door.read(argv).stdout.split())


def program_of(reference: str) -> str:
    """`registry.k8s.io/coredns/coredns:v1.12.1` holds `coredns`."""
    return reference.rpartition("/")[2].partition(":")[0]


def tag_of(references: Sequence[str], program: str) -> str:
    """The tag under which kubeadm wants a program."""
    return next(name.rpartition(":")[2] for name in references if program_of(name) == program)


def write_images(references: Sequence[str], parts: Parts, folder: Path) -> tuple[str, ...]:
    """Write one archive `images.tar` with every image; returns the digests of its layers."""
    certificates = File(_CA_BUNDLE, content=_member(parts.rootfs, _CA_BUNDLE))
    images = []
    for reference in (*references, PROVISIONER):
        program = program_of(reference)
        files = [File(f"usr/local/bin/{program}", source=parts.program(program), mode=0o755)]
        if program == "kube-proxy":
            layer = write_layer(folder / f"{program}.layer", files, base=parts.proxy_rootfs)
            # The provisioner's helper wants a shell, and this image has one: a second name costs nothing.
            images.append(ArchivedImage(PROVISIONER_HELPER, (layer,), ImageConfig(env={"PATH": PATH})))
        else:
            extra = [] if program == "pause" else [certificates]
            layer = write_layer(folder / f"{program}.layer", [*files, *extra])
        settings = ImageConfig(env={"PATH": PATH}, entrypoint=_ENTRYPOINTS.get(program, ()))
        images.append(ArchivedImage(reference, (layer,), settings))
    write_archive(folder / "images.tar", images)
    return tuple(sorted({layer.digest for image in images for layer in image.layers}))


def _member(rootfs: Path, name: str) -> bytes:
    with tarfile.open(rootfs) as source:
        content = source.extractfile(f"./{name}")
        assert content is not None
        return content.read()
