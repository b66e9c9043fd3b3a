"""kubectl-ai on a short lead: judged by recordings of the real one; nothing gets past the broker."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from delivery.ai.answer import Answer, State
from delivery.ai.backends.kubectl_ai import KubectlAi, Trace, judged, read_trace
from delivery.ai.backends.kubectl_broker import Broker, refusal
from delivery.ai.model_access import ModelAccess
from delivery.ai.redact import Redactor
from delivery.cluster import Cluster
from delivery.command import Result
from delivery.session import Session
from tests.unit.ai.backends.conftest import FAKES, KEY, Programs, question
from tests.unit.conftest import Printed

CAPTURES = FAKES.parent / "data" / "kubectl-ai"
ACCESS = ModelAccess("http://127.0.0.1:9/v1", "stub", KEY)


LOOKS = """\
get pods
get pods -A -o yaml
get deploy backend -n todo -ojson
describe pod x
logs x --previous
logs deploy/backend --tail=50 -c backend
events --types=Warning
top pod --containers
explain pod
rollout history deployment/backend --revision=2
rollout status deploy/x
api-resources
version
get pods -l app=x --sort-by=.metadata.name
get events --field-selector type=Warning"""
NO_LOOKS = """\

delete pod x
apply -f x.yaml
exec x -- env
cp x:/etc/passwd .
proxy
port-forward x 80
config view --raw
config use-context production
auth reconcile -f x
debug x
run x --image=y
rollout restart deploy/x
rollout
rollout undo deploy/x
scale deploy/x --replicas=0
edit cm x
diff -f x
get pods --kubeconfig=/root/.kube/config
get pods --kubeconfig /root/.kube/config
get pods --context prod
get pods -s https://evil
get pods --server=https://evil
get --raw /api
get pods --token=x
get pods --as=admin
get -f /etc/passwd
get --filename=/etc/passwd
get -k /etc
get pods -o jsonpath-file=/etc/passwd
get pods -o=go-template-file=/x
get pods --output custom-columns-file=/x
get pods -w
get pods --watch
logs -f x
logs x --follow
--kubeconfig=x get pods
get pods --cache-dir=/etc
get pods -v=9
get pods --insecure-skip-tls-verify
plugin list
drain n
create token x
get pods --template-file=/x
certificate approve x
kustomize /etc
get pods --profile=cpu"""


def backend(session: Session, cluster: Cluster) -> KubectlAi:
    return KubectlAi(session, cluster, ACCESS, Redactor(session.console.masker, ["planted-in-a-log"]))


def runs(process: int) -> bool:
    """Whether it lives; one that nobody has asked after is dead as well."""
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def ask(session: Session, cluster: Cluster, programs: Programs) -> Any:
    def asked(name: str, seconds: float = 20, **behaviour: Any) -> Answer:
        programs.behave(name, **behaviour)
        return backend(session, cluster).ask(question(seconds=seconds))

    return asked


def recorded(name: str, exit_code: int | None = None) -> Result:
    """A recording of the real program."""
    text = (CAPTURES / f"{name}.txt").read_text(encoding="utf-8").partition("\n")[2]
    out, _, rest = text.rpartition("--- stderr\n")
    err, _, end = rest.rpartition("--- exit ")
    return Result(("kubectl-ai",), int(end.split()[0]) if exit_code is None else exit_code, out, err, 0.1)


@pytest.mark.parametrize(
    ("name", "state", "text", "error"),
    [
        ("answer", State.COMPLETED, "The container exits with code 1 because cmd ends in exit 1.", ""),
        ("read-then-answer", State.COMPLETED, "It **crashes**.", ""),
        ("bad-kubeconfig", State.COMPLETED, "x", ""),
        ("write-refused", State.FAILED, "", "only a person may: kubectl delete pod x -n crash"),
        ("bash-tool", State.FAILED, "", "only a person may: ls"),
        ("unknown-tool", State.FAILED, "", 'tool "nosuch" not recognized'),
        ("endless", State.FAILED, "", "without an answer, after 20 tool calls"),
        ("empty", State.FAILED, "", "Empty response from LLM"),
        ("http-401", State.AUTH_REQUIRED, "", "401 Unauthorized"),
        ("http-429", State.FAILED, "", "429 Too Many Requests"),
        ("http-500", State.FAILED, "", "500 Internal Server Error"),
        ("no-server", State.FAILED, "", "connection refused"),
        ("no-key", State.AUTH_REQUIRED, "", "API key not found"),
    ],
)
@pytest.mark.parametrize("exit_code", [None, 0, 1], ids=["as recorded", "exit 0", "exit 1"])
def test_what_it_wrote_decides_whatever_its_exit_code(
    name: str, state: State, text: str, error: str, exit_code: int | None
) -> None:
    """The code races: the real one was seen to end with 0 after a refusal, and with 0 on no answer."""
    got = judged(recorded(name, exit_code), Trace())
    if exit_code == 1 and state is State.COMPLETED:
        assert got[:2] == (State.FAILED, text)
    else:
        assert got[:2] == (state, text)
        assert error in got[2]


@pytest.mark.parametrize(
    ("name", "code", "state"),
    [
        ("answer", 0, State.COMPLETED),
        ("write-refused", 0, State.FAILED),
        ("http-401", 1, State.AUTH_REQUIRED),
    ],
)
def test_the_program_itself_is_judged_so(ask: Any, name: str, code: int, state: State) -> None:
    assert ask(name, exit=code).state is state


@pytest.mark.parametrize(
    "words",
    ["Error: ImagePullBackOff is what the pod says.", "It printed: Empty response from LLM", "Usage: none"],
)
def test_words_of_an_answer_are_no_failure(words: str) -> None:
    result = Result(("kubectl-ai",), 0, f"\n  {words}   \n\n", "", 0.1)
    assert judged(result, Trace())[:2] == (State.COMPLETED, words)


def test_it_is_ended_with_all_that_it_started_when_its_time_is_over(ask: Any, programs: Programs) -> None:
    began = time.monotonic()
    answer = ask("slow-with-child", seconds=3)
    assert answer.state is State.FAILED
    assert "3 s" in answer.error
    assert time.monotonic() - began < 30
    child = int((programs.folder / "child").read_text())
    for process in (child, programs.seen["pid"]):
        assert not runs(process)


def test_it_sees_a_few_variables_and_a_home_of_its_own(
    ask: Any, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h/db")
    monkeypatch.setenv("KUBECONFIG", "/home/somebody/.kube/config")
    ask("answer")
    seen = programs.seen["env"]
    assert set(seen) <= {
        "PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "KUBECONFIG", "KUBECTL_AI_TERM_WIDTH", "PWD", "SHLVL",
        "OPENAI_API_KEY", "OPENAI_ENDPOINT", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "_",
        "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    }  # fmt: skip
    assert not Path(seen["KUBECONFIG"]).exists()
    for name in ("HOME", "TMPDIR"):
        assert seen[name] != os.environ.get(name)
        assert not Path(seen[name]).exists()


def test_the_trace_with_the_key_is_gone_and_the_key_is_not_in_argv(ask: Any, programs: Programs) -> None:
    answer = ask("answer")
    argv = programs.seen["argv"]
    trace = Path(argv[argv.index("--trace-path") + 1])
    assert not trace.parent.parent.exists()
    assert KEY not in " ".join(argv)
    assert "--skip-permissions=false" in argv
    assert "--quiet" in argv
    assert KEY not in json.dumps([answer.text, answer.error])


def test_the_question_goes_in_by_a_finished_pipe_to_the_byte(
    session: Session, cluster: Cluster, programs: Programs
) -> None:
    asked = backend(session, cluster)
    asked.ask(question("why? " + "ü" * 100))
    assert programs.seen["query"] == asked.would_send(question("why? " + "ü" * 100))


def test_reads_go_through_the_broker_with_the_viewers_kubeconfig_and_are_recorded(
    ask: Any, programs: Programs
) -> None:
    programs.write("answer.txt", "backend crashed: token=planted-in-a-log, mail bob@example.org\n")
    answer = ask("read-then-answer")
    assert answer.commands == ("kubectl get pods -n crash",)
    ran = programs.seen["ran"][0]
    assert "planted-in-a-log" not in ran["stdout"]
    assert "bob@example.org" not in ran["stdout"]
    assert "backend crashed" in ran["stdout"]
    assert answer.redactions >= 2
    call = next(one["argv"] for one in programs.kubectl_calls if "pods" in one["argv"])
    assert call[0] == "--kubeconfig"
    assert call[1].endswith("view.kubeconfig")
    assert call[2:] == ["get", "pods", "-n", "crash"]


def test_a_delete_in_the_clothes_of_a_dry_run_is_refused(ask: Any, programs: Programs) -> None:
    answer = ask("dry-run-none")
    assert programs.seen["ran"][0]["code"] == 1
    assert "not allowed" in programs.seen["ran"][0]["stderr"]
    assert answer.commands == ()
    assert not [one for one in programs.kubectl_calls if "delete" in one["argv"]]


def test_secrets_stay_with_the_api_server(ask: Any, programs: Programs) -> None:
    programs.write("secrets.json", json.dumps({"items": [{"data": {"a": "c2VjcmV0"}}]}))
    ask("get-secret")
    ran = programs.seen["ran"][0]
    assert "Forbidden" in ran["stderr"]
    assert ran["stdout"] == ""


def test_the_account_is_bound_to_view_and_nothing_else(ask: Any, programs: Programs) -> None:
    ask("answer")
    applied = json.loads(next(one["stdin"] for one in programs.kubectl_calls if "apply" in one["argv"]))
    account, binding = applied["items"]
    assert account["automountServiceAccountToken"] is False
    assert binding["kind"] == "RoleBinding"
    assert binding["roleRef"]["name"] == "view"
    assert binding["metadata"]["namespace"] == "todo"


@pytest.mark.parametrize("argv", LOOKS.splitlines())
def test_the_broker_lets_looks_through(argv: str) -> None:
    assert refusal(argv.split()) == ""


@pytest.mark.parametrize("argv", NO_LOOKS.splitlines())
def test_the_broker_refuses_what_changes_leads_elsewhere_reads_files_or_never_ends(argv: str) -> None:
    assert refusal(argv.split()) != ""


def test_answers_and_calls_of_one_session_are_bounded(session: Session, programs: Programs) -> None:
    programs.write("answer.txt", "x" * 200_000)
    broker = Broker(session.door, [str(programs.folder / "kubectl")], Redactor(session.console.masker))
    first = broker.answer(["get", "pods"])
    assert len(first["stdout"]) < 25_000
    assert "cut after" in first["stdout"]
    broker.commands *= 40
    assert broker.answer(["get", "pods"])["code"] == 1


def test_a_program_that_is_missing_is_told_with_the_command_that_gets_it(
    session: Session, cluster: Cluster, programs: Programs
) -> None:
    (programs.folder / "kubectl-ai").unlink()
    there = backend(session, cluster).available()
    assert not there.present
    assert "tools.install --names kubectl-ai" in there.reason
    answer = backend(session, cluster).ask(question())
    assert answer.state is State.FAILED
    assert "kubectl-ai" in answer.error


def test_another_tool_of_the_same_name_is_not_taken_for_it(
    session: Session, cluster: Cluster, programs: Programs
) -> None:
    programs.behave("another-tool")
    there = backend(session, cluster).available()
    assert not there.present
    assert f"{programs.folder / 'kubectl-ai'} is of no known version, which does not fit" in there.reason


def test_of_two_programs_of_one_name_the_right_one_is_taken(
    session: Session, cluster: Cluster, programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "first"
    first.mkdir()
    shutil.copy(FAKES / "kubectl-ai", first / "kubectl-ai")
    (first / "kubectl-ai").write_text("#!/bin/sh\necho kubectl-ai version v0.0.14\n")
    monkeypatch.setenv("PATH", f"{first}{os.pathsep}{os.environ['PATH']}")
    there = backend(session, cluster).available()
    assert there.present
    assert str(programs.folder / "kubectl-ai") in there.reason
    assert backend(session, cluster).ask(question()).state is State.COMPLETED


def test_no_output_holds_the_key_or_the_viewers_token(ask: Any, printed: Printed) -> None:
    ask("http-401")
    assert KEY not in str(printed)
    assert "view-token-of-the-test" not in str(printed)


def test_a_trace_tells_calls_and_statuses_as_far_as_it_was_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "trace.yaml"
    path.write_text(
        'action: tool-request\npayload:\n  name: bash\n  arguments:\n    command: "ls; id"\n---\n'
        "action: http.response\npayload:\n  status: 401 Unauthorized\n---\n"
        "action: http.error\npayload: {detail: refused}\n"
        '---\naction: "cut off he'
    )
    assert read_trace(path) == Trace(("401 Unauthorized",), ("refused",), ("bash ls; id",))
    assert read_trace(tmp_path / "none") == Trace()


def test_no_words_and_a_refused_key_in_the_trace_is_a_matter_of_the_key() -> None:
    result = Result(("kubectl-ai",), 0, "", "", 0.1)
    assert judged(result, Trace(statuses=("401 Unauthorized",)))[0] is State.AUTH_REQUIRED
    state, _, error = judged(result, Trace(faults=("dial tcp: connection refused",)))
    assert state is State.FAILED
    assert "connection refused" in error
