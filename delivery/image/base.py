"""Base images: the official one where it answers, else a stand-in built from packages."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from delivery import tools
from delivery.errors import EnvironmentFault
from delivery.session import Session
from delivery.settings import Service

STAND_INS = frozenset({"node", "python", "postgres"})
_PULL_TIMEOUT_S = 900.0
_one_at_a_time: Mapping[str, threading.Lock] = {name: threading.Lock() for name in STAND_INS}


@dataclass(frozen=True)
class BaseImage:
    """What a Dockerfile's ARG is set to; another than the official image is a stand-in.

    `image_id` is empty where a dry run left it unbuilt.
    """

    argument: str
    official: str
    reference: str
    image_id: str


def resolve_bases(session: Session, service: Service) -> tuple[BaseImage, ...]:
    """The base images of one service, present in the local engine.

    Raises EnvironmentFault where the official one doesn't answer and no stand-in exists for it.
    """
    return tuple(
        _resolve(session, argument, official) for argument, official in sorted(service.bases.items())
    )


def image_id(session: Session, reference: str) -> str:
    """ID of a local image as `docker image inspect` prints it, or an empty string."""
    docker = tools.path(session, "docker")
    answer = session.door.read([docker, "image", "inspect", "--format", "{{.Id}}", reference], accept=(0, 1))
    return answer.stdout.strip() if answer.ok else ""


def engine_platform(session: Session) -> str:
    """What the engine builds for, as `linux/amd64`."""
    docker = tools.path(session, "docker")
    return session.door.read(
        [docker, "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]
    ).stdout.strip()


def _resolve(session: Session, argument: str, official: str) -> BaseImage:
    found = image_id(session, official)
    if not found and _pulled(session, official):
        found = image_id(session, official)
    if found:
        return BaseImage(argument, official, official, found)
    name = official.rpartition("/")[2].partition(":")[0]
    if name not in STAND_INS:
        raise EnvironmentFault(
            f"base image {official} can't be pulled", "there is no stand-in for it",
            f"make it known to Docker (docker pull {official}), or name another in deploy.yaml",
        )  # fmt: skip
    return _stand_in(session, argument, name, official)


def _pulled(session: Session, official: str) -> bool:
    docker = tools.path(session, "docker")
    answer = session.door.mutate(
        [docker, "pull", "--quiet", official], timeout_s=_PULL_TIMEOUT_S, accept=None
    )
    return answer.ok and not session.dry_run


def _stand_in(session: Session, argument: str, name: str, official: str) -> BaseImage:
    from delivery.packages import ensure_base_image

    if session.dry_run:
        return BaseImage(argument, official, official, "")
    with _one_at_a_time[name]:
        made = ensure_base_image(name, session)
    return BaseImage(argument, official, made.reference, made.image_id)
