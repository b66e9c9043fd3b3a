"""A real Postgres for the tests: the one of TEST_DATABASE_URL, or a private cluster in a temporary folder."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

PASSWORD = "s3cret-of-the-tests"
MISSING = (
    "These tests need a real Postgres. Set TEST_DATABASE_URL to one where the user may create databases, "
    "or install the server (Debian: apt-get install postgresql)."
)


def binaries() -> Path:
    """The folder with initdb and postgres: PATH first, then Debian's place, newest version first."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: -int(p.parts[-3]))
    if not folders:
        raise RuntimeError(MISSING)
    return folders[0].parent


def has_server() -> bool:
    """Whether a cluster of our own can be made here."""
    try:
        return binaries().is_dir()
    except RuntimeError:
        return False


def server_user() -> int | None:
    """Postgres refuses to run as root: then its own user, or nobody. None: stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise RuntimeError(MISSING + " As root it also needs a user named postgres or nobody.")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Cluster:
    """A data folder on a port of its own; it survives its server."""

    folder: Path
    port: int
    user: int | None

    @contextmanager
    def running(self) -> Iterator[str]:
        """Starts the server, and stops it at the end. URL of the superuser."""
        target = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-p", str(self.port)]
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        command = [str(binaries() / "postgres"), *target, *options]
        with (self.folder / "log").open("w") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, user=self.user, cwd=self.folder)
            try:
                url = f"postgresql://tests:{PASSWORD}@127.0.0.1:{self.port}/postgres"
                _wait(url, server, self.folder / "log")
                yield url
            finally:
                server.send_signal(signal.SIGINT)  # Postgres' fast shutdown: it does not wait for its clients
                server.wait(timeout=60)


@contextmanager
def new_cluster() -> Iterator[Cluster]:
    """An initialised cluster that does not run yet; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="todo-postgres-"))
    try:
        user = server_user()
        if user is not None:
            os.chown(folder, user, -1)
        _initdb(folder, user)
        yield Cluster(folder, free_port(), user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def private_cluster() -> Iterator[str]:
    """URL of the superuser of a new, running cluster; it is stopped and removed at the end."""
    with new_cluster() as cluster, cluster.running() as url:
        yield url


def _initdb(folder: Path, user: int | None) -> None:
    password_file = folder / "password"
    password_file.write_text(PASSWORD)
    password_file.chmod(0o644)
    target = ["-D", str(folder / "data"), "-U", "tests", "--pwfile", str(password_file)]
    options = ["--auth=scram-sha-256", "--locale=C", "--encoding=UTF8", "--no-sync"]
    command = [str(binaries() / "initdb"), *target, *options]
    subprocess.run(command, check=True, capture_output=True, timeout=120, user=user, cwd=folder)


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"Postgres ended at its start:\n{log.read_text()}")
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"Postgres did not answer in 60 s:\n{log.read_text()}")
