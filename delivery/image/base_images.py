"""Base images: the official one where it answers, else a stand-in built from packages."""

from __future__ import annotations

from dataclasses import dataclass

from delivery import tools
from delivery.errors import EnvironmentFault
from delivery.packages import ensure_stand_in, stand_in_for
from delivery.packages.docker import image_id
from delivery.session import Session
from delivery.settings import Service

_PULL_TIMEOUT_S = 900.0


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
    stand_in = stand_in_for(official)
    if stand_in is None:
        raise EnvironmentFault(
            f"base image {official} can't be pulled", "there is no stand-in for it",
            f"make it known to Docker (docker pull {official}), or name another in deploy.yaml",
        )  # fmt: skip
    # In a dry run this names the stand-in that an earlier run built, and builds none.
    made = ensure_stand_in(stand_in[0], session, stand_in[1])
    return BaseImage(argument, official, made.reference, made.image_id)


def _pulled(session: Session, official: str) -> bool:
    docker = tools.path(session, "docker")
    answer = session.door.mutate(
        [docker, "pull", "--quiet", official], timeout_s=_PULL_TIMEOUT_S, accept=None
    )
    return answer.ok and not session.dry_run
