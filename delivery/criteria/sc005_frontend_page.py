"""SC-005: the frontend's page can be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from delivery.criteria.app_client import AppClient
from delivery.criteria.browser_window import Window, new_window, open_browser
from delivery.criteria.criterion import Criterion, Measurement, Outcome, Picture, Proof
from delivery.criteria.subject import BACKEND, FRONTEND, Subject

_SAMPLES = 3


@dataclass
class _Seen:
    seconds: list[float] = field(default_factory=list)
    first_bytes: list[float] = field(default_factory=list)
    paints: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


def measure(subject: Subject) -> Outcome:
    """Three new windows on the first page, one on the page of somebody signed in; the slowest counts."""
    address, seen = subject.address(FRONTEND), _Seen()
    client, _ = subject.person()
    with open_browser(subject.session) as browser:
        for number in range(_SAMPLES):
            with new_window(browser, address) as window:
                _look(window, address, seen)
                if number == 0:
                    seen.pictures.append(
                        window.shoot(subject.folder, "sc-005-visitor", "What a visitor sees")
                    )
        with new_window(browser, address) as window:
            window.page.context.add_cookies(_cookies(client, address))
            _look(window, address, seen)
            seen.pictures.append(
                window.shoot(subject.folder, "sc-005-person", "What somebody signed in sees")
            )
    return _outcome(seen, address, subject.settings.budgets.ui_interactive_s)


def _look(window: Window, address: str, seen: _Seen) -> None:
    seen.seconds.append(window.open(address))
    timings = window.timings()
    seen.first_bytes.append(timings["first_byte"] or 0.0)
    seen.paints.append(timings["painted"] or 0.0)
    seen.broken += [*window.broken, *window.foreign]


def _outcome(seen: _Seen, address: str, limit_s: float) -> Outcome:
    return Outcome(
        (
            Measurement.worst_of("time to interactive", tuple(seen.seconds), limit_s),
            Measurement.worst_of("first byte", tuple(seen.first_bytes), None),
            Measurement.worst_of("first paint", tuple(seen.paints), None),
        ),
        (Proof("nothing on the page breaks or asks elsewhere", not seen.broken, "; ".join(seen.broken[:3])),),
        (f"opened {address}, {_SAMPLES} times as a visitor and once signed in",),
        tuple(seen.pictures),
        "Chromium without a cache; from the navigation until React runs the page and nothing is loading",
    )


def _cookies(client: AppClient, address: str) -> list[Any]:
    return [
        {"name": one.name, "value": one.value or "", "url": address, "httpOnly": True}
        for one in client.http.cookies
    ]


CRITERION = Criterion(
    "SC-005", "The page loads", "Frontend UI loads in <15s", measure, (FRONTEND, BACKEND),
    browser=True, expected_s=8,
)  # fmt: skip
