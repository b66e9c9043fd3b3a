"""How patient a verdict is: per service, from `rollout` of deploy.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from delivery.rollout.table import BY_CODE, Row


class Quorum(Enum):
    """How many new pods must be beyond hope before the rollout is."""

    ONE = "one"
    ALL = "all"


@dataclass(frozen=True)
class Policy:
    """`restarts_forgiven` counts per container and rollout; `graces` replace those of the table, by code.

    Every pod must have been ready for `stability_s` without a restart. A grace given to a code that fails at
    once makes it wait, for instance SECRET_MISSING where an operator makes the Secret a moment later.
    """

    restarts_forgiven: int = 1
    quorum: Quorum = Quorum.ONE
    stability_s: float = 8.0
    graces: Mapping[str, float] = field(default_factory=dict)

    def grace_s(self, row: Row) -> float | None:
        """How long what this row takes may last; None where it never fails a rollout."""
        return None if row.grace_s is None else self.graces.get(row.code, row.grace_s)


DEFAULT_POLICY = Policy()

# Not to be set here: timeouts.rolloutS of deploy.yaml is about it.
_NO_GRACE = frozenset({"TIMED_OUT"})
_GRACED = sorted(code for code, row in BY_CODE.items() if row.grace_s is not None and code not in _NO_GRACE)

# The schema of `services.NAME.rollout`, for schemas/settings.schema.json.
POLICY_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "description": "How patient the verdict on a rollout of this service is.",
    "properties": {
        "restartsForgiven": {
            "type": "integer", "minimum": 0, "maximum": 20,
            "description": "Ends per container that a rollout survives; default 1.",
        },
        "quorum": {
            "enum": ["one", "all"],
            "description": "Whether one new pod beyond hope fails the rollout, or all of them; default one.",
        },
        "stabilityS": {
            "type": "number", "minimum": 0, "maximum": 600,
            "description": "How long all new pods must be ready without a restart; default 8.",
        },
        "graces": {
            "type": "object",
            "propertyNames": {"enum": _GRACED},
            "additionalProperties": {"type": "number", "minimum": 0, "maximum": 3600},
            "description": "Seconds that a finding may last, by its code.",
        },
    },
}  # fmt: skip


def policy_from(document: Mapping[str, Any]) -> Policy:
    """The policy of `services.NAME.rollout`, once the schema has checked it."""
    default = DEFAULT_POLICY
    return Policy(
        restarts_forgiven=int(document.get("restartsForgiven", default.restarts_forgiven)),
        quorum=Quorum(document.get("quorum", default.quorum.value)),
        stability_s=float(document.get("stabilityS", default.stability_s)),
        graces={code: float(grace_s) for code, grace_s in (document.get("graces") or {}).items()},
    )
