"""Provider context: a cluster that exists already. It is used, never made, started or removed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from delivery import tools
from delivery.cluster.engine_images import EngineImages
from delivery.cluster.image_registry import ImageRegistry
from delivery.cluster.ownership import write_private
from delivery.cluster.provider import ClusterState, Seen
from delivery.cluster.readiness import read_nodes
from delivery.console import Step
from delivery.errors import InvalidInput
from delivery.session import Session


class ContextProvider:
    """A context of the user's kubeconfig."""

    name = "context"

    def __init__(self, session: Session, _cluster: str) -> None:
        # An existing cluster goes by its context.
        self._session = session
        self._settings = session.settings.cluster
        self._images = EngineImages(session)
        self._registry = ImageRegistry(session, self._settings.registry)

    @property
    def context(self) -> str:
        """The context that the settings name. Raises InvalidInput where they name none."""
        if not self._settings.context:
            raise InvalidInput(
                "provider context needs the name of a context", contexts_line(self._contexts()),
                "name it: --context NAME, or cluster.context in deploy.yaml",
            )  # fmt: skip
        return self._settings.context

    def kubeconfigs(self) -> list[Path]:
        """The files that hold the context, by kubectl's rule."""
        if self._settings.kubeconfig:
            return [self._settings.kubeconfig]
        named = [Path(text) for text in os.environ.get("KUBECONFIG", "").split(os.pathsep) if text]
        return named or [Path.home() / ".kube" / "config"]

    def foreign_kubeconfig(self) -> Path | None:
        """The user's file; where KUBECONFIG names several, we keep a flattened copy of the one context."""
        files = self.kubeconfigs()
        return files[0] if len(files) == 1 else None

    def look(self) -> Seen:
        """The nodes that the API server names. Raises InvalidInput for a context that doesn't exist."""
        known = self._contexts()
        if self.context not in known:
            files = ", ".join(str(path) for path in self.kubeconfigs())
            raise InvalidInput(
                f"there is no context {self.context} in {files}", contexts_line(known),
                "name one of these, or another file: KUBECONFIG, or cluster.kubeconfig in deploy.yaml",
            )  # fmt: skip
        # Whether it answers is asked with everything else; its machines are none of our business.
        nodes = read_nodes(self._session, self._kubectl())
        names = () if isinstance(nodes, str) else tuple(node.name for node in nodes)
        return Seen(ClusterState.RUNNING, names, identity=self.context)

    def prepare(self) -> None:
        """Nothing is made here."""

    def create(self, _kubeconfig: Path, _step: Step) -> None:
        """Refused: this provider only uses clusters."""
        raise _not_ours(self.context, "made")

    def start(self, _kubeconfig: Path, _step: Step) -> None:
        """Refused: this provider only uses clusters."""
        raise _not_ours(self.context, "started")

    def remove(self, _kubeconfig: Path) -> None:
        """Refused: this provider only uses clusters."""
        raise _not_ours(self.context, "removed")

    def write_kubeconfig(self, kubeconfig: Path) -> None:
        """The one context, flattened out of several files."""
        argv = [tools.path(self._session, "kubectl"), "config", "view", "--minify", "--flatten"]
        answer = self._session.door.read([*argv, "--context", self.context], env=self._environment())
        write_private(kubeconfig, answer.stdout)

    def load_image(self, reference: str) -> None:
        """Push to the registry that the nodes pull from."""
        self._registry.push(reference)

    def node_image_ids(self, reference: str) -> Mapping[str, str]:
        """What the registry has: nodes of a foreign cluster are not asked, they pull by digest."""
        found = self._registry.image(reference)
        return {f"registry {self._settings.registry}": self._images.as_engine_id(reference, found)}

    def remove_image(self, reference: str) -> None:
        """Nothing: what a registry keeps is its owner's business."""

    def pull_reference(self, reference: str) -> str:
        """The image in the registry, by digest."""
        return self._registry.pull_reference(reference)

    def _kubectl(self) -> list[str]:
        # kubectl merges the files of KUBECONFIG itself; --kubeconfig takes one.
        argv = [tools.path(self._session, "kubectl"), "--context", self.context]
        file = self.foreign_kubeconfig()
        return [*argv, "--kubeconfig", str(file)] if file else argv

    def _environment(self) -> dict[str, str]:
        return {"KUBECONFIG": os.pathsep.join(str(path) for path in self.kubeconfigs())}

    def _contexts(self) -> tuple[str, ...]:
        argv = [tools.path(self._session, "kubectl"), "config", "view", "-o", "json"]
        answer = self._session.door.read(argv, env=self._environment(), accept=None)
        return context_names(answer.stdout)


def context_names(config: str) -> tuple[str, ...]:
    """Names of the contexts in `kubectl config view -o json`."""
    try:
        contexts = json.loads(config).get("contexts") or ()
    except ValueError:
        return ()
    return tuple(sorted(str(one["name"]) for one in contexts))


def contexts_line(names: Sequence[str]) -> str:
    """The contexts there are, in a line."""
    return f"there are: {', '.join(names)}" if names else "it has no contexts at all"


def _not_ours(context: str, verb: str) -> InvalidInput:
    return InvalidInput(
        f"the cluster of context {context} is not {verb} by this kit", "it existed before",
        "use its own tools, or another provider (--provider kind)",
    )  # fmt: skip
