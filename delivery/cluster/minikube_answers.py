"""Parses what minikube prints."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery.cluster.engine_images import ImageOnNode, qualified
from delivery.cluster.provider import HostPort

_EXITING = re.compile(r"Exiting due to (?P<code>[A-Z_]+): (?P<text>.*)")
_BOX = re.compile(r"^[\s*│╭╰╮╯─]*$")


@dataclass(frozen=True)
class Profile:
    """A profile as `minikube profile list -o json` has it."""

    name: str
    driver: str
    runtime: str
    version: str
    nodes: tuple[str, ...]
    address: str
    published: Mapping[int, HostPort]


@dataclass(frozen=True)
class MachineStatus:
    """One machine in `minikube status -o json`."""

    name: str
    host: str
    api_server: str


def profile_named(printed: str, name: str) -> Profile | None:
    """The profile of this name; one that minikube calls invalid counts as none."""
    document = _json(printed)
    valid = document.get("valid") or () if isinstance(document, dict) else ()
    return next((_profile(item["Config"]) for item in valid if item.get("Name") == name), None)


def machines(printed: str) -> tuple[MachineStatus, ...]:
    """The machines in a status: one object, or a list of them for several nodes.

    For a profile that doesn't exist minikube prints cloud events there (exit code 85): no machines.
    """
    document = _json(printed)
    items = document if isinstance(document, list) else [document]
    return tuple(
        MachineStatus(item["Name"], item.get("Host", ""), item.get("APIServer", ""))
        for item in items
        if isinstance(item, dict) and "Host" in item
    )


def image_in(images: Sequence[Mapping[str, Any]], reference: str) -> ImageOnNode | None:
    """The image of this name in the list of `minikube image ls` or of crictl.

    Several images under one name mean that nodes differ; that is none of them everywhere.
    """
    # CRI-O keeps a local image under localhost/.
    names = {qualified(reference), f"localhost/{reference}"}
    found = {_sha256(item["id"]) for item in images if names & set(item.get("repoTags") or ())}
    return ImageOnNode(found.pop()) if len(found) == 1 else None


def image_list(printed: str) -> list[Mapping[str, Any]]:
    """Images from `minikube image ls --format json` (a list) or `crictl images -o json` (an object)."""
    document = _json(printed)
    if isinstance(document, dict):
        document = document.get("images")
    return list(document or ())


def reason(stdout: str, stderr: str) -> str:
    """Why minikube gave up, in its own words, without boxes and advice to file an issue."""
    text = stderr or stdout
    found = _EXITING.search(text)
    if found:
        return f"{found['code']}: {found['text'].strip()}"
    lines = [line.strip() for line in text.splitlines() if not _BOX.match(line)]
    return "\n".join(lines[-8:])


def published_ports(texts: Sequence[str]) -> dict[int, HostPort]:
    """Node port → host port, from minikube's list of exposed ports (`127.0.0.1:30000:30000`, `8080:80`)."""
    found = {}
    for text in texts:
        *host, inner = text.removesuffix("/tcp").split(":")
        if host and host[-1].isdigit() and inner.isdigit():
            found[int(inner)] = HostPort(":".join(host[:-1]), int(host[-1]))
    return found


def minikube_home(environ: Mapping[str, str], home: Path) -> Path:
    """Where minikube keeps its profiles and caches (its own rule for MINIKUBE_HOME)."""
    named = environ.get("MINIKUBE_HOME", "")
    if not named:
        return home / ".minikube"
    return Path(named) if Path(named).name == ".minikube" else Path(named) / ".minikube"


def profile_identity(environ: Mapping[str, str], home: Path, profile: str) -> str:
    """Tells a profile from a later one of the same name: a digest of its client certificate, or "".

    minikube makes the certificate with the profile, keeps it while the profile is stopped and started, and
    removes it with the profile, whatever the driver.
    """
    certificate = minikube_home(environ, home) / "profiles" / profile / "client.crt"
    try:
        return f"sha256:{hashlib.sha256(certificate.read_bytes()).hexdigest()}"
    except OSError:
        return ""


def _profile(config: Mapping[str, Any]) -> Profile:
    kubernetes = config.get("KubernetesConfig", {})
    nodes = config.get("Nodes") or ()
    return Profile(
        name=config["Name"],
        driver=config.get("Driver", ""),
        runtime=kubernetes.get("ContainerRuntime", ""),
        version=kubernetes.get("KubernetesVersion", ""),
        nodes=tuple(_node_names(config["Name"], nodes)),
        address=nodes[0].get("IP", "") if nodes else "",
        published=published_ports(config.get("ExposedPorts") or ()),
    )


def _node_names(profile: str, nodes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    # minikube's rule for machine names, which are the node names too.
    for node in nodes:
        yield f"{profile}-{node['Name']}" if node.get("Name") and node["Name"] != profile else profile


def _sha256(identity: str) -> str:
    return identity if identity.startswith("sha256:") else f"sha256:{identity}"


def _json(printed: str) -> Any:
    try:
        return json.loads(printed)
    except ValueError:
        return {}
