"""Backend `kagent`: an agent in the cluster, asked by A2A through a port-forward of our own.

Not through kagent's program: `invoke` exits with 0 whatever happens and forwards on the current context
(measured on 0.9.12). The verdict is the state of the A2A task, https://a2a-protocol.org, protocol 0.3.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from delivery.ai.answer import Answer, Availability, Question, State, Usage
from delivery.ai.prompt import instructed
from delivery.ai.redact import Redactor
from delivery.cluster import Cluster, port_forward
from delivery.errors import DeliveryError, Interrupted
from delivery.session import Session

NAMESPACE, AGENT = "kagent", "todo-reader"
SERVICE, PORT = "kagent-controller", 8083
_LOOK_S = 10.0
_ANSWER_BYTES = 4_000_000
# The tools of kagent's own server that only look; whatever else an agent has may change something.
READ_TOOLS = frozenset(
    {
        "k8s_get_resources", "k8s_get_pod_logs", "k8s_get_events", "k8s_get_resource_yaml",
        "k8s_describe_resource", "k8s_get_available_api_resources",
    }
)  # fmt: skip
_STATES = {
    "completed": State.COMPLETED,
    "input-required": State.INPUT_REQUIRED,
    "auth-required": State.AUTH_REQUIRED,
}


class NoAgent(DeliveryError):
    """kagent can't be asked; the message says why."""


@dataclass(frozen=True)
class Where:
    """Which agent of which kagent."""

    namespace: str = NAMESPACE
    agent: str = AGENT

    @classmethod
    def of(cls, session: Session) -> Where:
        """As deploy.yaml has it."""
        own = session.settings.ai.get("kagent") or {}
        return cls(own.get("namespace", NAMESPACE), own.get("agent", AGENT))


class Kagent:
    """Asks the agent once."""

    name = "kagent"

    def __init__(self, session: Session, cluster: Cluster, where: Where, redactor: Redactor) -> None:
        self._session, self._cluster, self._where, self._redactor = session, cluster, where, redactor

    def available(self) -> Availability:
        """Whether kagent's controller has a ready address; the agent itself is looked at when it is asked."""
        argv = self._cluster.kubectl(
            "get", "endpointslices", "--namespace", self._where.namespace, "-o", "json", "--selector",
            f"kubernetes.io/service-name={SERVICE}", "--request-timeout=5s",
        )  # fmt: skip
        try:
            items = json.loads(self._session.door.read(argv, timeout_s=_LOOK_S).stdout)["items"]
        except Interrupted:
            raise
        except (DeliveryError, ValueError, KeyError) as fault:
            return Availability(False, f"the cluster does not say: {fault}")
        ready = [one for item in items for one in item.get("endpoints") or () if _is_ready(one)]
        if not items:
            return Availability(False, f"not in namespace {self._where.namespace}: ./inv ai.kagent-install")
        if not ready:
            return Availability(False, f"its controller in namespace {self._where.namespace} is not ready")
        return Availability(True, f"agent {self._where.agent} in namespace {self._where.namespace}")

    def would_send(self, question: Question) -> str:
        """The very bytes of the request but for its id, which is new each time."""
        return rpc(instructed(question), "<id>")

    def ask(self, question: Question) -> Answer:
        """The agent's answer, or why there is none."""
        began = time.monotonic()
        ends = began + question.budget.seconds
        try:
            if self._session.dry_run:
                raise NoAgent("a dry run asks nobody")
            with port_forward(self._session, self._cluster, self._where.namespace, SERVICE, PORT) as address:
                answer = ask_agent(address, self._where, instructed(question), ends)
        except Interrupted:
            raise
        except DeliveryError as fault:
            why = ": ".join(filter(None, (fault.what, fault.why)))
            answer = Task(State.FAILED, error=why)
        return Answer(
            answer.state, self.name, question.text, question.context.findings,
            self._redactor.text(answer.text), answer.usage, answer.calls, question.context.redactions,
            time.monotonic() - began, error=self._redactor.text(answer.error),
        )  # fmt: skip


@dataclass(frozen=True)
class Task:
    """What an A2A task came to."""

    state: State
    text: str = ""
    error: str = ""
    usage: Usage | None = None
    calls: tuple[str, ...] = ()


def rpc(text: str, message_id: str) -> str:
    """Pure: the request `message/send`."""
    part = {"kind": "text", "text": text}
    message = {"kind": "message", "messageId": message_id, "role": "user", "parts": [part]}
    return json.dumps(
        {"jsonrpc": "2.0", "id": "1", "method": "message/send", "params": {"message": message}},
        ensure_ascii=False,
    )


def ask_agent(address: str, where: Where, text: str, ends: float) -> Task:
    """Look at the agent, then send it the message. Raises NoAgent where it can't or must not be asked."""
    generation = json.loads(_http(f"{address}/version", ends)).get("kagent_version", "")
    if str(generation).lstrip("v").startswith(("1.", "2.")):
        raise NoAgent(f"kagent {generation} speaks another protocol", "a version of 0.9 or 0.10 is needed")
    seen = _http(f"{address}/api/agents/{where.namespace}/{where.agent}", ends)
    wrong = forbidden_tools(json.loads(seen))
    if wrong:
        raise NoAgent(
            f"agent {where.agent} may change the cluster",
            f"{', '.join(wrong)}: more than looking; ./inv ai.kagent-install makes one that only looks",
        )
    body = rpc(text, str(uuid.uuid4()))
    answer = _http(f"{address}/api/a2a/{where.namespace}/{where.agent}/", ends, body)
    return read_rpc(answer)


def forbidden_tools(document: Mapping[str, Any]) -> list[str]:
    """Pure: the agent's tools that do not only look, unless kagent asks a person before each call.

    Tools of a server without a list of names are all of them: that is told as well.
    """
    data = document.get("data") or {}
    spec = ((data.get("agent") or {}).get("spec") or {}).get("declarative") or {}
    wrong = []
    for tool in data.get("tools") or spec.get("tools") or ():
        server = tool.get("mcpServer") or {}
        names = set(server.get("toolNames") or ()) - set(server.get("requireApproval") or ())
        if tool.get("type") == "Agent" or tool.get("agent"):
            wrong.append(f"agent {(tool.get('agent') or {}).get('name', '')}")
        elif not server.get("toolNames"):
            wrong.append(f"all of {server.get('name', 'a tool server')}")
        wrong += sorted(names - READ_TOOLS)
    return wrong


def read_rpc(text: str) -> Task:
    """Pure: what a JSON-RPC answer came to; no answer of A2A is a failure as well."""
    try:
        document = json.loads(text)
        if document.get("error"):
            return Task(State.FAILED, error=str(document["error"].get("message") or document["error"]))
        return read_task(document["result"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return Task(State.FAILED, error=f"the agent's answer is none of A2A: {text[:200]!r}")


def read_task(result: Mapping[str, Any]) -> Task:
    """Pure: the state of a task decides. An HTTP status or an exit code says nothing of it."""
    if result.get("kind") == "message":
        said = _texts(result.get("parts"))
        return Task(State.COMPLETED, said) if said else Task(State.FAILED, error="the agent answered nothing")
    status = result["status"]
    own = str(status["state"])
    message = status.get("message") or {}
    words = _texts(message.get("parts"))
    usage, calls = _usage(result.get("metadata") or {}), tuple(_calls(result))
    if own == "completed":
        text = "\n".join(filter(None, (_texts(one.get("parts")) for one in result.get("artifacts") or ())))
        text = text or words
        if not text:
            return Task(State.FAILED, error="the agent answered nothing", usage=usage, calls=calls)
        return Task(State.COMPLETED, text, usage=usage, calls=calls)
    state = _STATES.get(own, State.FAILED)
    if state is State.INPUT_REQUIRED:
        asked = "\n".join(_questions(message.get("parts"))) or words
        return Task(
            state, asked, "the agent asks back; ask again with the answer in the question", usage, calls
        )
    if state is State.AUTH_REQUIRED:
        return Task(state, "", words or "the agent needs credentials", usage, calls)
    return Task(State.FAILED, "", f"the task is {own}: {words or 'no reason given'}", usage, calls)


def _texts(parts: Any) -> str:
    return "".join(str(one.get("text", "")) for one in parts or () if one.get("kind") == "text").strip()


def _questions(parts: Any) -> Iterator[str]:
    """What the agent wants to know, or to be allowed, of a person."""
    for one in parts or ():
        arguments = (one.get("data") or {}).get("args") or {}
        call = arguments.get("originalFunctionCall") or {}
        questions = (call.get("args") or {}).get("questions") or ()
        for question in questions:
            choices = ", ".join(map(str, question.get("choices") or ()))
            yield (
                f"{question.get('question', '')} ({choices})"
                if choices
                else str(question.get("question", ""))
            )
        if not questions and call:
            yield f"May {call.get('name')} be called with {json.dumps(call.get('args'))}?"


def _calls(result: Mapping[str, Any]) -> Iterator[str]:
    """The tools that the agent called, with their arguments."""
    for message in result.get("history") or ():
        for part in message.get("parts") or ():
            data = part.get("data") or {}
            called = (part.get("metadata") or {}).get("kagent_type") == "function_call"
            if called and data.get("name") not in (None, "ask_user", "adk_request_confirmation"):
                yield f"{data['name']} {json.dumps(data.get('args') or {}, sort_keys=True)}"


def _usage(metadata: Mapping[str, Any]) -> Usage | None:
    own = metadata.get("kagent_usage_metadata")
    if not own:
        return None
    return Usage(int(own.get("promptTokenCount", 0)), int(own.get("candidatesTokenCount", 0)), 1)


def _is_ready(endpoint: Mapping[str, Any]) -> bool:
    return (endpoint.get("conditions") or {}).get("ready") is not False and bool(endpoint.get("addresses"))


def _http(url: str, ends: float, body: str | None = None) -> str:
    """One request that ends in time, however slowly its answer drips. Raises NoAgent."""
    import requests

    left_s = ends - time.monotonic()
    headers = {"Content-Type": "application/json", "X-User-ID": "admin@kagent.dev"}
    data = body.encode() if body is not None else None
    try:
        if left_s <= 0:
            raise requests.Timeout
        with requests.request(
            "POST" if data else "GET", url, data=data, headers=headers, stream=True, timeout=left_s,
            allow_redirects=False,
        ) as answer:  # fmt: skip
            text = _read(answer, ends)
    except requests.Timeout as late:
        raise NoAgent("no answer in time", "ai.timeoutS in deploy.yaml") from late
    except requests.RequestException as fault:
        raise NoAgent("kagent does not answer", str(fault)) from fault
    if answer.status_code in (401, 403):
        raise NoAgent(f"kagent refuses us (HTTP {answer.status_code})", text[:300])
    if answer.status_code != 200:
        raise NoAgent(f"kagent failed (HTTP {answer.status_code})", text[:300])
    return text


def _read(answer: Any, ends: float) -> str:
    data = b""
    for piece in answer.iter_content(chunk_size=None):
        data += piece
        if time.monotonic() > ends or len(data) > _ANSWER_BYTES:
            raise NoAgent(
                "the answer did not end in time" if len(data) <= _ANSWER_BYTES else "the answer is too long"
            )
    return data.decode("utf-8", "replace")
