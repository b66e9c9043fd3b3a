"""The twelve criteria, and the choice among them."""

from __future__ import annotations

from collections.abc import Collection

from delivery.criteria import (
    sc001_frontend_image,
    sc002_backend_image,
    sc003_frontend_start,
    sc004_backend_start,
    sc005_frontend_page,
    sc006_api_docs,
    sc007_journey,
    sc008_persistence,
    sc009_platforms,
    sc010_health_checks,
    sc011_logs,
    sc012_memory,
)
from delivery.criteria.criterion import Criterion
from delivery.errors import InvalidInput
from delivery.settings.schema import near_miss

CRITERIA: tuple[Criterion, ...] = tuple(
    module.CRITERION
    for module in (
        sc001_frontend_image, sc002_backend_image, sc003_frontend_start, sc004_backend_start,
        sc005_frontend_page, sc006_api_docs, sc007_journey, sc008_persistence, sc009_platforms,
        sc010_health_checks, sc011_logs, sc012_memory,
    )
)  # fmt: skip
IDS = tuple(one.id for one in CRITERIA)


def chosen(names: Collection[str], flag: str = "--only") -> tuple[Criterion, ...]:
    """The named criteria in their own order, all where none is named. Raises InvalidInput for unknown ones.

    `sc-7`, `7` and `SC-007` are the same.
    """
    wanted = {full_id(name): name for name in names}
    unknown = [name for known, name in wanted.items() if known not in IDS]
    if unknown:
        hints = [f"did you mean {hint}?" for name in unknown if (hint := near_miss(full_id(name), IDS))]
        raise InvalidInput(
            f"{flag}: there is no criterion {', '.join(unknown)}", " ".join(hints),
            f"there are {IDS[0]} to {IDS[-1]}",
        )  # fmt: skip
    return tuple(one for one in CRITERIA if not names or one.id in wanted)


def full_id(name: str) -> str:
    """`SC-007` for `7`, `sc7` or `SC-007`."""
    digits = name.upper().removeprefix("SC").removeprefix("-")
    return f"SC-{int(digits):03d}" if digits.isdigit() else name.upper()
