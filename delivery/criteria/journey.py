"""The plan's journey: sign in, ask the chat for a task, see it in the list; SC-007 and SC-012 go by it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from delivery.criteria.app_client import AppClient, AppFault
from delivery.criteria.browser_window import Window, new_window, open_browser
from delivery.criteria.criterion import NotMeasured, Picture
from delivery.criteria.memory_usage import MemoryReading, MemorySampler
from delivery.criteria.subject import FRONTEND, Subject

MESSAGE, TITLE = "add task to buy milk", "buy milk"
_SAMPLES = 3


@dataclass(frozen=True)
class Journey:
    """How it went: seconds and steps of each time, memory meanwhile.

    `no_browser` and `no_memory` say why there was none; they are empty where there was.
    """

    seconds: tuple[float, ...]
    steps: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()
    no_browser: str = ""
    memory: tuple[MemoryReading, ...] = ()
    no_memory: str = ""


def journey(subject: Subject) -> Journey:
    """Make the journey three times, each in a new window; once for a run, whoever asks."""
    return subject.once("journey", lambda: _weighed(subject))


def _weighed(subject: Subject) -> Journey:
    client, _ = subject.person()
    sampler = MemorySampler(subject)
    try:
        with sampler:
            made = _made(subject, client)
            sampler.catch_up()
    except NotMeasured as refused:
        return replace(_made(subject, client), no_memory=f"{refused.what}: {refused.why}")
    finally:
        client.tidy()
    return replace(made, memory=tuple(sampler.readings))


def _made(subject: Subject, client: AppClient) -> Journey:
    try:
        return _in_the_browser(subject, client)
    except NotMeasured as missing:
        return replace(_over_http(subject), no_browser=f"{missing.what}: {missing.why}")


def _in_the_browser(subject: Subject, client: AppClient) -> Journey:
    address = subject.address(FRONTEND)
    seconds: list[float] = []
    steps: list[str] = []
    pictures: list[Picture] = []
    with open_browser(subject.session) as browser:
        for number in range(_SAMPLES):
            with new_window(browser, address) as window:
                client.tidy()
                taken = _one(subject, window)
                _ensure_stored(client)
                seconds.append(taken[-1][1])
                steps.append(", ".join(f"{name} {at_s:.2f} s" for name, at_s in taken))
                if number == 0:
                    pictures.append(window.shoot(subject.folder, "sc-007", "The task that the chat added"))
    return Journey(tuple(seconds), tuple(steps), tuple(pictures))


def _one(subject: Subject, window: Window) -> list[tuple[str, float]]:
    """One journey; gives when each step was done, in seconds from its begin."""
    _, account = subject.person()
    began = time.monotonic()
    done: list[tuple[str, float]] = []

    def mark(step: str) -> None:
        done.append((step, time.monotonic() - began))

    window.open(subject.address(FRONTEND))
    mark("page")
    window.sign_in(account)
    window.page.get_by_role("region", name="Chat", exact=True).wait_for()
    mark("signed in")
    window.say(MESSAGE)
    window.wait_for_task(TITLE)
    mark("task in the list")
    return done


def _over_http(subject: Subject) -> Journey:
    """The same requests without a browser."""
    _, account = subject.person()
    seconds = []
    for _ in range(_SAMPLES):
        client = AppClient(subject.address(FRONTEND))
        began = time.monotonic()
        if not client.sign_in(account):
            raise AppFault("the account that just signed in can't any more")
        client.call("POST", "/api/backend/chat", {"message": MESSAGE})
        _ensure_stored(client)
        seconds.append(time.monotonic() - began)
        client.tidy()
    return Journey(tuple(seconds), tuple(f"{one:.2f} s" for one in seconds))


def _ensure_stored(client: AppClient) -> None:
    titles = [task["title"] for task in client.tasks()]
    if TITLE not in titles:
        raise AppFault("the chat answered, but the task is not there", f"the list has {titles}")
