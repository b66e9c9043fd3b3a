"""Builds one image with BuildKit, unless the image of these inputs exists already."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from delivery import tools
from delivery.command import Result
from delivery.console import Step
from delivery.errors import EnvironmentFault
from delivery.image.base_images import BaseImage, engine_platform, resolve_bases
from delivery.image.build_context import context_digest
from delivery.image.disk import BUILD_BYTES, ensure_room
from delivery.image.index_settings import build_secrets
from delivery.image.tag import BuildInputs, base_ids
from delivery.packages.docker import image_id
from delivery.session import Session
from delivery.settings import Service

LABEL = "todo-delivery.service"
_STEP = re.compile(r"^#\d+ \[(?P<stage>[^]]*\d+/\d+)\] (?P<instruction>.*)")
_OPTIONS = re.compile(r"--mount=\S+\s+")
_SHOWN_LINES = 15


@dataclass(frozen=True)
class Image:
    """A built image. `image_id` is Docker's, empty where a dry run didn't build."""

    service: str
    repository: str
    tag: str
    image_id: str

    @property
    def reference(self) -> str:
        """`repository:tag`, as charts and nodes name it."""
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True)
class _Plan:
    service: Service
    bases: tuple[BaseImage, ...]
    tag: str

    @property
    def reference(self) -> str:
        return f"{self.service.image}:{self.tag}"


def planned_image(session: Session, service: Service) -> Image:
    """The image that these inputs give, whether it exists or not; builds nothing but missing bases."""
    plan = _plan(session, service)
    return Image(service.name, service.image, plan.tag, image_id(session, plan.reference))


def build_image(session: Session, service: Service) -> Image:
    """Build the image of a service where its inputs changed.

    Raises EnvironmentFault with the failing step and its last lines.
    """
    plan = _plan(session, service)
    found = image_id(session, plan.reference)
    if found:
        session.console.note(f"✓ Image {plan.reference} is up to date")
        return Image(service.name, service.image, plan.tag, found)
    for base in plan.bases:
        if base.reference != base.official:
            session.console.note(f"  {base.official} does not answer: {base.reference}, built from packages")
    ensure_room(session, BUILD_BYTES, f"build {plan.reference}")
    with session.console.step(f"Build {plan.reference}") as step:
        _build(session, plan, step)
        made = image_id(session, plan.reference)
    return Image(service.name, service.image, plan.tag, made)


def build_argv(plan: _Plan, docker: str, prefix: str, secrets: Sequence[tuple[str, Path]]) -> list[str]:
    """`docker buildx build …`; provenance is off so that the image ID is the config digest."""
    service = plan.service
    arguments = {**service.build_args, **{base.argument: base.reference for base in plan.bases}}
    return [
        docker, "buildx", "build", "--load", "--progress", "plain", "--provenance=false",
        "--file", str(service.dockerfile), "--tag", plan.reference, "--tag", f"{service.image}:{prefix}",
        "--label", f"{LABEL}={service.name}",
        *(part for name, value in sorted(arguments.items()) for part in ("--build-arg", f"{name}={value}")),
        *(part for name, path in secrets for part in ("--secret", f"id={name},src={path}")),
        str(service.context),
    ]  # fmt: skip


def _plan(session: Session, service: Service) -> _Plan:
    bases = resolve_bases(session, service)
    inputs = BuildInputs(
        context_digest=context_digest(service.context, service.dockerfile),
        dockerfile=service.dockerfile.read_text(encoding="utf-8"),
        build_args=dict(service.build_args),
        base_ids=base_ids(bases),
        platform=engine_platform(session),
    )
    return _Plan(service, bases, inputs.tag(session.settings.tag_prefix))


def _build(session: Session, plan: _Plan, step: Step) -> None:
    def show(line: str) -> None:
        found = _STEP.match(line)
        if found:
            instruction = _OPTIONS.sub("", found["instruction"])
            step.note(f"[{found['stage']}] {instruction[:70]}")

    with tempfile.TemporaryDirectory(prefix="todo-build-") as folder:
        secrets = sorted(build_secrets(Path(folder)).items())
        docker = tools.path(session, "docker")
        argv = build_argv(plan, docker, session.settings.tag_prefix, secrets)
        result = session.door.mutate(
            argv, timeout_s=session.settings.timeouts.build_s, accept=None, on_line=show
        )
    if not result.ok:
        raise _failure(plan.service, result)


def _failure(service: Service, result: Result) -> EnvironmentFault:
    return EnvironmentFault(
        f"the image of {service.name} could not be built (exit code {result.exit_code})",
        failing_step(result.stderr or result.stdout),
        f"mend {service.dockerfile.name} or what it builds, then run the command again",
    )


def failing_step(progress: str) -> str:
    """From BuildKit's plain progress: the step that failed and its last lines."""
    lines = progress.splitlines()
    failed = [n for n, line in enumerate(lines) if re.match(r"^#\d+ ERROR", line)]
    if not failed:
        return "\n".join(lines[-_SHOWN_LINES:])
    number = lines[failed[-1]].split(" ")[0]
    own = [line for line in lines if line.startswith(f"{number} ")]
    title = next((line for line in own if _STEP.match(line)), own[0])
    return "\n".join([title, *[line for line in own if line != title][-_SHOWN_LINES:]])
