"""A real deployment for the cluster tests: a copy of this checkout and a cluster of its own."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

from delivery.paths import ROOT
from tests.cluster.browser.api import Person, sign_up

NAMESPACE = "todo"
# For working on the tests: a cluster of this name is kept for the next run.
KEPT = os.environ.get("TODO_TEST_CLUSTER", "")
AUTH_SECRET = "cluster-test-secret-" + (KEPT.encode().hex().ljust(16, "0") if KEPT else secrets.token_hex(16))
# Two busy cores are slower than a developer's laptop.
ROLLOUT_S = "240"
COLD_S = 60 * 60
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Kit:
    """The kit as a user runs it: `./inv` in a folder, with a cluster of its own."""

    folder: Path
    cluster: str
    mark: str = field(default_factory=lambda: secrets.token_hex(8))

    def environment(self, **more: str) -> dict[str, str]:
        """Settings of the tests; the mark finds every process that a run left behind."""
        own = {
            "DELIVERY_CLUSTER__NAME": self.cluster,
            "DELIVERY_CLUSTER__PROVIDER": "kind",
            "DELIVERY_TIMEOUTS__ROLLOUT_S": ROLLOUT_S,
            "BETTER_AUTH_SECRET": AUTH_SECRET,
            "TODO_TEST_MARK": self.mark,
        }
        return {**os.environ, **own, **more}

    def run(
        self, *arguments: str, timeout_s: float = 600, check: bool = True, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a task and return what it printed; with `check`, any exit code but 0 fails the test."""
        done = subprocess.run(
            [str(self.folder / "inv"), *arguments], cwd="/", env=self.environment(**environ),
            timeout=timeout_s, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if check and done.returncode:
            pytest.fail(f"inv {' '.join(arguments)} → {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start a task without waiting; its output comes through one pipe."""
        return subprocess.Popen(
            [str(self.folder / "inv"), *arguments], cwd="/", env=self.environment(**environ), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def left_processes(self) -> list[str]:
        """Command lines of living processes that a run of this kit started."""
        found = []
        for pid in self.left_pids():
            with contextlib.suppress(OSError):
                found.append(Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "))
        return found

    def left_pids(self) -> list[int]:
        """Process ids of what a run of this kit started and still lives."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.mark.encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found

    def json(self, *arguments: str) -> Any:
        """The JSON answer of a task."""
        return json.loads(self.run(*arguments, "--output", "json").stdout)


@dataclass(frozen=True)
class Deployment:
    """The app as it runs in the tests' cluster."""

    kit: Kit
    first: subprocess.CompletedProcess[str]
    kubeconfig: Path
    kubectl_program: str
    accounts: list[Person] = field(default_factory=list)

    @property
    def urls(self) -> Mapping[str, str]:
        """Service → address that was asked just now."""
        return dict(self.kit.json("deploy.urls"))

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """kubectl's answer; a failure fails the test."""
        where = ["--kubeconfig", str(self.kubeconfig), "--namespace", NAMESPACE]
        argv = [self.kubectl_program, *where, *arguments]
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def uninstall(self, release: str) -> None:
        """Remove a release as a person would, beside the kit."""
        tools = {tool["name"]: tool["path"] for tool in self.kit.json("tools.status")}
        argv = [tools["helm"], "uninstall", release, "--kubeconfig", str(self.kubeconfig)]
        subprocess.run([*argv, "--namespace", NAMESPACE], check=True, timeout=180, capture_output=True)

    def get(self, *arguments: str) -> Any:
        """Objects as the API server returns them."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def inventory(self) -> list[str]:
        """Every object that only somebody changes, with its identity and how often its spec was changed.

        Pods and ReplicaSets are left out: an old one may be ending by itself meanwhile.
        """
        kinds = "deployments,statefulsets,services,secrets,configmaps,leases,persistentvolumeclaims"
        columns = "KIND:.kind,NAME:.metadata.name,UID:.metadata.uid,GENERATION:.metadata.generation"
        return sorted(self.kubectl("get", kinds, "-o", f"custom-columns={columns}").splitlines())

    def pods(self, service: str) -> list[str]:
        """Names of the running pods of a service."""
        items = self.get("pods", "--selector", f"app={service}")["items"]
        return [
            item["metadata"]["name"]
            for item in items
            if not item["metadata"].get("deletionTimestamp") and item["status"]["phase"] == "Running"
        ]

    def secret_values(self) -> dict[str, str]:
        """Every value in the Secrets of the namespace, by Secret and key."""
        return {
            f"{item['metadata']['name']}/{key}": base64.b64decode(value).decode("utf-8", "replace")
            for item in self.get("secrets")["items"]
            if item["type"] == "Opaque"
            for key, value in (item.get("data") or {}).items()
        }

    def rows(self, sql: str) -> list[str]:
        """Rows that the database answers, through its own socket."""
        argv = ("exec", "database-0", "--", "psql", "-h", "/tmp", "-U", "postgres", "todo", "-Atc", sql)
        return self.kubectl(*argv).splitlines()

    @property
    def person(self) -> Person:
        """Somebody with an account, made once; the address may have changed since."""
        origin = self.urls["frontend"].rstrip("/")
        if not self.accounts:
            self.accounts.append(patiently(lambda: sign_up(origin, "Cluster Tester")))
        self.accounts[0].api.origin = origin
        return self.accounts[0]

    def add_task(self, title: str) -> None:
        """Add a task as the page does: signed in, through the frontend's own handler."""
        api = self.person.api
        patiently(lambda: api.add_task(title))

    def titles(self) -> list[str]:
        """Titles of the person's tasks, as the page gets them."""
        api = self.person.api
        return patiently(api.titles)


def patiently(call: Callable[[], Answer]) -> Answer:
    """What the app answers; asks again for some seconds while it doesn't."""
    until = time.monotonic() + 30
    while True:
        try:
            return call()
        except (AssertionError, requests.RequestException):
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def request(url: str) -> str:
    """What a GET answers; asks again for some seconds while nothing does."""

    def get() -> str:
        answer = requests.get(url, timeout=20)
        answer.raise_for_status()
        return answer.text

    return patiently(get)


def wait_for(process: subprocess.Popen[str], text: str) -> list[str]:
    """Read a process's output until a line holds `text`; fails when it ends before."""
    seen: list[str] = []
    assert process.stdout
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return seen
    pytest.fail(f"never printed {text!r}:\n{''.join(seen)}")


def interrupt(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ctrl-C, and what the process makes of it: exit code and the rest of its output."""
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=90)
    return process.returncode, output


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout that tests may change; its .venv is ours."""
    folder = tmp_path_factory.mktemp("a checkout") / "todo"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
        capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture(scope="session")
def kit(workspace: Path) -> Iterator[Kit]:
    kit = Kit(workspace, KEPT or f"t{secrets.token_hex(3)}")
    yield kit
    if not KEPT:
        kit.run("cluster.down", "--yes", check=False, timeout_s=300)


@pytest.fixture(scope="session")
def deployed(kit: Kit) -> Deployment:
    """The app, deployed once for all tests."""
    first = kit.run("deploy.all", "--yes", timeout_s=COLD_S)
    status = kit.json("cluster.status")
    tools = {tool["name"]: tool["path"] for tool in kit.json("tools.status")}
    return Deployment(kit, first, Path(status["kubeconfig"]), tools["kubectl"])
