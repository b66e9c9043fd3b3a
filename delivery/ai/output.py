"""An answer as text, JSON, JUnit or SARIF, and the exit code that `--fail-on` asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from delivery.ai.answer import Answer, Finding, Severity, to_json
from delivery.ai.truth import with_marks
from delivery.errors import CheckFailed, InvalidInput
from delivery.session import Session

_MARKS = {Severity.CRITICAL: "✗", Severity.WARNING: "!", Severity.INFO: "·"}
_LEVELS = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_TOOL = "todo-delivery"
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
NEVER = "never"


@dataclass(frozen=True)
class Output:
    """The form, and the severity from which on the exit code is 1."""

    form: str = "text"
    fail_on: str = NEVER

    def check(self) -> None:
        """Raise InvalidInput naming what is allowed, before anything is asked."""
        if self.form not in FORMS:
            raise InvalidInput(f"--output {self.form}", "", ", ".join(FORMS))
        if self.fail_on != NEVER and self.fail_on.upper() not in Severity.__members__:
            allowed = ", ".join(one.label for one in Severity)
            raise InvalidInput(f"--fail-on {self.fail_on}", "", f"{allowed}, or {NEVER}")

    @property
    def threshold(self) -> Severity | None:
        """The severity that fails; None: none does."""
        return None if self.fail_on == NEVER else Severity.named(self.fail_on)


def deliver(session: Session, answer: Answer, output: Output) -> None:
    """Print an answer. Raises CheckFailed where a finding is as grave as `fail_on`."""
    session.console.line(FORMS[output.form](answer, output.threshold))
    threshold = output.threshold
    if threshold is None or answer.worst is None or answer.worst < threshold:
        return
    count = sum(one.severity >= threshold for one in answer.findings)
    first = answer.findings[0]
    raise CheckFailed(
        f"{count} finding{'s' if count > 1 else ''} of severity {threshold.label} or above",
        f"the gravest: {first.code} {first.object}: {first.title}", first.fix,
    )  # fmt: skip


def as_text(answer: Answer, _: Severity | None = None) -> str:
    """The answer, then each finding in a few lines."""
    parts = [with_marks(answer.text, answer.marks)] if answer.text else []
    parts += [finding_text(one) for one in answer.findings]
    if answer.error:
        parts.append(f"{answer.backend}: {answer.error}")
    parts.append(f"answered by {answer.backend} in {answer.duration_s:.1f} s")
    return _plain("\n".join(parts))


def _plain(text: str) -> str:
    """Without control characters: logs and events are other people's words, and may steer a terminal."""
    return "".join(one if one.isprintable() or one in "\n\t" else " " for one in text)


def finding_text(one: Finding) -> str:
    """One finding for a person."""
    lines = [f"{_MARKS[one.severity]} {one.severity.label} {one.code} {one.object}", f"    {one.title}"]
    lines += [f"    why: {line}" for line in one.why.splitlines()[:1]]
    lines += [f"         {line}" for line in one.why.splitlines()[1:4]]
    known = {one.title.strip(), *(line.strip() for line in one.why.splitlines())}
    shown = [line for part in one.evidence for line in part.splitlines() if line.strip() not in known]
    lines += [f"    seen: {line}" for line in shown[:6]]
    lines += [f"    do: {one.fix}"] if one.fix else []
    return "\n".join(lines)


def as_json(answer: Answer, _: Severity | None = None) -> str:
    """The document of `schemas/answer.schema.json`."""
    return json.dumps(to_json(answer), indent=2, ensure_ascii=False)


def as_junit(answer: Answer, threshold: Severity | None = None) -> str:
    """A test case per finding; those from `threshold` on (default: warning) are failures."""
    limit = Severity.WARNING if threshold is None else threshold
    cases = [_case(one, limit) for one in answer.findings]
    cases = cases or [f'    <testcase classname="{_TOOL}" name="no findings" time="0"/>']
    failed = sum(one.severity >= limit for one in answer.findings)
    head = f'name={quoteattr(answer.question or _TOOL)} tests="{len(cases)}" failures="{failed}"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>",
            f'  <testsuite {head} errors="0" skipped="0" time="{answer.duration_s:.3f}">',
            *cases, "  </testsuite>", "</testsuites>",
        ]
    )  # fmt: skip


def _case(one: Finding, limit: Severity) -> str:
    name = f"classname={quoteattr(_xml(one.object))} name={quoteattr(_xml(f'{one.code}: {one.title}'))}"
    body = escape(_xml("\n".join([*one.evidence, f"why: {one.why}", f"do: {one.fix}"])))
    if one.severity < limit:
        return f'    <testcase {name} time="0"><system-out>{body}</system-out></testcase>'
    kind = f'type="{one.severity.label}" message={quoteattr(_xml(one.title))}'
    return f'    <testcase {name} time="0"><failure {kind}>{body}</failure></testcase>'


def _xml(text: str) -> str:
    """Without the characters that XML 1.0 can't hold."""
    return "".join(one for one in text if one in "\t\n\r" or " " <= one <= "\ud7ff" or one >= "\ue000")


def as_sarif(answer: Answer, _: Severity | None = None) -> str:
    """SARIF 2.1.0, with objects of the cluster as logical locations."""
    rules = {one.code: one for one in answer.findings}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": _TOOL,
                "rules": [
                    {
                        "id": code, "shortDescription": {"text": one.title},
                        "help": {"text": f"{one.why}\n{one.fix}\nsource: {one.source}"},
                        "defaultConfiguration": {"level": _LEVELS[one.severity]},
                    }
                    for code, one in rules.items()
                ],
            }
        },
        "results": [_result(one, list(rules)) for one in answer.findings],
    }  # fmt: skip
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _result(one: Finding, codes: list[str]) -> dict[str, Any]:
    kind = one.object.partition("/")[0]
    text = "\n".join([one.title, one.why, *one.evidence, f"do: {one.fix}"])
    return {
        "ruleId": one.code,
        "ruleIndex": codes.index(one.code),
        "level": _LEVELS[one.severity],
        "message": {"text": text},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": one.object, "kind": kind.lower()}]}],
        "partialFingerprints": {"object/v1": f"{one.code} {one.object}"},
    }


FORMS: Mapping[str, Callable[[Answer, Severity | None], str]] = {
    "text": as_text,
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
}
