"""A real database beside the cluster, with the app's tables, for containers that plain Docker starts."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from delivery import tools
from delivery.criteria.criterion import NotMeasured
from delivery.criteria.subject import BACKEND, FRONTEND, Subject
from delivery.release.addresses import filled_in
from delivery.release.inputs import Inputs, release_inputs
from delivery.secret.database import CA_FILE, Credentials, generate_entries
from delivery.settings import Service

_START_S = 60.0
_MIGRATE_S = 120.0


@dataclass(frozen=True)
class Surroundings:
    """Where a container is started: its Docker network, its CA file, the variables of each service."""

    network: str
    ca_file: Path | None
    environment: Mapping[str, Mapping[str, str]]

    def run_options(self, name: str) -> list[str]:
        """Options of `docker run`. Values travel in Docker's own environment, not in its arguments."""
        mounts = ["--volume", f"{self.ca_file}:{CA_FILE}:ro"] if self.ca_file else []
        variables = [part for key in sorted(self.environment[name]) for part in ("--env", key)]
        return ["--network", self.network, *mounts, *variables]


@contextlib.contextmanager
def surroundings(subject: Subject) -> Iterator[Surroundings]:
    """A network with a migrated database in it; an external DATABASE_URL is used as it is."""
    inputs = release_inputs(subject.session, subject.cluster)
    embedded = next((one for one in subject.settings.wanted_services() if one.embedded), None)
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(_network(subject))
        if embedded is None:
            yield Surroundings(name, None, _environment(subject, inputs, dict(inputs.env)))
            return
        credentials, ca_file = stack.enter_context(_server(subject, embedded, name))
        url = credentials.url(embedded.name, embedded.port)
        subject.session.console.masker.add(url)
        env = {**inputs.env, embedded.unless: url}
        there = Surroundings(name, ca_file, _environment(subject, inputs, env))
        for service in (FRONTEND, BACKEND):
            _migrate(subject, service, there)
        yield there


def docker(subject: Subject) -> str:
    """Docker's command line."""
    return tools.path(subject.session, "docker")


def _environment(subject: Subject, inputs: Inputs, env: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found = {}
    for name in (FRONTEND, BACKEND):
        service = subject.service(name)
        own = {variable: env.get(variable, "") for variable in service.secret.values()}
        found[name] = own | filled_in(service, inputs.addresses, env)
    return found


@contextlib.contextmanager
def _network(subject: Subject) -> Iterator[str]:
    name = f"todo-criteria-{secrets.token_hex(4)}"
    subject.session.door.mutate([docker(subject), "network", "create", name])
    try:
        yield name
    finally:
        subject.session.door.mutate([docker(subject), "network", "rm", name], accept=None)


@contextlib.contextmanager
def _server(subject: Subject, service: Service, network: str) -> Iterator[tuple[Credentials, Path]]:
    """The image of the embedded database as a container, with credentials of its own."""
    door, name = subject.session.door, f"{network}-database"
    entries = generate_entries(service.name, subject.settings.namespace)
    subject.session.console.masker.add(entries["password"])
    with tempfile.TemporaryDirectory(prefix="todo-criteria-") as outer:
        # The outer folder is ours alone; what is mounted must be readable to the container's user.
        folder = Path(outer) / "database"
        folder.mkdir(mode=0o755)
        for key, value in entries.items():
            (folder / key).write_text(value, encoding="utf-8")
            (folder / key).chmod(0o644)
        argv = [
            docker(subject), "run", "--detach", "--name", name, "--network", network,
            "--network-alias", service.name, "--volume", f"{folder}:/etc/database:ro",
            subject.image(service.name),
        ]  # fmt: skip
        try:
            door.mutate(argv)
            _await_database(subject, name)
            yield Credentials(name, entries["password"], entries["ca.crt"]), folder / "ca.crt"
        finally:
            door.mutate([docker(subject), "rm", "--force", "--volumes", name], accept=None)


def _await_database(subject: Subject, name: str) -> None:
    until = time.monotonic() + _START_S
    ask = [docker(subject), "exec", name, "pg_isready", "--quiet", "--host", "127.0.0.1"]
    while not subject.session.door.read(ask, accept=None).ok:
        if time.monotonic() > until:
            logs = subject.session.door.read([docker(subject), "logs", "--tail", "5", name], accept=None)
            raise NotMeasured("the database for it did not start", logs.stdout + logs.stderr)
        time.sleep(0.2)


def _migrate(subject: Subject, name: str, there: Surroundings) -> None:
    """Run the init containers of the deployed service, as the cluster does."""
    (workload,) = subject.objects("deployment", name)
    for container in workload["spec"]["template"]["spec"].get("initContainers", []):
        argv = [
            docker(subject), "run", "--rm", *there.run_options(name), subject.image(name),
            *container.get("command", []), *container.get("args", []),
        ]  # fmt: skip
        answer = subject.session.door.mutate(
            argv, env=there.environment[name], timeout_s=_MIGRATE_S, accept=None
        )
        if not answer.ok:
            raise NotMeasured(
                f"the tables of {name} could not be made beside the cluster", answer.last_lines(4)
            )
