"""The arguments of `minikube start`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from delivery.cluster.capacity import Size
from delivery.cluster.minikube_answers import published_ports

KUBERNETES_VERSION = "v1.34.4"
CONTAINER_DRIVERS = frozenset({"docker", "podman"})
_SHORT = {"-d": "--driver", "-c": "--container-runtime", "-m": "--memory", "--vm-driver": "--driver"}


def flag_values(arguments: Sequence[str], flag: str) -> tuple[str, ...]:
    """All values given to a flag, as `--flag=value`, `--flag value` or by its short name."""
    names = {flag, *(short for short, long in _SHORT.items() if long == flag)}
    found = []
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in names:
            following = next(iter(arguments[position + 1 :]), "")
            found.append(value if equals else "" if following.startswith("-") else following)
    return tuple(found)


@dataclass(frozen=True)
class Start:
    """What every `minikube start` of a profile says. `extra` are the user's arguments, which come last."""

    profile: str
    driver: str
    extra: Sequence[str]
    root: bool

    def new(self, size: Size, runtime: str, ports: Mapping[int, int]) -> list[str]:
        """For a new profile. What `extra` says is not said twice; `ports` are node port → host port."""
        wanted = {
            "--driver": self.driver,
            "--container-runtime": runtime,
            "--cpus": str(size.cpus),
            "--memory": f"{size.memory_mb}mb",
            "--kubernetes-version": KUBERNETES_VERSION,
        }
        own = [
            f"{flag}={text}" for flag, text in wanted.items() if text and not flag_values(self.extra, flag)
        ]
        return [*self._common(), *own, *self._published(ports), *self.extra]

    def again(self) -> list[str]:
        """For a profile that exists: its size, version and ports stay as they are."""
        return [*self._common(), *self.extra]

    def _common(self) -> list[str]:
        argv = ["start", f"--profile={self.profile}", "--interactive=false", "--embed-certs"]
        # minikube refuses container drivers to root unless forced; root is all there is in CI containers.
        forced = self.root and self.driver in CONTAINER_DRIVERS and not flag_values(self.extra, "--force")
        return [*argv, "--force"] if forced else argv

    def _published(self, ports: Mapping[int, int]) -> list[str]:
        if not ports or self.driver not in CONTAINER_DRIVERS:
            return []
        return ["--ports=" + ",".join(f"127.0.0.1:{host}:{node}" for node, host in sorted(ports.items()))]


def missing_ports(ports: Sequence[int], extra: Sequence[str]) -> list[int]:
    """Node ports that the user's own `--ports` don't publish."""
    texts = [piece for value in flag_values(extra, "--ports") for piece in value.split(",")]
    published = published_ports(texts)
    return [port for port in ports if port not in published]
