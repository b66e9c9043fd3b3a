"""The few calls of Docker that building images from packages needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from delivery import paths, tools
from delivery.command import Result
from delivery.packages.cache import KEY_LENGTH, UNUSED_S, key_of
from delivery.session import Session

_LOAD_S = 300.0
_RUN_S = 120.0


def image_id(session: Session, reference: str) -> str:
    """ID of a local image as Docker prints it, or an empty string."""
    argv = [_docker(session), "image", "inspect", "--format", "{{.Id}}", reference]
    answer = session.door.read(argv, accept=(0, 1))
    return answer.stdout.strip() if answer.ok else ""


def load(session: Session, archive: Path) -> None:
    """Load an image archive."""
    session.door.mutate([_docker(session), "load", "--quiet", "--input", str(archive)], timeout_s=_LOAD_S)


def helper_name(part: str) -> str:
    """Name of the helper container for a part.

    One name for each cache, whose lock guards it: so the next run finds what a killed one left behind. Not a
    label: Docker would hand that on to the image, and to every container made from it.
    """
    return f"todo-packages-{part}-{key_of(str(paths.cache_dir()))}"


def run(session: Session, part: str, options: Sequence[str], image: str, argv: Sequence[str]) -> Result:
    """Run a command in a container of its own without a network; any exit code is an answer."""
    command = [
        _docker(session), "run", "--rm", "--name", helper_name(part), "--network", "none", *options,
        image, *argv,
    ]  # fmt: skip
    return session.door.mutate(command, timeout_s=_RUN_S, accept=None)


def mutate(session: Session, *argv: str, timeout_s: float = 60.0) -> str:
    """Any other call of Docker that changes something; returns what it printed."""
    return session.door.mutate([_docker(session), *argv], timeout_s=timeout_s).stdout.strip()


def drop_unused(session: Session, reference: str) -> None:
    """Remove images that earlier recipes made more than a week ago.

    Younger ones may be another checkout's; Docker itself keeps those that a container needs.
    """
    prefix = reference[:-KEY_LENGTH]
    repository = prefix.partition(":")[0]
    listing = [_docker(session), "image", "ls", "--format", "{{.Tag}} {{.CreatedAt}}", repository]
    for line in session.door.read(listing).stdout.splitlines():
        tag, _, made = line.partition(" ")
        name = f"{repository}:{tag}"
        if name != reference and name.startswith(prefix) and _age_s(made) > UNUSED_S:
            session.door.mutate([_docker(session), "image", "rm", name], accept=None)


def _age_s(made: str) -> float:
    """Seconds since a time as Docker lists it: `2026-11-24 07:23:02 +0000 UTC`."""
    then = datetime.strptime(made.rpartition(" ")[0], "%Y-%m-%d %H:%M:%S %z")
    return (datetime.now(UTC) - then).total_seconds()


def remove_helper(session: Session, part: str) -> None:
    """Remove the helper container of a part, if there is one; call it under the lock of that part."""
    argv = [_docker(session), "rm", "--force", "--volumes", helper_name(part)]
    session.door.mutate(argv, accept=(0, 1))


def _docker(session: Session) -> str:
    return tools.path(session, "docker")
