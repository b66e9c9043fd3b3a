"""How bench.verdict tells its results: on the terminal, as JSON, in the README."""

from __future__ import annotations

from delivery.bench.bench_verdict import Wanted, bench_verdict, ensure_all_right
from delivery.bench.results import table, to_json
from delivery.bench.verdict_readme import read_figures, write_readme
from delivery.errors import InvalidInput
from delivery.paths import ROOT
from delivery.session import Session

_OUTPUTS = ("text", "json", "readme")


def run_bench_verdict(session: Session, wanted: Wanted, output: str) -> None:
    """Measure, or with `repeat` 0 read what was measured last, and tell it.

    Raises CheckFailed where ours was wrong.
    """
    if output not in _OUTPUTS:
        raise InvalidInput(f"--output {output}", "", f"one of {', '.join(_OUTPUTS)}")
    if session.dry_run and wanted.repeat:
        session.console.would_run("releases of bench/chart, each in a namespace of its own")
        return
    results = bench_verdict(session, wanted) if wanted.repeat else read_figures()
    for line in [to_json(results)] if output == "json" else table(results):
        session.console.line(line)
    if output == "readme":
        for path in write_readme(results):
            session.console.note(f"✓ {path.relative_to(ROOT)}")
    ensure_all_right(results)
