"""Questions about what runs: answered by rules over real cluster facts; nothing is ever changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks._question import WordTask, question_from
from tasks._session import session_task

if TYPE_CHECKING:
    from delivery.session import Session

OUTPUT_HELP = "text, json, junit or sarif."
FAIL_ON_HELP = "Exit 1 from this severity on: info, warning or critical; never: 0 whatever is found."
SERVICE_HELP = "A service, workload or pod by its name; empty: all of the namespace."
SAMPLES_HELP = "How many looks at the use of CPU and memory."
EVERY_HELP = "Seconds between two looks."
CHART_HELP = "Scan the charts as they would be deployed; no cluster is asked."
ANSWER = {"output": OUTPUT_HELP, "fail_on": FAIL_ON_HELP}
USE = {**ANSWER, "service": SERVICE_HELP, "samples": SAMPLES_HELP, "every": EVERY_HELP}


@session_task(
    name="ask",
    default=True,
    klass=WordTask,
    help={
        "question": "The question; also behind --, or on stdin.",
        "backend": "auto, rules, openai, kubectl-ai or kagent; empty: ai.backend of deploy.yaml.",
        "show_prompt": "Print what would be sent, to the byte, and send nothing.",
        **ANSWER,
    },
)
def ai_ask(
    session: Session, question: str = "", backend: str = "", show_prompt: bool = False, output: str = "text",
    fail_on: str = "never",
) -> None:  # fmt: skip
    """Answer a question about what runs, by rules over the cluster.

    No model, no key, no network is needed. A question that the rules don't understand exits 2, with the
    list of those they do. Where there is a model or an agent (ai.backends), it explains what the rules
    found; what it names is checked against the cluster. Nothing is ever changed: asked for a change, it
    prints the command.

    Example: ./inv ai.ask "why is backend crashing"
    """
    from delivery.ai.asking import Options, ask
    from delivery.ai.output import Output
    from tasks import ns

    options = Options(backend, show_prompt, frozenset(ns.task_names))
    ask(session, question_from(question), options, Output(output, fail_on))


@session_task(name="analyze", help={"service": SERVICE_HELP, **ANSWER})
def ai_analyze(session: Session, service: str = "", output: str = "text", fail_on: str = "never") -> None:
    """Find what is wrong: workloads, Services, references, nodes, releases.

    Example: ./inv ai.analyze --output json --fail-on critical
    """
    from delivery.ai.ask import Examination, examine
    from delivery.ai.output import Output
    from delivery.ai.rules import Topic

    examine(session, Examination("analyze", (Topic.HEALTH,), service), Output(output, fail_on))


@session_task(name="optimize", help=USE)
def ai_optimize(
    session: Session, service: str = "", samples: int = 1, every: float = 5.0, output: str = "text",
    fail_on: str = "never",
) -> None:  # fmt: skip
    """Compare requests and limits with what is used.

    Prints the values to change as commands for you to run; nothing is applied. One sample says little of a
    busy app: take more with --samples, at a time of load.

    Example: ./inv ai.optimize --service backend --samples 12 --every 5
    """
    from delivery.ai.ask import Examination, examine
    from delivery.ai.output import Output
    from delivery.ai.rules import Topic

    examination = Examination("optimize", (Topic.RESOURCES,), service, samples, every)
    examine(session, examination, Output(output, fail_on))


@session_task(name="diagnose", help=USE)
def ai_diagnose(
    session: Session, service: str = "", samples: int = 1, every: float = 5.0, output: str = "text",
    fail_on: str = "never",
) -> None:  # fmt: skip
    """Find what makes the app slow: throttling, limits, probes, pulls.

    Example: ./inv ai.diagnose --service backend
    """
    from delivery.ai.ask import Examination, examine
    from delivery.ai.output import Output
    from delivery.ai.rules import Topic

    topics = (Topic.PERFORMANCE,)
    examine(session, Examination("diagnose", topics, service, samples, every), Output(output, fail_on))


@session_task(
    name="security-scan",
    help={
        "service": SERVICE_HELP,
        "chart": "Scan the charts as rendered, before a deploy; no cluster.",
        **ANSWER,
    },
)
def ai_security_scan(
    session: Session, service: str = "", chart: bool = False, output: str = "text", fail_on: str = "never"
) -> None:
    """Find rights that pods need not have, and secrets in plain sight.

    Example: ./inv ai.security-scan --chart --fail-on warning --output sarif
    """
    from delivery.ai.ask import Examination, examine
    from delivery.ai.output import Output
    from delivery.ai.rules import Topic

    examination = Examination("security scan", (Topic.SECURITY,), service, chart=chart)
    examine(session, examination, Output(output, fail_on))


@session_task(name="cost", help=USE)
def ai_cost(
    session: Session, service: str = "", samples: int = 1, every: float = 5.0, output: str = "text",
    fail_on: str = "never",
) -> None:  # fmt: skip
    """Count what each release asks for, at the prices of deploy.yaml.

    On a cluster of your own the sum is notional: it compares releases, nobody sends a bill.

    Example: ./inv ai.cost --set ai.prices.cpuHour=0.04
    """
    from delivery.ai.ask import Examination, examine
    from delivery.ai.output import Output
    from delivery.ai.rules import Topic

    examine(session, Examination("cost", (Topic.COST,), service, samples, every), Output(output, fail_on))


@session_task(
    name="explain",
    klass=WordTask,
    help={"folder": "A folder of .delivery/evidence; empty: the newest.", **ANSWER},
)
def ai_explain(session: Session, folder: str = "", output: str = "text", fail_on: str = "never") -> None:
    """Explain the kept evidence of a failed deploy; no cluster is asked.

    Example: ./inv ai.explain .delivery/evidence/20260101T100000Z-backend
    """
    from delivery.ai.explain import explain
    from delivery.ai.output import Output

    explain(session, folder, Output(output, fail_on))


@session_task(name="pods", help={"service": SERVICE_HELP, **ANSWER})
def ai_pods(session: Session, service: str = "", output: str = "text", fail_on: str = "never") -> None:
    """Show pods with readiness, restarts, use, and what is wrong with them.

    Example: ./inv ai.pods --service backend
    """
    from delivery.ai.ask import ask
    from delivery.ai.output import Output

    ask(session, f"pod status of {service}" if service else "pod status", Output(output, fail_on))


@session_task(
    name="logs", help={"service": SERVICE_HELP, "errors": "Lines that speak of errors alone.", **ANSWER}
)
def ai_logs(
    session: Session, service: str = "", errors: bool = False, output: str = "text", fail_on: str = "never"
) -> None:
    """Show the last log lines of each container, and what they give away.

    Example: ./inv ai.logs --service backend --errors
    """
    from delivery.ai.ask import ask
    from delivery.ai.output import Output

    words = "show error logs" if errors else "show logs"
    ask(session, f"{words} of {service}" if service else words, Output(output, fail_on))


@session_task(name="backends", help={"output": "table or json."})
def ai_backends(session: Session, output: str = "table") -> None:
    """Show who can answer: the rules, a model, an agent; and why not.

    Example: ./inv ai.backends
    """
    from delivery.ai.backends.backend_choice import print_backends

    print_backends(session, output)


@session_task(
    name="journal",
    help={"show": "An operation by its id, its beginning, or `last`.", "output": "table or json."},
)
def ai_journal(session: Session, show: str = "", output: str = "table") -> None:
    """List what was asked and answered, or show one operation whole.

    What was sent, what came back, what of it does not hold; secrets are masked. Kept in .delivery/ai.

    Example: ./inv ai.journal --show last
    """
    from delivery.ai.journal import print_journal

    print_journal(session, show, output)


@session_task(name="kagent-install")
def ai_kagent_install(session: Session) -> None:
    """Install kagent with one agent that only looks at the app.

    Needs a key in .env, which goes into a Secret, and an image registry that answers.

    Example: ./inv ai.kagent-install --dry-run
    """
    from delivery.ai.backends.kagent_release import install

    install(session)


@session_task(name="kagent-uninstall")
def ai_kagent_uninstall(session: Session) -> None:
    """Remove kagent, its agent and its Secret.

    Example: ./inv ai.kagent-uninstall
    """
    from delivery.ai.backends.kagent_release import uninstall

    uninstall(session)
