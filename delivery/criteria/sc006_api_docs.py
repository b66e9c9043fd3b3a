"""SC-006: the backend's documentation is shown, also where there is no internet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from delivery.criteria.browser_window import new_window, open_browser
from delivery.criteria.criterion import Criterion, Measurement, Outcome, Picture, Proof
from delivery.criteria.subject import BACKEND, Subject

_SAMPLES = 3
_RENDERED = "() => document.querySelectorAll('.opblock').length > 0"
_COUNT = "() => document.querySelectorAll('.opblock').length"


def measure(subject: Subject) -> Outcome:
    """Three new windows on the documentation, in a browser that reaches nothing but this machine."""
    service = subject.service(BACKEND)
    address = subject.address(BACKEND) + service.page
    samples: list[float] = []
    broken: list[str] = []
    pictures: list[Picture] = []
    operations = 0
    with open_browser(subject.session) as browser:
        for number in range(_SAMPLES):
            with new_window(browser, address) as window:
                samples.append(window.open(address, _RENDERED))
                operations = int(window.page.evaluate(_COUNT))
                broken += [*window.broken, *window.foreign]
                if number == 0:
                    pictures.append(window.shoot(subject.folder, "sc-006", f"{service.page} of the backend"))
    made = outcome(address, samples, broken, operations, subject.settings.budgets.docs_rendered_s)
    return replace(made, pictures=tuple(pictures))


def outcome(
    address: str, samples: Sequence[float], broken: Sequence[str], operations: int, limit_s: float
) -> Outcome:
    """Pure: what is judged of it."""
    return Outcome(
        (Measurement.worst_of("documentation rendered", tuple(samples), limit_s),),
        (
            Proof("every file of the page comes from the app itself", not broken, "; ".join(broken[:3])),
            Proof("it lists the API's operations", operations > 0, f"{operations} operations"),
        ),
        (f"opened {address}",),
        (),
        "Chromium without a cache and without internet; from the navigation until the operations are listed",
    )


CRITERION = Criterion(
    "SC-006", "The API docs load", "Backend API docs load in <20s", measure, (BACKEND,),
    browser=True, expected_s=6,
)  # fmt: skip
