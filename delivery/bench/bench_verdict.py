"""bench.verdict: what is said of faulty upgrades, after how long, and what is left; ours beside helm's."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from delivery import cluster as clusters
from delivery import tools
from delivery.bench.engines import ENGINES, Engine
from delivery.bench.lanes import LANES, Case, Job, run_in_lanes
from delivery.bench.measurement import BENCH_LABEL, Measured, measure, prepare
from delivery.bench.results import Conditions, Results, cell
from delivery.bench.scenarios import Scenario, read_scenarios
from delivery.bench.trial import HELM_TIMEOUT_S, Trial
from delivery.cluster import Cluster
from delivery.errors import CheckFailed, InvalidInput
from delivery.image import Image, build_image, ensure_on_nodes
from delivery.release.lock import deploy_lock
from delivery.release.namespace import ensure_namespace
from delivery.release.selection import select
from delivery.session import Session

# A registry where nothing listens: the image's name has one, so that it may still come.
_LATE_REGISTRY = "localhost:5999"
_GONE_S = 180
# Giving an image that is there a second name takes a second; loading it anew may outlast every grace.
_LATE_S = 5.0


@dataclass(frozen=True)
class Wanted:
    """What is compared: cases and engines by name, all where none is named."""

    cases: Collection[str] = ()
    engines: Collection[str] = ()
    repeat: int = 1
    helm_timeout_s: float = HELM_TIMEOUT_S


def bench_verdict(session: Session, wanted: Wanted) -> Results:
    """Measure on the cluster of this checkout, each upgrade in a namespace of its own, removed afterwards.

    Raises InvalidInput for an unknown name, and for a cluster that this kit did not make.
    """
    faults, engines = read_scenarios(), _engines(wanted)
    chosen = faults.chosen(wanted.cases)
    if wanted.repeat < 1 or wanted.helm_timeout_s <= 0:
        raise InvalidInput("--repeat and --helm-timeout-s count from 1 up")
    tools.ensure_engine(session)
    cluster = _own_cluster(session)
    image = _image(session, cluster, faults.image_of)
    ensure_namespace(session, cluster)
    with (
        deploy_lock(session, cluster, "bench verdict"),
        tempfile.TemporaryDirectory(prefix="todo-bench-") as folder,
        _cleaned(session, cluster),
        _late_image(session, cluster, image, chosen) as late,
    ):
        trials = _Trials(replace(session, evidence=Path(folder)), cluster, image, late, wanted)
        conditions = _conditions(session, cluster, wanted)
        cases = [trials.case(one, engines, n + 1) for n in range(wanted.repeat) for one in chosen]
        with session.console.step(f"Judge {sum(len(one.jobs) for one in cases)} upgrades"):
            measured = run_in_lanes(session.door, cases)
        conditions = replace(conditions, load=(conditions.load[0], _load()))
    return Results(conditions, chosen, tuple(engines), tuple(measured))


def ensure_all_right(results: Results) -> None:
    """Raise CheckFailed where ours was wrong, left something that does not serve, or was not measured."""
    bad = [
        f"{one.fault}: {cell(results, one.fault, one.engine)}"
        for one in results.measured
        if one.engine == "ours" and (one.trouble or not (one.right and one.serves))
    ]
    if bad:
        raise CheckFailed(f"{len(bad)} of our verdicts are not as they should be", "\n".join(bad))


@dataclass(frozen=True)
class _Trials:
    session: Session
    cluster: Cluster
    image: Image
    late: str
    wanted: Wanted

    def case(self, fault: Scenario, engines: Sequence[str], number: int) -> Case[Measured]:
        jobs = [self._job(fault, ENGINES[name], number) for name in engines]
        beside = partial(self._appear, fault.late_image_s) if fault.late_image_s else None
        return Case(jobs, beside)

    def _job(self, fault: Scenario, engine: Engine, number: int) -> Job[Measured]:
        name = f"bench-{fault.name}-{engine.name}-{number}"
        late = self.late if fault.late_image_s else ""
        trial = Trial(self.session, self.cluster, fault, self.image, name, late, self.wanted.helm_timeout_s)

        def measured(trouble: str) -> Measured:
            if trouble:
                return Measured(fault.name, engine.name, number, trouble=trouble)
            one = measure(trial, engine, number)
            self.session.console.note(f"  {fault.name}, {engine.name}: {one.said()}")
            return one

        return Job(partial(prepare, trial, engine), measured)

    def _appear(self, after_s: float) -> None:
        time.sleep(after_s)
        began_s = time.monotonic()
        self.cluster.load_image(self.late)
        late_s = time.monotonic() - began_s
        if late_s > _LATE_S:
            self.session.console.warn(f"the late image came {late_s:.0f} s later than it should")


def _engines(wanted: Wanted) -> list[str]:
    unknown = set(wanted.engines) - set(ENGINES)
    if unknown:
        raise InvalidInput(f"no engine {', '.join(sorted(unknown))}", f"engines: {', '.join(ENGINES)}")
    return [name for name in ENGINES if not wanted.engines or name in wanted.engines]


def _own_cluster(session: Session) -> Cluster:
    provider = session.settings.cluster.provider
    cluster = clusters.connect(session) if provider == "context" else clusters.up(session)
    if cluster.owned:
        return cluster
    raise InvalidInput(
        f"context {cluster.context} belongs to a cluster that this kit did not make",
        "releases that crash on purpose are made on a cluster of our own only",
        "give it another name: --cluster NAME",
    )


def _image(session: Session, cluster: Cluster, name: str) -> Image:
    (service,) = select(session.settings, [name], with_dependencies=False)
    image = build_image(session, service)
    ensure_on_nodes(session, cluster, image)
    return image


@contextlib.contextmanager
def _cleaned(session: Session, cluster: Cluster) -> Iterator[None]:
    """Without namespaces of an earlier run, and without those of this one afterwards, Ctrl-C included."""
    _remove_namespaces(session, cluster, wait=True)
    whole = False
    try:
        yield
        whole = True
    finally:
        _remove_namespaces(session, cluster, wait=whole)


def _remove_namespaces(session: Session, cluster: Cluster, *, wait: bool) -> None:
    argv = cluster.kubectl("delete", "namespace", "--selector", BENCH_LABEL, f"--wait={str(wait).lower()}")
    session.door.mutate(argv, accept=None, timeout_s=_GONE_S)


@contextlib.contextmanager
def _late_image(
    session: Session, cluster: Cluster, image: Image, chosen: Collection[Scenario]
) -> Iterator[str]:
    """A second name of the image, not on the nodes yet; gone from everywhere afterwards."""
    if not any(one.late_image_s for one in chosen):
        yield ""
        return
    docker, name = tools.path(session, "docker"), f"{_LATE_REGISTRY}/{image.reference}"
    cluster.remove_image(name)
    session.door.mutate([docker, "tag", image.reference, name])
    try:
        yield name
    finally:
        cluster.remove_image(name)
        session.door.mutate([docker, "image", "rm", name], accept=None)


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def _conditions(session: Session, cluster: Cluster, wanted: Wanted) -> Conditions:
    versions = json.loads(session.door.read(cluster.kubectl("version", "--output", "json")).stdout)
    helm = session.door.read(cluster.helm("version", "--template", "{{.Version}}")).stdout.strip()
    return Conditions(
        when=datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes"),
        kubernetes=versions["serverVersion"]["gitVersion"],
        helm=helm,
        cpus=os.cpu_count() or 0,
        load=(_load(), 0.0),
        helm_timeout_s=wanted.helm_timeout_s,
        repeat=wanted.repeat,
        lanes=LANES,
    )
