"""Looks at a namespace once: a few calls of kubectl and helm, side by side, become a snapshot."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from delivery.ai.permissions import refused
from delivery.ai.snapshot import Item, Prices, Snapshot, latest
from delivery.ai.usage import measure
from delivery.cluster import Cluster
from delivery.errors import DeliveryError, EnvironmentFault, Interrupted
from delivery.parallel import run_all
from delivery.release import helm
from delivery.release.state import our_records
from delivery.rollout.answers import ask, parse_claims, parse_keys, parse_nodes
from delivery.rollout.container_logs import last_lines
from delivery.rollout.facts import parse_facts
from delivery.rollout.memory import Memory
from delivery.rollout.objects import Answers, RolloutFacts
from delivery.rollout.questions import Questions, questions
from delivery.rollout.verdict import judge
from delivery.session import Session

KINDS = (
    "deployments,statefulsets,daemonsets,replicasets,pods,events,services,endpointslices,configmaps,"
    "persistentvolumeclaims,ingresses,networkpolicies,jobs,cronjobs,horizontalpodautoscalers,"
    "poddisruptionbudgets,serviceaccounts,resourcequotas,roles,rolebindings"
)
# What nothing can be said without.
_NEEDED = ("pods", "deployments")
_KEYS = '{{range .items}}{{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}{{"\\n"}}{{end}}'
_TIMEOUT_S = 20.0
_REQUEST = "--request-timeout=15s"
_LOGS = 4


@dataclass(frozen=True)
class Wanted:
    """What a question needs beyond the objects: use (how many samples, how far apart), logs of failures."""

    use: bool = False
    samples: int = 1
    every_s: float = 5.0
    logs: bool = True


def collect(session: Session, cluster: Cluster, wanted: Wanted = Wanted()) -> Snapshot:
    """The namespace as it is now. What may not be seen is said in `unseen`.

    Raises EnvironmentFault where pods or Deployments may not be seen, or the API server does not answer.
    """
    seen = _Seen(session, cluster)
    jobs: dict[str, Callable[[], Any]] = {
        "objects": lambda: _or_fault(lambda: seen.items(KINDS, namespaced=True)),
        "nodes": lambda: seen.optional("nodes", lambda: seen.items("nodes,namespaces", namespaced=False)),
        "secrets": lambda: seen.optional("Secrets", seen.secrets),
        "releases": lambda: seen.optional("releases", lambda: helm.releases(session, cluster)),
    }
    answers = run_all(session.door, jobs)
    items, nodes = answers["objects"], answers["nodes"]
    if isinstance(items, DeliveryError):
        raise items
    settings = session.settings
    snapshot = Snapshot(
        namespace=settings.namespace,
        items=tuple(items),
        secrets=answers["secrets"],
        nodes=_of_kind(nodes, "Node"),
        labels=_labels(nodes, settings.namespace),
        releases=answers["releases"],
        records=our_records(items),
        services=tuple(settings.services),
        prices=prices_of(settings.ai.get("prices") or {}),
        # A cluster on this machine has its clock; of another the newest stamp counts where it is later.
        now=max(latest(items), time.time()),
        listed=frozenset(KINDS.split(",")) - seen.barred,
        unseen=tuple(seen.unseen),
    )
    return _completed(session, cluster, snapshot, wanted)


def _of_kind(items: list[Item] | None, kind: str) -> tuple[Item, ...] | None:
    return tuple(one for one in items or () if one["kind"] == kind) or None


def _labels(items: list[Item] | None, namespace: str) -> Mapping[str, str] | None:
    for one in _of_kind(items, "Namespace") or ():
        if one["metadata"]["name"] == namespace:
            return dict(one["metadata"].get("labels") or {})
    return None


def _or_fault(look: Callable[[], list[Item]]) -> list[Item] | DeliveryError:
    """A fault as an answer: it is told once, when all have looked."""
    try:
        return look()
    except Interrupted:
        raise
    except DeliveryError as fault:
        return fault


def prices_of(document: Mapping[str, Any]) -> Prices:
    """The prices of deploy.yaml, defaults where it names none."""
    names = {
        "cpuHour": "cpu_hour", "memoryGibHour": "memory_gib_hour", "storageGibMonth": "storage_gib_month",
        "loadBalancerHour": "load_balancer_hour", "currency": "currency",
    }  # fmt: skip
    return Prices(**{names[key]: value for key, value in document.items()})


def _completed(session: Session, cluster: Cluster, snapshot: Snapshot, wanted: Wanted) -> Snapshot:
    """With facts judged with all answers, with logs of what failed, with use where it is wanted."""
    facts = with_answers(snapshot)
    asked = Questions(images=questions(facts, Memory()).images)
    if asked.images:
        images = ask(session, cluster, asked).images
        facts = replace(facts, answers=replace(facts.answers, images=images))
    snapshot = replace(snapshot, facts=facts)
    if wanted.logs:
        snapshot = replace(snapshot, logs=_logs(session, cluster, facts))
    uses = measure(session, cluster, snapshot, wanted.samples, wanted.every_s) if wanted.use else None
    if wanted.use and uses is None:
        told = "use of CPU and memory: neither metrics-server nor the kubelets answer"
        snapshot = replace(snapshot, unseen=(*snapshot.unseen, told))
    return replace(snapshot, uses=uses)


def with_answers(snapshot: Snapshot) -> RolloutFacts:
    """Pure: the facts of all workloads, with every question answered that the snapshot can answer."""
    facts = parse_facts(snapshot.items, at_s=0.0) or RolloutFacts()
    wanted = {(one.kind, one.name) for pod in facts.pods for one in pod.references}
    maps = {
        one["metadata"]["name"]: frozenset([*(one.get("data") or {}), *(one.get("binaryData") or {})])
        for one in snapshot.of("ConfigMap")
    }
    secrets = snapshot.secrets
    mapped = [name for kind, name in wanted if kind == "ConfigMap"] if snapshot.sees("configmaps") else []
    claims = snapshot.sees("persistentvolumeclaims")
    answers = Answers(
        secrets={}
        if secrets is None
        else {name: secrets.get(name) for kind, name in wanted if kind == "Secret"},
        config_maps={name: maps.get(name) for name in mapped},
        claims=parse_claims(snapshot.of("PersistentVolumeClaim")) if claims else None,
        nodes=None if snapshot.nodes is None else parse_nodes(snapshot.nodes),
    )
    return replace(facts, answers=answers)


def _logs(session: Session, cluster: Cluster, facts: RolloutFacts) -> dict[tuple[str, str], str]:
    """The last lines of containers that something is wrong with, a few of them."""
    verdict, _ = judge(facts)
    # A container that never ran has printed nothing.
    ran = {
        (pod.name, one.name)
        for pod in facts.pods
        for one in pod.containers
        if one.ended or one.state == "running"
    }
    keys = [(one.pod, one.container) for one in verdict.findings if (one.pod, one.container) in ran]
    keys = list(dict.fromkeys(keys))[:_LOGS]
    jobs = {f"log of {pod}/{one}": partial(last_lines, session, cluster, pod, one) for pod, one in keys}
    texts = run_all(session.door, jobs) if jobs else {}
    mask = session.console.masker.mask
    return {key: mask(texts[f"log of {key[0]}/{key[1]}"]) for key in keys}


class _Seen:
    """The calls of one look, and what they could not see."""

    def __init__(self, session: Session, cluster: Cluster) -> None:
        self._session, self._cluster = session, cluster
        self.unseen: list[str] = []
        self.barred: set[str] = set()

    def items(self, kinds: str, *, namespaced: bool) -> list[Item]:
        """The objects of these kinds; kinds that may not be seen are noted, needed ones raise."""
        where = ("--namespace", self._session.settings.namespace) if namespaced else ()
        argv = self._cluster.kubectl("get", kinds, *where, "-o", "json", _REQUEST)
        answer = self._session.door.read(argv, timeout_s=_TIMEOUT_S, accept=None)
        closed = refused(answer.stderr)
        if not answer.ok and not closed:
            raise EnvironmentFault(
                "the API server does not say what is there", answer.last_lines(), "./inv cluster.status"
            )
        if closed:
            names = ", ".join(one.resource for one in closed)
            self.unseen.append(f"{names}: {closed[0].user} may not {closed[0].verb} them")
        self.barred |= {one.resource for one in closed}
        barred = [one for one in closed if one.resource in _NEEDED]
        if barred:
            raise EnvironmentFault(
                f"may not see {' and '.join(one.resource for one in barred)} of namespace"
                f" {self._session.settings.namespace}",
                "\n".join(one.words() for one in barred),
                "ask for a RoleBinding to the ClusterRole `view` there, or use another kubeconfig",
            )  # fmt: skip
        return _parsed(answer.stdout)

    def optional(self, what: str, look: Callable[[], Any]) -> Any:
        """The same, or None with a note where it can't be had."""
        try:
            return look()
        except Interrupted:
            raise
        except (DeliveryError, ValueError, KeyError) as fault:
            why = fault.why if isinstance(fault, DeliveryError) and fault.why else str(fault)
            closed = refused(why)
            told = f"it needs {closed[0].words()}" if closed else why.strip().rpartition("\n")[2]
            self.unseen.append(f"{what}: {told or 'no answer'}")
            return None

    def secrets(self) -> dict[str, frozenset[str]]:
        """Secret → its keys. Values stay in the cluster: the template prints names alone."""
        argv = self._cluster.kubectl(
            "get",
            "secrets",
            "--namespace",
            self._session.settings.namespace,
            "-o",
            f"go-template={_KEYS}",
            _REQUEST,
        )
        lines = self._session.door.read(argv, timeout_s=_TIMEOUT_S).stdout.splitlines()
        return {line.split()[0]: parse_keys(line) or frozenset() for line in lines if line.strip()}


def _parsed(text: str) -> list[Item]:
    """kubectl prints a List; nothing at all where every kind was refused."""
    if not text.strip():
        return []
    try:
        return list(json.loads(text)["items"])
    except (ValueError, KeyError) as broken:
        raise EnvironmentFault("the API server's answer broke off", str(broken)) from broken
