"""bench.availability: is every request answered while the app is deployed, fails and goes back?"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from delivery import cluster as clusters
from delivery.bench.steady_client import Asked, Client, Summary, summary
from delivery.cluster import Cluster
from delivery.console import duration
from delivery.errors import CheckFailed, DeliveryError, DeployFailedRolledBack, Interrupted, InvalidInput
from delivery.operations.deploy import deploy
from delivery.release.values import merged
from delivery.session import Session
from delivery.settings import Service

# Ends at once, or isn't there: either fails, in every image.
_FAULT = {"command": ["false"]}
_QUIET_S = 3.0
_SHOWN = 20


@dataclass(frozen=True)
class Phase:
    """What was done meanwhile, for how long, and how the requests to one service went."""

    round: int
    name: str
    service: str
    took_s: float
    requests: Summary


@dataclass(frozen=True)
class _Span:
    """What was done from when to when, by `time.monotonic`."""

    round: int
    name: str
    from_s: float
    until_s: float


def bench_availability(session: Session, rounds: int, rate: float, output: str = "text") -> None:
    """Deploy what there is, then measure over changes of it; ends with what deploy.yaml says.

    Raises CheckFailed where a request failed, InvalidInput where a service can't be asked at its node port.
    """
    if rounds < 1 or rate <= 0 or output not in ("text", "json"):
        raise InvalidInput("--rounds and --rate count from 1 up; --output is text or json")
    deploy(session)
    if session.dry_run:
        return
    asked = [one for one in session.settings.wanted_services() if one.health_path and one.node_port]
    if not asked:
        raise InvalidInput("no service has both nodePort and healthPath", "", "see deploy.yaml")
    client = Client(_addresses(clusters.connect(session), asked), rate)
    with client.asking(), _what_was_at_the_end(session):
        spans = [one for n in range(rounds) for one in _round(session, asked, n + 1)]
    # Not before: a request that hangs is known when its time is up.
    _tell(session, [_phase(client, span, one.name) for span in spans for one in asked], rate, output)


def _addresses(cluster: Cluster, services: Sequence[Service]) -> dict[str, str]:
    """The node ports, as users come in: a port-forward stays with one pod and ends with it."""
    found = {one.name: cluster.address(one.node_port) for one in services if one.node_port}
    hidden = [name for name, address in found.items() if not address]
    if hidden:
        raise InvalidInput(
            f"the node ports of {', '.join(hidden)} can't be reached from here", "",
            "measure from a machine that reaches the nodes",
        )  # fmt: skip
    return {one.name: f"{found[one.name]}{one.health_path}" for one in services}


@contextlib.contextmanager
def _what_was_at_the_end(session: Session) -> Iterator[None]:
    """Deploy what deploy.yaml says where the block ends in an error: a fault may be in the cluster."""
    try:
        yield
    except (KeyboardInterrupt, Interrupted):
        session.console.warn("a change of the benchmark may still be deployed: ./inv deploy.all")
        raise
    except BaseException:
        session.console.note("the benchmark ends early; deploying what deploy.yaml says")
        try:
            deploy(session)
        except DeliveryError as second:
            session.console.warn(f"a change of the benchmark may still be deployed: {second}")
        raise


def _round(session: Session, asked: Sequence[Service], number: int) -> Iterator[_Span]:
    changed = {one.name: {"podAnnotations": {"todo-delivery/round": str(number)}} for one in asked}
    # The last one fails, so that those that came up with it go back as well.
    broken = {name: {"podAnnotations": {"todo-delivery/round": "fault"}} for name in changed}
    broken[asked[-1].name] = merged(broken[asked[-1].name], _FAULT)
    works: Mapping[str, Callable[[], None]] = {
        "deploy": lambda: deploy(_with_values(session, changed)),
        "failed deploy, back": lambda: _fail(_with_values(session, broken)),
        "deploy of what was": lambda: deploy(session),
    }
    for name, work in works.items():
        began_s = time.monotonic()
        work()
        # Old pods that end after the verdict belong to it.
        time.sleep(_QUIET_S)
        yield _Span(number, name, began_s, time.monotonic())


def _phase(client: Client, span: _Span, service: str) -> Phase:
    own = [one for one in client.due(span.from_s, span.until_s) if one.service == service]
    requests = summary(_from(own, span.from_s))
    return Phase(span.round, span.name, service, span.until_s - span.from_s, requests)


def _from(asked: Sequence[Asked], began_s: float) -> list[Asked]:
    """The same, their times counted from the begin of the phase."""
    return [replace(one, at_s=one.at_s - began_s) for one in asked]


def _with_values(session: Session, values: Mapping[str, Mapping[str, Any]]) -> Session:
    services = {
        name: replace(one, values=merged(one.values, values.get(name, {})))
        for name, one in session.settings.services.items()
    }
    return replace(session, settings=replace(session.settings, services=services))


def _fail(session: Session) -> None:
    try:
        deploy(session)
    except DeployFailedRolledBack as expected:
        session.console.note(f"  as wanted: {expected.what}")
        return
    raise CheckFailed("a deploy that should have failed did not")


def _tell(session: Session, phases: Sequence[Phase], rate: float, output: str) -> None:
    if output == "json":
        session.console.line(json.dumps([asdict(one) for one in phases], indent=1))
    else:
        for line in table(phases, rate):
            session.console.line(line)
    failed = [(one, request) for one in phases for request in one.requests.failed]
    if failed:
        shown = [
            f"round {one.round}, {one.name}, {request.service}: {request.at_s:.2f} s after its begin, "
            f"for {request.took_s * 1000:.0f} ms: {request.fault}"
            for one, request in failed[:_SHOWN]
        ]
        more = [f"and {len(failed) - _SHOWN} more"] if len(failed) > _SHOWN else []
        count = sum(one.requests.count for one in phases)
        raise CheckFailed(f"{len(failed)} of {count} requests failed", "\n".join([*shown, *more]))


def table(phases: Sequence[Phase], rate: float) -> list[str]:
    """Lines for the terminal: a row per phase and service, and what they come to."""
    lines = [
        f"{'round':<6}{'meanwhile':<22}{'service':<12}{'requests':>9}{'failed':>8}{'p50':>9}{'p95':>9}{'max':>9}"
    ]
    for one in phases:
        own = one.requests
        times = "".join(f"{seconds * 1000:>6.0f} ms" for seconds in (own.p50_s, own.p95_s, own.max_s))
        lines.append(
            f"{one.round:<6}{one.name:<22}{one.service:<12}{own.count:>9}{len(own.failed):>8}{times}"
        )
    count, failed = sum(p.requests.count for p in phases), sum(len(p.requests.failed) for p in phases)
    took_s = sum(one.took_s for one in {(one.round, one.name): one for one in phases}.values())
    share = 100 * (count - failed) / count if count else 0.0
    lines.append(
        f"{count} requests in {duration(took_s)}, {rate:.0f} a second to each service, "
        f"{failed} failed: {share:.2f} % answered"
    )
    return lines
