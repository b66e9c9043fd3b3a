"""An image built from nothing, and what it weighs layer by layer."""

from __future__ import annotations

import json
import re
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from delivery import tools
from delivery.criteria.app_client import AppFault
from delivery.criteria.criterion import MB, Measurement, Outcome, Proof
from delivery.criteria.subject import Subject
from delivery.image.base_images import BaseImage, resolve_bases
from delivery.image.build import LABEL, failing_step
from delivery.image.index_settings import build_secrets
from delivery.settings import Service
from delivery.settings.budgets import ImageBudget

# Keeps cache mounts apart. Source: Dockerfile reference, "BuildKit built-in build args".
_NAMESPACE = "BUILDKIT_CACHE_MOUNT_NS"
_CACHE_ID = re.compile(r"--mount=type=cache,\S*?id=([\w.-]+)")
_SHOWN_LAYERS = 12


@dataclass(frozen=True)
class Layer:
    """One layer of an image, the top one first."""

    size_bytes: int
    made_by: str


@dataclass(frozen=True)
class ImageFigures:
    """An image: how long it took, `size_bytes` as Docker shows it, its layers and those of its base."""

    seconds: float
    size_bytes: int
    layers: tuple[Layer, ...]
    base: str
    base_bytes: int


def measured_image(subject: Subject, name: str, budget: ImageBudget) -> Outcome:
    """Build the image of a service and judge seconds and bytes."""
    service, cached = subject.service(name), subject.options.cached
    figures = build_figures(subject, service, cached=cached)
    return outcome(figures, budget, cached=cached)


def outcome(figures: ImageFigures, budget: ImageBudget, *, cached: bool) -> Outcome:
    """Pure: what is judged of an image."""
    how = "with Docker's cache (--cached)" if cached else "no layer and no package from a cache"
    base = f"base {figures.base}: {figures.base_bytes / MB:.0f} MB"
    over = figures.size_bytes / MB
    return Outcome(
        (
            Measurement("build, cached" if cached else "build", figures.seconds, "s", budget.build_s),
            Measurement("size", figures.size_bytes, "bytes", budget.size_mb * MB),
            Measurement(
                "size, our own budget", figures.size_bytes, "bytes", budget.own_size_mb * MB, (), "ours"
            ),
            Measurement("base image", figures.base_bytes, "bytes"),
        ),
        (Proof("the image is what its layers add up to", _adds_up(figures), f"{over:.0f} MB in all"),),
        (base, *(_line(layer) for layer in figures.layers[:_SHOWN_LAYERS] if layer.size_bytes)),
        (),
        f"docker buildx build, {how}",
    )


def build_figures(subject: Subject, service: Service, *, cached: bool) -> ImageFigures:
    """Build under a name of its own, take the figures, remove it. Raises AppFault where it doesn't build."""
    bases = resolve_bases(subject.session, service)
    reference = f"{service.image}:success-criteria-{secrets.token_hex(4)}"
    docker = tools.path(subject.session, "docker")
    try:
        with _ColdCaches(subject, service, bases, cached=cached) as namespace:
            seconds = _build(subject, service, bases, reference, namespace)
        size, layers = image_layers(subject, reference)
    finally:
        subject.session.door.mutate([docker, "image", "rm", reference], accept=None)
    last = bases[-1] if bases else None
    base_bytes = image_layers(subject, last.reference)[0] if last else 0
    return ImageFigures(seconds, size, layers, last.official if last else "scratch", base_bytes)


def image_layers(subject: Subject, reference: str) -> tuple[int, tuple[Layer, ...]]:
    """Size in bytes and layers of a local image."""
    docker = tools.path(subject.session, "docker")
    read = subject.session.door.read
    size = int(read([docker, "image", "inspect", "--format", "{{.Size}}", reference]).stdout)
    history = [docker, "history", "--no-trunc", "--human=false", "--format", "{{json .}}", reference]
    return size, parse_layers(read(history).stdout)


def parse_layers(text: str) -> tuple[Layer, ...]:
    """`docker history --format '{{json .}}'`, a line a layer."""
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    return tuple(Layer(int(row["Size"]), " ".join(row["CreatedBy"].split())) for row in rows)


class _ColdCaches:
    """While the block runs, the build's cache mounts are empty ones; they are emptied again behind it.

    Docker keeps cache mounts through `--no-cache`. Emptying the usual ones would cost every later build.
    """

    def __init__(
        self, subject: Subject, service: Service, bases: Sequence[BaseImage], *, cached: bool
    ) -> None:
        self._subject, self._bases = subject, bases
        self._ids = tuple(dict.fromkeys(_CACHE_ID.findall(service.dockerfile.read_text(encoding="utf-8"))))
        self._namespace = "" if cached else f"success-criteria-{service.name}"

    def __enter__(self) -> str:
        self._empty()
        return self._namespace

    def __exit__(self, *_: object) -> None:
        self._empty()

    def _empty(self) -> None:
        if not (self._namespace and self._ids and self._bases):
            return
        docker = tools.path(self._subject.session, "docker")
        argv = [
            docker, "buildx", "build", "--no-cache", "--provenance=false", "--output", "type=cacheonly",
            "--build-arg", f"{_NAMESPACE}={self._namespace}", "-",
        ]  # fmt: skip
        recipe = emptying_recipe(self._bases[-1].reference, self._ids)
        self._subject.session.door.mutate(argv, stdin=recipe, timeout_s=120, accept=None)


def emptying_recipe(base: str, ids: Sequence[str]) -> str:
    """Pure: a Dockerfile that empties cache mounts."""
    mounts = " ".join(f"--mount=type=cache,id={one},target=/empty/{n}" for n, one in enumerate(ids))
    command = "find /empty -mindepth 2 -maxdepth 2 -exec rm -rf {} +"
    return f"FROM {base}\nUSER 0\nRUN {mounts} {command}\n"


def build_argv(
    service: Service,
    bases: Mapping[str, str],
    reference: str,
    namespace: str,
    secrets_: Sequence[tuple[str, Path]],
) -> list[str]:
    """Pure: the arguments of docker; a namespace means: from nothing."""
    arguments = {**service.build_args, **bases} | ({_NAMESPACE: namespace} if namespace else {})
    return [
        "buildx", "build", "--load", "--progress", "plain", "--provenance=false",
        *(["--no-cache"] if namespace else []),
        "--file", str(service.dockerfile), "--tag", reference, "--label", f"{LABEL}={service.name}",
        *(part for name, value in sorted(arguments.items()) for part in ("--build-arg", f"{name}={value}")),
        *(part for name, path in secrets_ for part in ("--secret", f"id={name},src={path}")),
        str(service.context),
    ]  # fmt: skip


def _build(
    subject: Subject, service: Service, bases: Sequence[BaseImage], reference: str, namespace: str
) -> float:
    docker = tools.path(subject.session, "docker")
    by_argument = {base.argument: base.reference for base in bases}
    with tempfile.TemporaryDirectory(prefix="todo-criteria-") as folder:
        secret_files = sorted(build_secrets(Path(folder)).items())
        argv = build_argv(service, by_argument, reference, namespace, secret_files)
        timeout_s = max(subject.settings.timeouts.build_s, 1.0)
        made = subject.session.door.mutate([docker, *argv], timeout_s=timeout_s, accept=None)
    if not made.ok:
        raise AppFault(
            f"the image of {service.name} could not be built", failing_step(made.stderr or made.stdout)
        )
    return made.duration_s


def _adds_up(figures: ImageFigures) -> bool:
    total = sum(layer.size_bytes for layer in figures.layers)
    return abs(total - figures.size_bytes) <= max(MB, figures.size_bytes // 20)


def _line(layer: Layer) -> str:
    made_by = re.sub(r"^(/bin/sh -c )?(#\(nop\) )?", "", layer.made_by)
    return f"{layer.size_bytes / MB:6.1f} MB  {made_by[:90]}"
