"""Stand-ins for the base images that the Dockerfiles name by ARG.

A recipe is a folder below packages/base: packages.txt, excludes.txt, finish.sh, image.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery import paths
from delivery.console import Step
from delivery.errors import EnvironmentFault, InvalidInput
from delivery.packages import docker, host, image_archive
from delivery.packages.cache import Cache, key_of
from delivery.packages.rootfs import Recipe, make_rootfs
from delivery.session import Session
from delivery.tools.package_registries import fetch_from_npm
from delivery.tools.tool_model import Npm

_ROOT = "packages/base"
# Seconds on the machine that this was measured on (two cores), to say what remains.
_EXPECTED_S: Mapping[str, float] = {"node": 16.0, "python": 20.0, "postgres": 18.0}
_LOAD_EXPECTED_S = 3.0


@dataclass(frozen=True)
class StandInImage:
    """A stand-in in the local Docker Engine. `image_id` is empty in a dry run."""

    reference: str
    image_id: str


@dataclass(frozen=True)
class Proof:
    """A command that has to work in the image, and a piece of what it prints."""

    argv: tuple[str, ...]
    prints: str
    user: str = "root"


@dataclass(frozen=True)
class StandIn:
    """One version of a stand-in, as its recipe describes it."""

    name: str
    version: str
    recipe: Recipe
    settings: image_archive.ImageConfig
    npm: tuple[Npm, ...]
    proof: tuple[Proof, ...]

    @property
    def part(self) -> str:
        """Its name in the cache."""
        return f"base-{self.name}-{self.version}"

    def key(self) -> str:
        """Changes with everything that decides on the image."""
        return key_of(self.recipe.key(), repr(self.settings), repr(self.npm), image_archive.architecture())

    @property
    def reference(self) -> str:
        """The tag in the local Docker Engine."""
        return f"todo-base-{self.name}:{self.version}-{self.key()}"


def ensure_stand_in(name: str, session: Session, version: str = "") -> StandInImage:
    """The stand-in `node`, `python` or `postgres`, built if it isn't there; no version means the default one.

    Raises InvalidInput for a name or version without a recipe, EnvironmentFault and CommandFailed otherwise.
    """
    stand_in = load_recipe(name, version)
    found = docker.image_id(session, stand_in.reference)
    if found:
        return StandInImage(stand_in.reference, found)
    if session.dry_run:
        session.console.would_run(f"build {stand_in.reference} from packages")
        return StandInImage(stand_in.reference, "")
    host.ensure_known_architecture()
    cache = Cache.of_user()
    with cache.lock(stand_in.part, session):
        _build(session, cache, stand_in)
    return StandInImage(stand_in.reference, docker.image_id(session, stand_in.reference))


def stand_in_for(official: str, root: Path | None = None) -> tuple[str, str] | None:
    """Name and version of the recipe that stands in for an official image; None where there is none.

    `node:24-alpine` and `docker.io/library/node:24.1` give `("node", "24")`; `node:18` and `node` give None.
    """
    name, _, tag = official.rpartition("/")[2].partition("@")[0].partition(":")
    document = (root or paths.project_file(_ROOT)) / name / "image.json"
    if not name or not document.exists():
        return None
    known = json.loads(document.read_text(encoding="utf-8"))["versions"]
    fitting = [version for version in known if re.match(rf"{re.escape(version)}(?:[.-]|$)", tag)]
    return (name, max(fitting, key=len)) if fitting else None


def load_recipe(name: str, version: str = "", root: Path | None = None) -> StandIn:
    """Read a recipe. Raises InvalidInput where there is none of that name or version."""
    root = root or paths.project_file(_ROOT)
    document_path = root / name / "image.json"
    if not document_path.exists():
        known = sorted(path.parent.name for path in root.glob("*/image.json"))
        raise InvalidInput(f"no stand-in for {name}", f"there are: {', '.join(known)}")
    document: dict[str, Any] = json.loads(document_path.read_text(encoding="utf-8"))
    version = version or document["default"]
    if version not in document["versions"]:
        raise InvalidInput(
            f"no stand-in for {name} {version}", f"there are: {', '.join(document['versions'])}"
        )
    return _stand_in(name, version, document, root)


def _stand_in(name: str, version: str, document: Mapping[str, Any], root: Path) -> StandIn:
    own: Mapping[str, Any] = document["versions"][version]
    return StandIn(
        name=name,
        version=version,
        recipe=Recipe(document["suite"], (root / "common", root / name), unpack_only=True),
        settings=image_archive.ImageConfig(
            env=document["env"] | own.get("env", {}), cmd=tuple(document["cmd"])
        ),
        npm=tuple(Npm(name, pinned[0], pinned[1], ()) for name, pinned in own.get("npm", {}).items()),
        proof=tuple(Proof(tuple(p["run"]), p["prints"], p.get("user", "root")) for p in own["proof"]),
    )


def _build(session: Session, cache: Cache, stand_in: StandIn) -> None:
    if docker.image_id(session, stand_in.reference):
        return  # another run built it while we waited
    docker.remove_helper(session, stand_in.part)
    key = stand_in.key()
    cached = cache.has(stand_in.part, key)
    expected_s = _LOAD_EXPECTED_S + (0 if cached else _EXPECTED_S.get(stand_in.name, 30.0))
    title = f"Base image {stand_in.name} {stand_in.version} from packages"
    with session.console.step(title, expected_s) as step:

        def make(target: Path) -> None:
            with cache.scratch(stand_in.part) as scratch:
                _write(session, stand_in, target, scratch, step)

        file = cache.build(stand_in.part, key, make)
        step.note("loading it into Docker")
        docker.load(session, file)
        step.note("trying it")
        _prove(session, stand_in)


def _write(session: Session, stand_in: StandIn, target: Path, scratch: Path, step: Step) -> None:
    rootfs = scratch / "rootfs.tar"
    for package in stand_in.npm:
        step.note(f"fetching {package.package} from npm")
        _fetch(session, package, scratch)
    step.note("unpacking Debian packages")
    make_rootfs(session, stand_in.recipe, rootfs, scratch, {"INPUTS": str(scratch)})
    step.note("writing the image")
    image = image_archive.ArchivedImage(
        stand_in.reference, (image_archive.Layer.of(rootfs),), stand_in.settings
    )
    image_archive.write_archive(target, [image])


def _fetch(session: Session, package: Npm, inputs: Path) -> None:
    host.ensure_programs(session, "npm")
    folder = inputs / package.package
    folder.mkdir()
    packed, _ = fetch_from_npm(session, package, folder)
    packed.rename(inputs / f"{package.package}.tgz")


def _prove(session: Session, stand_in: StandIn) -> None:
    """Run the recipe's own proof; an image that fails it loses its tag."""
    for proof in stand_in.proof:
        options = ("--user", proof.user)
        answer = docker.run(session, stand_in.part, options, stand_in.reference, proof.argv)
        if not answer.ok or proof.prints not in answer.stdout:
            docker.mutate(session, "image", "rm", stand_in.reference)
            raise EnvironmentFault(
                f"the stand-in {stand_in.reference} was built but doesn't work",
                f"`{' '.join(proof.argv)}` should print {proof.prints!r}, not: {answer.last_lines()}",
                "a package of Debian's may have changed: see packages/README.md",
            )
