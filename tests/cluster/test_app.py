"""The app's own tests, where its images are built: the same bases and dependencies, a real Postgres."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from delivery import tools
from delivery.image.base_images import resolve_bases
from delivery.image.index_settings import build_secrets
from delivery.paths import ROOT
from delivery.session import Session, open_session

pytestmark = pytest.mark.cluster

# Installed anew: the app's image has had the types taken out of its packages, which mypy reads.
BACKEND = """
FROM {deps}
COPY requirements-dev.lock ./
RUN --mount=type=secret,id=ca,required=false --mount=type=secret,id=uv,required=false \\
    --mount=type=cache,id=todo-uv,target=/root/.cache/uv \\
    with-secrets uv pip sync --quiet --reinstall --require-hashes --python .venv/bin/python \\
      requirements-dev.lock
COPY pyproject.toml alembic.ini README.md ./
COPY src src
COPY demo_model demo_model
COPY tests tests
"""
FRONTEND = """
FROM {deps}
COPY *.json *.ts *.mjs ./
COPY public public
COPY src src
COPY tests tests
"""
# As uid 70, which is postgres in the official image and its stand-in; nothing is kept, so nothing is synced.
POSTGRES = (
    "echo local-test > /tmp/password && initdb --pgdata=/tmp/data --pwfile=/tmp/password --auth-local=trust "
    "--auth-host=scram-sha-256 > /dev/null && "
    "exec postgres -D /tmp/data -c unix_socket_directories=/tmp -c fsync=off -c max_connections=200"
)


@pytest.fixture(scope="module")
def session() -> Session:
    session = open_session({}, yes=True)
    tools.ensure_engine(session)
    return session


@pytest.fixture
def postgres(session: Session) -> Iterator[str]:
    """Name of a container with an empty Postgres that listens in its own network namespace only."""
    name = f"todo-test-{secrets.token_hex(4)}"
    base = resolve_bases(session, session.settings.services["database"])[0].reference
    docker("run", "--detach", "--name", name, "--user", "70", "--entrypoint", "sh", base, "-c", POSTGRES)
    try:
        for _ in range(150):
            ask = ["docker", "exec", name, "pg_isready", "--host", "127.0.0.1"]
            if subprocess.run(ask, capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.2)
        yield name
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", name], capture_output=True, check=False)


def test_the_backends_checks_and_tests_pass(session: Session, postgres: str, tmp_path: Path) -> None:
    image = image_with_tests(session, "backend", BACKEND, tmp_path)
    checks = "ruff format --check . && ruff check . && mypy --cache-dir /tmp/mypy"
    command = f"PATH=/app/.venv/bin:$PATH; {checks} && pytest -q -p no:cacheprovider"
    printed = run_beside(postgres, image, "sh", "-c", command)
    assert " passed" in printed


def test_the_frontends_checks_and_tests_pass(session: Session, postgres: str, tmp_path: Path) -> None:
    image = image_with_tests(session, "frontend", FRONTEND, tmp_path)
    printed = run_beside(postgres, image, "sh", "-c", "pnpm typecheck && pnpm lint && pnpm test")
    assert "passed" in printed


def run_beside(postgres: str, image: str, *command: str) -> str:
    """Run a command where the Postgres is at 127.0.0.1."""
    url = "TEST_DATABASE_URL=postgresql://postgres:local-test@127.0.0.1:5432/postgres"
    return docker("run", "--rm", "--network", f"container:{postgres}", "--env", url, image, *command)


def image_with_tests(session: Session, name: str, dockerfile: str, folder: Path) -> str:
    """An image with the dependencies of the app's own build, and its tests."""
    service = session.settings.services[name]
    bases = [f"{base.argument}={base.reference}" for base in resolve_bases(session, service)]
    kept = [f"id={key},src={path}" for key, path in build_secrets(folder).items()]
    options = ["--quiet", "--load", "--provenance=false", *(p for text in kept for p in ("--secret", text))]
    deps, image = f"todo-test-{name}:deps", f"todo-test-{name}:tests"
    arguments = [part for base in bases for part in ("--build-arg", base)]
    docker(
        "buildx", "build", *options, *arguments, "--target", "deps", "--file", str(service.dockerfile),
        "--tag", deps, str(ROOT),
    )  # fmt: skip
    docker(
        "buildx", "build", *options, "--file", "-", "--tag", image, str(ROOT / name),
        stdin=dockerfile.format(deps=deps),
    )  # fmt: skip
    return image


def docker(*arguments: str, stdin: str | None = None) -> str:
    done = subprocess.run(
        ["docker", *arguments], input=stdin, capture_output=True, text=True, timeout=1500, check=False
    )
    assert done.returncode == 0, f"{arguments[0]}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
    return done.stdout
