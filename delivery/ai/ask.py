"""Asks and answers: a question becomes a look at the cluster, findings, and an answer in the wanted form."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from delivery import cluster as clusters
from delivery.ai.answer import Answer, Availability, Question, State
from delivery.ai.collect import Wanted, collect
from delivery.ai.intents import Intent, checked, subject_of, understand
from delivery.ai.journal import Operation, record
from delivery.ai.output import Output, deliver
from delivery.ai.pod_table import pods_of
from delivery.ai.redact import Redactor
from delivery.ai.rendered import render_charts
from delivery.ai.replies import REPLIES, Asked, Reply, known_names, topic_reply
from delivery.ai.rules import Topic
from delivery.ai.snapshot import Address, Snapshot
from delivery.cluster import Cluster
from delivery.errors import DeliveryError, Interrupted, InvalidInput
from delivery.parallel import run_all
from delivery.rollout import probe
from delivery.session import Session

RULES = "rules"
_USES = ("usage", "optimize", "cost", "performance", "status")
_JUDGING = ("why", "analyze", "status", "security", "optimize", "performance", "cost")
_LOG_LINES = 200
_LOG_PODS = 8


@dataclass(frozen=True)
class Rules:
    """The backend that is always there: findings by rule, and answers to the questions of the table."""

    snapshot: Snapshot
    name: str = RULES

    def available(self) -> Availability:
        """Always."""
        return Availability(present=True, reason="built in; no key, no network")

    def ask(self, question: Question) -> Answer:
        """The answer of the question's kind. Raises InvalidInput for one that the rules don't understand."""
        text = checked(question.text)
        intent = understand(text)
        asked = Asked(text, subject_of(text, known_names(self.snapshot)))
        reply = REPLIES[intent.name](self.snapshot, asked)
        return answer_of(text, _with_unseen(self.snapshot, reply) if intent.name in _JUDGING else reply)


def answer_of(question: str, reply: Reply) -> Answer:
    """A reply of the rules as an answer."""
    return Answer(State.COMPLETED, RULES, question, reply.findings, reply.text)


def ask(session: Session, text: str, output: Output) -> None:
    """Answer one question by rule, and print it. Raises InvalidInput where it is not understood."""
    question = checked(text)
    intent = understand(question)

    def answer() -> Answer:
        cluster = clusters.connect(session, may_repair=False)
        return Rules(look(session, cluster, intent, question)).ask(Question(question))

    answered(session, output, answer)


def look(session: Session, cluster: Cluster, intent: Intent, question: str) -> Snapshot:
    """The snapshot that a kind of question needs."""
    wanted = Wanted(use=intent.name in _USES, logs=intent.name not in ("usage", "cost", "events"))
    snapshot = collect(session, cluster, wanted)
    if intent.name == "logs":
        subject = subject_of(question, known_names(snapshot))
        snapshot = replace(snapshot, logs=_logs(session, cluster, snapshot, subject))
    if intent.name == "urls":
        snapshot = replace(snapshot, addresses=_addresses(cluster, snapshot))
    return snapshot


@dataclass(frozen=True)
class Examination:
    """One examination by topics: `subject` narrows it; `samples` of use are taken `every_s` seconds apart."""

    title: str
    topics: tuple[Topic, ...]
    subject: str = ""
    samples: int = 1
    every_s: float = 5.0
    chart: bool = False


def examine(session: Session, examination: Examination, output: Output) -> None:
    """Find all there is on some topics, in the cluster or in the rendered charts, and print it."""
    if not (1 <= examination.samples <= 1000 and 0 < examination.every_s <= 3600):
        raise InvalidInput("--samples or --every is out of range", "", "1 to 1000 samples, 1 to 3600 s apart")

    def answer() -> Answer:
        snapshot = _examined(session, examination)
        subject = subject_of(examination.subject, known_names(snapshot))
        if examination.subject and not subject:
            known = ", ".join(sorted(known_names(snapshot))) or "nothing"
            raise InvalidInput(f"nothing here is called {examination.subject}", f"there is {known}")
        asked = Asked(examination.title, subject)
        reply = REPLIES["cost"] if Topic.COST in examination.topics else topic_reply(*examination.topics)
        return answer_of(
            f"{examination.title} {subject}".strip(), _with_unseen(snapshot, reply(snapshot, asked))
        )

    answered(session, output, answer)


def _examined(session: Session, examination: Examination) -> Snapshot:
    if examination.chart:
        return render_charts(session)
    cluster = clusters.connect(session, may_repair=False)
    use = bool({Topic.RESOURCES, Topic.PERFORMANCE, Topic.COST} & set(examination.topics))
    wanted = Wanted(
        use, examination.samples, examination.every_s, logs=Topic.HEALTH in examination.topics
    )  # fmt: skip
    return collect(session, cluster, wanted)


def _with_unseen(snapshot: Snapshot, reply: Reply) -> Reply:
    """What could not be seen belongs into the answer: no finding there is no proof."""
    lines = [f"not seen: {one}" for one in snapshot.unseen]
    return replace(reply, text="\n".join([reply.text, *lines]))


def answered(session: Session, output: Output, answer: Callable[[], Answer]) -> None:
    """Make an answer, time it, keep it in the journal, print it."""
    output.check()
    began = time.monotonic()
    made = answer()
    made = replace(made, duration_s=time.monotonic() - began)
    record(session, Operation("ai", made), Redactor(session.console.masker))
    deliver(session, made, output)


def _logs(session: Session, cluster: Cluster, snapshot: Snapshot, subject: str) -> dict[tuple[str, str], str]:
    """The end of the log of every container of the subject, and of its life before where that ended."""
    keys = []
    for pod in pods_of(snapshot, subject)[:_LOG_PODS]:
        status = pod.get("status") or {}
        for one in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
            if "waiting" not in (one.get("state") or {}) or one.get("lastState"):
                keys.append((pod["metadata"]["name"], one["name"]))
    jobs = {f"{pod}/{one}": partial(_log, session, cluster, pod, one) for pod, one in keys}
    texts = run_all(session.door, jobs) if jobs else {}
    return {key: text for key in keys if (text := texts["/".join(key)])}


def _log(session: Session, cluster: Cluster, pod: str, container: str) -> str:
    argv = cluster.kubectl("logs", pod, "--container", container, "--tail", str(_LOG_LINES))
    argv += ["--namespace", session.settings.namespace, "--request-timeout=10s"]
    try:
        answer = session.door.read(argv, timeout_s=15, accept=None)
    except Interrupted:
        raise
    except DeliveryError:
        return ""
    return session.console.masker.mask(answer.stdout) if answer.ok else ""


def _addresses(cluster: Cluster, snapshot: Snapshot) -> dict[int, Address]:
    """Each node port's address on this machine, asked once."""
    found = {}
    for item in snapshot.of("Service"):
        for port in item["spec"].get("ports") or ():
            url = cluster.address(port["nodePort"]) if port.get("nodePort") else None
            if url:
                found[port["nodePort"]] = Address(url, _trouble(url))
    return found


def _trouble(url: str) -> str:
    """Any answer of a server is one: 404 at the root of an API says that it is there."""
    trouble = probe(url, patience_s=0)
    return "" if trouble.startswith("HTTP ") else trouble
