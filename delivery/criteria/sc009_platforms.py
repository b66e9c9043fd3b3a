"""SC-009: what this run shows of the platforms, together with reports of runs on others."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from delivery.criteria.criterion import Criterion, NotMeasured, Outcome, Proof, Result
from delivery.criteria.platforms import Platform, file_proofs
from delivery.criteria.subject import Subject
from delivery.criteria.surveyed import here
from delivery.paths import ROOT

ID = "SC-009"


def measure(subject: Subject) -> Outcome:
    """This platform by the other criteria of this run, others by their reports."""
    this = here(subject)
    ran = [one for one in subject.results if one.id != ID]
    proofs = platform_proofs(this, ran, subject.merged, subject.settings.budgets.platforms)
    proofs += (_architecture(this), *file_proofs(*_repository(subject)))
    shown = tuple(
        f"{one['platform']['system']}: {one['verdict']}, run {one['runId']}" for one in subject.merged
    )
    return Outcome(
        (), proofs, (f"this run: {this.line()}", *shown), (), "the other criteria, on each platform"
    )


def platform_proofs(
    this: Platform, ran: Sequence[Result], merged: Sequence[Mapping[str, Any]], wanted: Sequence[str]
) -> tuple[Proof, ...]:
    """Pure: a statement per platform; those of which there is no report are told, not judged.

    Raises NotMeasured where neither this run nor a report shows anything.
    """
    by_system = {str(one["platform"]["system"]): one for one in merged}
    if not ran and not merged:
        raise NotMeasured("the other criteria show a platform, and none of them was measured in this run")
    proofs = []
    for system in dict.fromkeys((*wanted, this.system) if ran else (*wanted, *by_system)):
        if system == this.system and ran:
            bad = [f"{one.id} {one.state.value}" for one in ran if not one.accepted]
            proofs.append(
                Proof(f"{system}: every other criterion of this run passes", not bad, ", ".join(bad))
            )
        elif system in by_system:
            report = by_system[system]
            bad = [f"{one['id']} {one['state']}" for one in report["criteria"] if one["state"] == "failed"]
            proofs.append(
                Proof(f"{system}: its report passes", report["verdict"] == "passed", ", ".join(bad))
            )
        else:
            hint = "no report of it; run there, then --merge its report.json"
            proofs.append(Proof(f"{system}: shown", False, hint, told=True))
    return tuple(proofs)


def _architecture(this: Platform) -> Proof:
    same = this.architecture == this.engine_architecture
    seen = f"machine {this.architecture}, engine {this.engine_architecture}"
    return Proof("images are built for the machine's own architecture", same, seen)


def _repository(subject: Subject) -> tuple[dict[str, bytes], list[str]]:
    """Content of the repository's files, and which of them may be executed; none without git."""
    answer = subject.session.door.read(["git", "-C", str(ROOT), "ls-files", "-z", "--stage"], accept=None)
    rows = [row.partition("\t") for row in answer.stdout.split("\0") if "\t" in row] if answer.ok else []
    files = {name: (ROOT / name).read_bytes() for _, _, name in rows if (ROOT / name).is_file()}
    executable = [name for mode, _, name in rows if mode.startswith("100755")]
    return files, executable if os.name == "posix" else list(files)


CRITERION = Criterion(
    ID, "Platforms", "Cross-platform compatibility", measure, expected_s=1,
)  # fmt: skip
