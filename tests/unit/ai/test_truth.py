"""A model's claims are checked: what does not exist is marked, what exists is not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from delivery.ai.answer import Mark
from delivery.ai.real_commands import HELM, KUBECTL, NEEDS_MORE, READS, VERBS, CommandHelp
from delivery.ai.truth import Known, check, commands_in, with_marks
from delivery.command import Door
from delivery.tools.catalogue import CATALOGUE
from delivery.tools.installer import cached
from delivery.tools.locate import on_path

POD = "backend-7d9f8b6c5f-x2x9z"
NAMES = {
    "Pod": frozenset({POD}),
    "Deployment": frozenset({"backend", "frontend"}),
    "Service": frozenset({"backend"}),
    "ConfigMap": frozenset({"backend-config"}),
    "Secret": frozenset({"backend-secrets-0a1b2c3d4e"}),
    "Image": frozenset({"todo-backend:phase4-abc123"}),
    "Key": frozenset({"OPENAI_API_KEY", "database-url", "LOG_LEVEL"}),
    "Container": frozenset({"backend", "migrate"}),
    "Namespace": frozenset({"todo"}),
}


def flags(words: tuple[str, ...]) -> frozenset[str] | None:
    return frozenset({"previous", "namespace", "tail"}) if words[:2] == ("kubectl", "logs") else None


KNOWN = Known(NAMES, frozenset({"deploy.all", "deploy.backend"}), flags, frozenset({"CRASH_LOOP"}))


@pytest.mark.parametrize(
    "text",
    [
        f"Pod `{POD}` of deployment/backend crashes; container `migrate` lacks OPENAI_API_KEY.",
        f"kubectl logs {POD} --previous -n todo",
        "Look at `kubectl get pods -n kube-system coredns-0`, then `kubectl describe deployment backend`.",
        "./inv deploy.all --yes",
        "The image todo-backend:phase4-abc123 is there. So is DATABASE_URL, as CRASH_LOOP says.",
        "kubectl logs <pod-name>; kubectl get pod $POD; kubectl describe pod POD_NAME",
        "Use kubectl to look, helm is fine, and kubectl has no such thing.",
        "See https://kubernetes.io/docs/concepts/services and/or secret/backend-secrets-0a1b2c3d4e.",
        "helm get values backend, helm ls, kubectl rollout history deployment/backend",
        "The time is 12:30 and the port is localhost:3000.",
    ],
)
def test_what_exists_is_not_marked(text: str) -> None:
    assert check(text, KNOWN) == ()


@pytest.mark.parametrize(
    ("text", "marked", "reason"),
    [
        ("deployment/backnd is down", "backnd", "no Deployment"),
        ('Secret "backend-secrets" is missing', "backend-secrets", "no Secret"),
        ("the `redis` Service is away", "redis", "no Service"),
        ("pod backend-7d9f8b6c5f-aaaaa crashed", "backend-7d9f8b6c5f-aaaaa", "no Pod"),
        ("set REDIS_URL in it", "REDIS_URL", "this key"),
        ("todo-backend:phase4-zzz999 is bad", "todo-backend:phase4-zzz999", "this image"),
        ("`kubectl frobnicate pod x`", "kubectl frobnicate pod x", "no command 'frobnicate'"),
        (
            "`kubectl rollout restrt deployment/backend`",
            "kubectl rollout restrt deployment/backend",
            "restrt",
        ),
        ("`kubectl rollout`", "", ""),
        ("run kubectl config nonsense", "kubectl config nonsense", "no command 'nonsense'"),
        ("`helm diagnose backend`", "helm diagnose backend", "no command 'diagnose'"),
        ("kubectl logs nope --tail 5", "nope", "no Pod"),
        (f"kubectl logs {POD} --backwards", f"kubectl logs {POD} --backwards", "no flag --backwards"),
        (f"kubectl delete pod {POD}", f"kubectl delete pod {POD}", "would change"),
        ("helm uninstall backend", "helm uninstall backend", "would change"),
        ("It is bad. Run kubectl delete job y.", "kubectl delete job y", "would change"),
        ("./inv deploy.everything", "./inv deploy.everything", "no such task"),
        ("`kagent analyze cluster`", "kagent analyze cluster", "can't be checked"),
    ],
)
def test_what_does_not_exist_is_marked(text: str, marked: str, reason: str) -> None:
    marks = check(text, KNOWN)
    if marked:
        assert [mark.text for mark in marks] == [marked]
        assert reason in marks[0].reason


def test_names_that_could_not_be_listed_are_not_judged() -> None:
    assert check("statefulset/database and ingress/web", KNOWN) == ()


def test_each_claim_is_marked_once_in_the_order_of_the_text() -> None:
    text = "deployment/zz and deployment/aa, again deployment/zz"
    assert [mark.text for mark in check(text, KNOWN)] == ["zz", "aa"]


def test_marks_stand_in_the_text_and_are_explained_below_it() -> None:
    text = "deployment/backnd is down: `kubectl frob x`."
    shown = with_marks(text, check(text, KNOWN))
    assert "deployment/backnd [!1] is down" in shown
    assert "kubectl frob x [!2]" in shown
    assert "[!1] backnd: there is no Deployment of this name" in shown
    assert with_marks("plain", ()) == "plain"


def test_a_mark_whose_words_are_not_in_the_text_breaks_nothing() -> None:
    assert with_marks("abc", [Mark(r"\1(", "odd")]).startswith("abc")


def test_commands_are_found_in_code_in_lines_and_in_words() -> None:
    text = "Run `kubectl get pods`.\n$ helm ls\nkubectl get svc && kubectl get ep # why\n./inv deploy.all."
    assert commands_in(text) == ["kubectl get pods", "helm ls", "kubectl get svc", "./inv deploy.all"]


def test_verbs_that_need_more_and_reads_are_verbs() -> None:
    for program, verbs in VERBS.items():
        assert NEEDS_MORE[program] <= set(verbs)
        assert {one.split("/")[0] for one in READS[program]} <= set(verbs)


def _program(name: str) -> Path | None:
    found = cached(CATALOGUE[name])
    return found.path if found else next(iter(on_path(name)), None)


def _help(program: Path, *words: str) -> set[str]:
    text = subprocess.run(
        [program, *words, "--help"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    lines = [line for line in text.splitlines() if line.startswith("  ") and line[2:3].isalpha()]
    return {line.split()[0] for line in lines if len(line.split("  ")) > 2}


@pytest.mark.parametrize(("name", "verbs"), [("kubectl", KUBECTL), ("helm", HELM)])
def test_the_tables_are_what_the_programs_themselves_say(name: str, verbs: dict[str, frozenset[str]]) -> None:
    program = _program(name)
    if program is None:
        pytest.skip(f"{name} is not installed here")
    real = _help(program) - {"kubectl", "helm"}
    assert real - set(verbs) == set()
    assert set(verbs) - real <= {"help", "options", "alpha", "kustomize"}
    for verb, below in verbs.items():
        if below:
            assert below - _help(program, verb) == set(), verb


def test_flags_are_asked_of_the_program_itself(door: Door) -> None:
    program = _program("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed here")
    help_of = CommandHelp(door, {"kubectl": str(program)})
    known = help_of.flags(("kubectl", "logs"))
    assert known
    assert {"previous", "tail", "namespace"} <= known
    assert help_of.flags(("kubectl", "nonsense")) is None
    assert help_of.flags(("helm", "ls")) is None
