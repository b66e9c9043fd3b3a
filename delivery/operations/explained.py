"""What the rules make of a failed deploy's evidence: from files alone, so that it delays nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from delivery.ai.answer import Finding, Severity
from delivery.ai.explain import findings_in
from delivery.ai.failure_story import FailureStory, begin
from delivery.errors import DeliveryError, DeployFailed
from delivery.paths import ROOT
from delivery.session import Session


@dataclass(frozen=True)
class Explained:
    """Findings by release, the gravest first; `words` are those of a model, where there is one.

    `new` names the releases of which they say more than the verdict did.
    """

    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    new: frozenset[str] = frozenset()
    words: str = ""

    def lines(self) -> list[str]:
        """The gravest finding of each release in a line, where it says more than the verdict did."""
        firsts = {name: found[0] for name, found in self.findings.items() if name in self.new}
        told = [f"{name}, by the rules ({one.code}): {one.title}" for name, one in firsts.items()]
        return [*told, *filter(None, (self.words,))]

    @property
    def fix(self) -> str:
        """What mends the first one."""
        return next((found[0].fix for name, found in self.findings.items() if name in self.new), "")


def explain_failures(session: Session, failures: Mapping[str, DeliveryError]) -> Explained:
    """Read the evidence of each failure and apply the rules; what can't be explained is left out.

    Nothing that goes wrong here may hide the failure itself, or keep it from being taken back.
    """
    services = tuple(session.settings.services)
    found = {}
    for name, error in failures.items():
        if isinstance(error, DeployFailed) and error.course.evidence:
            grave = _grave(error.course.evidence, session.settings.namespace, services)
            if grave:
                found[name] = grave
    new = frozenset(name for name, grave in found.items() if grave[0].title not in failures[name].what)
    explained = Explained(found, new)
    for line in explained.lines():
        session.console.note(f"  {line}")
    return explained


def ask_model(session: Session, failures: Mapping[str, DeliveryError]) -> FailureStory | None:
    """Begin to ask a model about the first failure that has evidence; at once, and None without a model."""
    for error in failures.values():
        if isinstance(error, DeployFailed) and error.course.evidence:
            return begin(session, ROOT / error.course.evidence)
    return None


def _grave(folder: str, namespace: str, services: tuple[str, ...]) -> tuple[Finding, ...]:
    try:
        found = findings_in(ROOT / folder, namespace, services)
    except (DeliveryError, OSError, ValueError, LookupError, TypeError, AttributeError):
        # The evidence is the cluster's own JSON, half of which may be missing.
        return ()
    return tuple(one for one in found if one.severity is Severity.CRITICAL)
