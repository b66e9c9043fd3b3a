"""The faults that can be rehearsed: the plan's rollback scenarios, made real, for the reference app.

1. a deployment whose pods crash (CrashLoopBackOff), 2. a bad configuration: a wrong variable, health checks
fail, 3. a buggy version of the image, which answers with errors.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery import tools
from delivery.image import Image
from delivery.packages.docker import image_id
from delivery.session import Session

BUGGY_TAG = "buggy-version"
_BUILD_S = 120.0
# Wraps the app of the image before it: alive, and an error for every page but the health check.
_BUGGY_APP = '''"""A version with a bug, made for a rehearsal."""

from src.main import app as well


async def app(scope, receive, send):
    if scope["type"] == "http" and scope["path"] != "/api/health":
        raise RuntimeError("rehearsal: this version of the app has a bug")
    await well(scope, receive, send)
'''


@dataclass(frozen=True)
class Fault:
    """A fault in a service: values that bring it about, and the verdicts that are right about it.

    `words` are what the evidence must hold; `image` says that a faulty image is built for it.
    """

    title: str
    service: str
    values: Mapping[str, Any]
    codes: frozenset[str]
    words: str
    image: bool = field(default=False)


FAULTS: Mapping[str, Fault] = {
    "crash": Fault(
        "the pods of a new version crash",
        "backend",
        {"command": ["sh", "-c", "echo 'rehearsal: this version ends at its start' >&2; exit 3"]},
        frozenset({"CRASH_LOOP"}),
        "rehearsal: this version ends at its start",
    ),
    "config": Fault(
        "a wrong variable: its health checks fail",
        "backend",
        {"env": {"READY_TIMEOUT_S": "0.00001"}},
        frozenset({"NOT_READY"}),
        "503",
    ),
    "image": Fault(
        "a buggy version of the image: pages answer with errors",
        "backend",
        {"image": {"tag": BUGGY_TAG}},
        frozenset({"NOT_READY"}),
        "rehearsal: this version of the app has a bug",
        image=True,
    ),
}


def build_buggy(session: Session, reference: str) -> Image:
    """A faulty image on top of the one that serves now."""
    repository = reference.rpartition(":")[0]
    docker = tools.path(session, "docker")
    tag = f"{repository}:{BUGGY_TAG}"
    with tempfile.TemporaryDirectory(prefix="todo-rehearsal-") as folder:
        (Path(folder) / "buggy.py").write_text(_BUGGY_APP, encoding="utf-8")
        (Path(folder) / "Dockerfile").write_text(
            f"FROM {reference}\nCOPY --chmod=0644 buggy.py ./src/buggy.py\n"
            'CMD ["uvicorn", "src.buggy:app"]\n',
            encoding="utf-8",
        )
        argv = [docker, "buildx", "build", "--load", "--provenance=false", "--tag", tag, folder]
        session.door.mutate(argv, timeout_s=_BUILD_S)
    return Image("", repository, BUGGY_TAG, image_id(session, tag))


def remove_buggy(session: Session, image: Image) -> None:
    """Take the faulty image out of Docker again."""
    session.door.mutate([tools.path(session, "docker"), "image", "rm", image.reference], accept=None)
