"""Parts of the app go away while somebody is using it: nothing is lost, nothing happens twice."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from tests.cluster.browser.accessibility import assert_accessible
from tests.cluster.browser.api import Api, Person
from tests.cluster.browser.conftest import OpenScreen
from tests.cluster.browser.screen import Screen, expect
from tests.cluster.browser.workloads import kill_pods, scale, starts, wait_ready
from tests.cluster.conftest import Deployment

pytestmark = pytest.mark.cluster
# Long ones: the demo model takes 15 ms for a word, and a pod has to end before the answer does.
TITLES = [f"pack box {number} with{' cups pans jars' * 8}" for number in range(1, 9)]
MESSAGE = "add these tasks: " + ", ".join(TITLES)
RECOVER_S = 90
# What the browser itself says of requests that broke, and of the answers 502, 503 and 504.
BROKEN = (r"net::ERR_\w+", r"^answer 50[234]:", r"status of 50[234]")


@pytest.fixture
def patient(cluster: Deployment, ada: Person, open_screen: OpenScreen) -> Screen:
    """Ada's window, with a conversation begun; broken requests are no faults here."""
    screen = open_screen(ada)
    screen.ask("hello")
    screen.watch.tolerate(*BROKEN)
    return screen


def test_a_backend_pod_killed_in_the_middle_of_a_message(
    cluster: Deployment, ada: Person, patient: Screen
) -> None:
    patient.say(MESSAGE)
    expect(patient.steps.filter(has_text=re.compile("Add(ing|ed) a task")).first).to_be_visible()
    kill_pods(cluster, "backend")
    expect(patient.retry).to_be_visible()
    patient.shoot("broken-off")
    retry_until_answered(cluster, patient)

    assert ada.api.titles() == sorted(TITLES)
    assert said(ada) == ["hello", MESSAGE]
    expect(patient.own_messages).to_have_count(2)
    expect(patient.answers).to_have_count(2)
    patient.ask("how many tasks do I have?")
    expect(patient.answers.last).to_contain_text("8 tasks")
    patient.page.reload()
    expect(patient.own_messages).to_have_count(3)
    expect(patient.steps.filter(has_text="Added a task")).to_have_count(len(TITLES))


def test_a_backend_pod_killed_in_the_middle_of_an_answer(
    cluster: Deployment, ada: Person, patient: Screen
) -> None:
    for title in TITLES:
        ada.api.add_task(title)
    patient.say("show my tasks")
    expect(patient.answers.last).to_contain_text("pack box")
    kill_pods(cluster, "backend")
    expect(patient.retry).to_be_visible()
    retry_until_answered(cluster, patient)
    expect(patient.answers).to_have_count(2)
    assert said(ada) == ["hello", "show my tasks"]
    assert len(said(ada, "assistant")) == 2
    assert len(ada.api.titles()) == len(TITLES)


def test_a_backend_pod_that_is_told_to_stop_ends_its_answer_first(
    cluster: Deployment, ada: Person, patient: Screen
) -> None:
    for title in TITLES:
        ada.api.add_task(title)
    patient.say("show my tasks")
    expect(patient.answers.last).to_contain_text("pack box")
    cluster.kubectl("delete", "pod", *cluster.pods("backend"), "--wait=false")
    patient.settled()
    expect(patient.answers.last.get_by_role("listitem")).to_have_count(len(TITLES))
    expect(patient.retry).to_have_count(0)
    wait_ready(cluster, "deployment/backend")
    patient.ask("how many tasks do I have?")
    assert said(ada) == ["hello", "show my tasks", "how many tasks do I have?"]


def test_the_model_away_is_told_in_words_and_the_message_is_kept_once(
    cluster: Deployment, ada: Person, patient: Screen
) -> None:
    scale(cluster, "demo-model", 0)
    try:
        patient.say("add buy milk")
        words = patient.chat.get_by_role("alert").get_by_text("The assistant cannot be reached just now.")
        expect(words).to_be_visible(timeout=30_000)
        expect(patient.retry).to_be_visible()
        assert_accessible(patient, "model-away")
        assert said(ada) == ["hello", "add buy milk"]
        answer = ada.api.send("POST", "/api/backend/chat", {"message": "add call mum"})
        assert answer.status_code == 503, answer.text
        patient.retry.click()
        expect(words).to_be_visible(timeout=30_000)
    finally:
        scale(cluster, "demo-model", 1)
    retry_until_answered(cluster, patient)
    expect(patient.task("buy milk")).to_be_visible()
    assert said(ada) == ["hello", "add buy milk"]
    assert ada.api.titles() == ["buy milk"]


def test_a_database_restart_is_survived_without_a_restart_of_the_apps_own_pods(
    cluster: Deployment, ada: Person, patient: Screen, new_person: Callable[..., Person]
) -> None:
    ada.api.add_task("buy milk")
    before = starts(cluster)
    cluster.kubectl("delete", "pod", "database-0", "--wait=false")
    seen = answers_until_well(ada.api)
    assert all(status in (200, 502, 503, 504) for status in seen), seen
    wait_ready(cluster, "statefulset/database", "deployment/backend", "deployment/frontend")

    patient.page.reload()
    expect(patient.own_messages).to_have_text(["You: hello"])
    patient.ask("add call mum")
    expect(patient.task("call mum")).to_be_visible()
    assert ada.api.titles() == ["buy milk", "call mum"]
    assert new_person("Grace Hopper").api.titles() == []
    assert starts(cluster) == before


def answers_until_well(api: Api) -> list[int]:
    """Statuses of the task list until it has answered well for some seconds after it has not."""
    seen: list[int] = []
    ends = time.monotonic() + RECOVER_S
    while time.monotonic() < ends:
        seen.append(api.send("GET", "/api/backend/tasks").status_code)
        if set(seen[-20:]) == {200} and (set(seen) != {200} or len(seen) > 100):
            return seen
        time.sleep(0.25)
    pytest.fail(f"not well again after {RECOVER_S} s: {seen[-20:]}")


def retry_until_answered(cluster: Deployment, screen: Screen) -> None:
    """Press Retry, as a person would who waits a little while the app says that it is still away."""
    wait_ready(cluster, "deployment/backend")
    ends = time.monotonic() + RECOVER_S
    while screen.retry.count():
        assert time.monotonic() < ends, screen.chat.get_by_role("alert").all_inner_texts()
        screen.retry.click()
        screen.settled()
        screen.page.wait_for_timeout(500)


def said(person: Person, role: str = "user") -> list[str]:
    """What one side has said in the conversation of the window."""
    begun = next(each for each in person.api.conversations() if each["title"] == "hello")
    return person.api.said(begun["id"], role)
