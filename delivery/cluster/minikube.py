"""Provider minikube: a profile, with whatever driver and runtime the settings name."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from delivery import tools
from delivery.cluster import minikube_answers as answers
from delivery.cluster import minikube_arguments as arguments
from delivery.cluster import ports
from delivery.cluster.capacity import Size, fitted, scaled_line, this_machine
from delivery.cluster.engine_images import EngineImages, ImageOnNode
from delivery.cluster.programs import installed, search_path
from delivery.cluster.provider import ClusterState, Seen
from delivery.command import Result
from delivery.console import Step
from delivery.errors import EnvironmentFault
from delivery.parallel import run_all
from delivery.session import Session

_ASK_S = 60.0
_READ_BACK_S = 120.0
# Some drivers make a machine whose address this one reaches; a container's is reached on Linux only.
_ADDRESSED = frozenset(
    {"none", "ssh", "kvm2", "kvm", "virtualbox", "hyperkit", "hyperv", "vmware", "parallels", "vfkit"}
)


class MinikubeProvider:
    """One minikube profile."""

    name = "minikube"

    def __init__(self, session: Session, cluster: str) -> None:
        self._session, self._profile = session, cluster
        self._wanted = session.settings.cluster.minikube
        self._images = EngineImages(session)

    @property
    def context(self) -> str:
        """minikube's rule: the profile's name."""
        return self._profile

    def foreign_kubeconfig(self) -> Path | None:
        """None: our clusters have kubeconfigs of their own."""
        return None

    def look(self) -> Seen:
        """What minikube says about the profile and its machines."""
        if not installed(self._session, "minikube"):
            return Seen(ClusterState.ABSENT)
        profile = self._find_profile()
        if profile is None:
            return Seen(ClusterState.ABSENT)
        machines = answers.machines(self._ask("status", f"--profile={self._profile}", "--output=json").stdout)
        running = bool(machines) and all(machine.host == "Running" for machine in machines)
        return Seen(
            state=ClusterState.RUNNING
            if running and machines[0].api_server == "Running"
            else ClusterState.STOPPED,
            nodes=profile.nodes,
            published=profile.published,
            identity=answers.profile_identity(os.environ, Path.home(), self._profile),
            direct_address=_direct_address(profile),
        )

    def prepare(self) -> None:
        """Install minikube and kubectl where they are missing; minikube fetches the rest itself."""
        for name in ("minikube", "kubectl"):
            tools.path(self._session, name)

    def create(self, kubeconfig: Path, step: Step) -> None:
        """Start a new profile; whether it works is not taken from the exit code."""
        driver = self._driver()
        asked = Size(self._session.settings.cluster.cpus, self._session.settings.cluster.memory_mb)
        machine = self._machine(driver)
        given = fitted(asked, machine)
        if scaled_line(asked, given, machine):
            self._session.console.note(f"  {scaled_line(asked, given, machine)}")
        argv = self._start_of(driver).new(given, self._wanted.runtime, self._choose_ports(driver))
        self._start(argv, kubeconfig, step)

    def start(self, kubeconfig: Path, step: Step) -> None:
        """Start a profile that exists, as it was made."""
        profile = self._find_profile()
        start = self._start_of(profile.driver if profile else self._driver())
        self._start(start.again(), kubeconfig, step)

    def remove(self, kubeconfig: Path) -> None:
        """Delete the profile, whole or half made; one that is not there is no fault."""
        self._change(["delete", f"--profile={self._profile}"], kubeconfig, timeout_s=180, accept=None)

    def write_kubeconfig(self, kubeconfig: Path) -> None:
        """Let minikube write context and address into our file."""
        self._change(["update-context", f"--profile={self._profile}"], kubeconfig, timeout_s=_ASK_S)

    def load_image(self, reference: str) -> None:
        """`minikube image load`, which works with each runtime.

        `docker-env` would be faster with runtime docker, but fails on containerd, the default since 1.39. The
        exit code is 0 for failures too: the caller reads the image ID back.
        """
        result = self._change(
            ["image", "load", f"--profile={self._profile}", "--daemon=true", reference], None,
            timeout_s=self._session.settings.timeouts.load_s,
        )  # fmt: skip
        if result.stderr.strip():
            self._session.console.warn(f"minikube: {answers.reason('', result.stderr)}")

    def node_image_ids(self, reference: str) -> Mapping[str, str]:
        """`minikube image ls` merges all nodes; of several, each node's own runtime is asked."""
        profile = self._find_profile()
        nodes = profile.nodes if profile else (self._profile,)
        if len(nodes) == 1:
            listing = ("image", "ls", f"--profile={self._profile}", "--format=json")
            listed = self._ask(*listing, timeout_s=_READ_BACK_S)
            return {nodes[0]: self._engine_id(reference, listed.stdout)}
        return run_all(self._session.door, {node: partial(self._id_on, node, reference) for node in nodes})

    def remove_image(self, reference: str) -> None:
        """Remove an image from all nodes, and the copy that loading it left in minikube's cache."""
        argv = ["image", "rm", f"--profile={self._profile}", reference]
        self._change(argv, None, timeout_s=_READ_BACK_S, accept=None)
        if not self._session.dry_run:
            home = answers.minikube_home(os.environ, Path.home())
            for copy in home.glob(f"cache/images/*/{reference.replace(':', '_')}"):
                copy.unlink(missing_ok=True)

    def pull_reference(self, reference: str) -> str:
        """Images are in the nodes under the name they have here."""
        return reference

    @property
    def _minikube(self) -> str:
        return tools.path(self._session, "minikube")

    def _environment(self, kubeconfig: Path | None) -> dict[str, str]:
        # MINIKUBE_IN_STYLE: no emoji; KUBECONFIG: the user's own file stays as it is.
        environment = {"MINIKUBE_IN_STYLE": "false", **search_path(installed(self._session, "docker"))}
        return {**environment, "KUBECONFIG": str(kubeconfig)} if kubeconfig else environment

    def _ask(self, *arguments_: str, timeout_s: float = _ASK_S) -> Result:
        return self._session.door.read(
            [self._minikube, *arguments_], timeout_s=timeout_s, accept=None, env=self._environment(None)
        )

    def _change(
        self, arguments_: Sequence[str], kubeconfig: Path | None, timeout_s: float,
        accept: Collection[int] | None = (0,),
    ) -> Result:  # fmt: skip
        return self._session.door.mutate(
            [self._minikube, *arguments_],
            timeout_s=timeout_s,
            accept=accept,
            env=self._environment(kubeconfig),
        )

    def _start(self, arguments_: Sequence[str], kubeconfig: Path, step: Step) -> None:
        result = self._session.door.mutate(
            [self._minikube, *arguments_], timeout_s=self._session.settings.timeouts.cluster_s, accept=None,
            env=self._environment(kubeconfig),
            on_line=lambda line: step.note(line.strip(" *-X!") or step.now),
        )  # fmt: skip
        if not result.ok:
            raise EnvironmentFault(
                f"minikube could not start profile {self._profile} (exit code {result.exit_code})",
                answers.reason(result.stdout, result.stderr),
                "mend what it names, then run `./inv cluster.up` again",
            )
        if kubeconfig.exists():
            kubeconfig.chmod(0o600)

    def _start_of(self, driver: str) -> arguments.Start:
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        return arguments.Start(self._profile, driver, self._wanted.start_arguments, root)

    def _find_profile(self) -> answers.Profile | None:
        return answers.profile_named(
            self._ask("profile", "list", "--light", "--output=json").stdout, self._profile
        )

    def _driver(self) -> str:
        given = arguments.flag_values(self._wanted.start_arguments, "--driver")
        if given or self._wanted.driver:
            return given[-1] if given else self._wanted.driver
        return "docker" if installed(self._session, "docker") else ""

    def _machine(self, driver: str) -> Size:
        """With driver docker, the engine's own machine counts: Docker Desktop runs in a smaller one."""
        docker = installed(self._session, "docker")
        if driver == "docker" and docker:
            answer = self._session.door.read(
                [docker, "info", "--format", "{{.NCPU}} {{.MemTotal}}"], accept=None
            )
            figures = answer.stdout.split()
            if answer.ok and len(figures) == 2 and all(figure.isdigit() for figure in figures):
                return Size(int(figures[0]), int(figures[1]) // 2**20)
        return this_machine()

    def _choose_ports(self, driver: str) -> dict[int, int]:
        if driver not in arguments.CONTAINER_DRIVERS:
            return {}
        wanted = [s.node_port for s in self._session.settings.wanted_services() if s.node_port]
        chosen = ports.choose_ports(arguments.missing_ports(wanted, self._wanted.start_arguments))
        if ports.moved(chosen):
            self._session.console.note(f"  port {ports.moved(chosen)}")
        return chosen

    def _id_on(self, node: str, reference: str) -> str:
        listed = self._ask(
            "ssh", f"--profile={self._profile}", f"--node={node}", "--", "sudo crictl images -o json",
            timeout_s=_READ_BACK_S,
        )  # fmt: skip
        return self._engine_id(reference, listed.stdout)

    def _engine_id(self, reference: str, listed: str) -> str:
        found: ImageOnNode | None = answers.image_in(answers.image_list(listed), reference)
        return self._images.as_engine_id(reference, found)


def _direct_address(profile: answers.Profile) -> str:
    if profile.driver in _ADDRESSED:
        return profile.address
    reached = profile.driver == "docker" and sys.platform == "linux" and not os.environ.get("DOCKER_HOST")
    return profile.address if reached and not profile.published else ""
