"""Every values file against its chart's schema: all faults at once, with path and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from delivery.checks.check_model import Check, check
from delivery.paths import ROOT
from delivery.release.values import chart_defaults, merged
from delivery.session import Session
from delivery.settings.schema import Fault, find_faults

AREA = "values"
Path_ = tuple[str, ...]


def values_checks(session: Session, root: Path = ROOT) -> Sequence[Check]:
    """values.yaml, values-*.yaml and ci/*-values.yaml of every chart, and what deploy.yaml gives it."""
    charts = dict.fromkeys(service.chart for service in session.settings.services.values())
    found = [file_check(chart, file, root) for chart in charts for file in values_files(chart)]
    for service in session.settings.services.values():
        if service.values:
            at = ("services", service.name, "values")
            found.append(_judged(service.chart, root / "deploy.yaml", service.values, root, at))
    return found


def values_files(chart: Path) -> list[Path]:
    """The values files of a chart, its own first."""
    return [*sorted(chart.glob("values*.yaml")), *sorted((chart / "ci").glob("*-values.yaml"))]


def file_check(chart: Path, file: Path, root: Path = ROOT) -> Check:
    """One file, laid over the chart's defaults as helm does."""
    import yaml

    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        return check(AREA, _name(file, root), "is YAML", False, " ".join(str(wrong).split()))
    if not isinstance(given, Mapping):
        return check(AREA, _name(file, root), "is a mapping of values", False)
    return _judged(chart, file, given, root, ())


def line_of(text: str, path: Path_) -> int:
    """Pure: the line of the deepest key of a path that a YAML text has; 1 where it has none of it."""
    import yaml

    node, line = yaml.compose(text, Loader=yaml.SafeLoader), 1
    for piece in path:
        step = _inner(node, piece)
        if step is None:
            break
        key, node = step
        line = key.start_mark.line + 1
    return line


def _inner(node: Any, piece: str) -> tuple[Any, Any] | None:
    import yaml

    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == piece), None)
    if isinstance(node, yaml.SequenceNode) and piece.isdigit() and int(piece) < len(node.value):
        return node.value[int(piece)], node.value[int(piece)]
    return None


def _judged(chart: Path, file: Path, given: Mapping[str, Any], root: Path, at: Path_) -> Check:
    schema = chart / "values.schema.json"
    words = f"holds values that chart {chart.name} takes"
    if not schema.is_file():
        return check(AREA, _name(file, root), words, False, f"{chart.name} has no values.schema.json")
    faults = find_faults(merged(chart_defaults(chart), given), schema)
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    seen = [_told(fault, _name(file, root), text, at) for fault in faults]
    return check(AREA, _name(file, root), words, not faults, "\n".join(seen))


def _told(fault: Fault, name: str, text: str, at: Path_) -> str:
    path = (*at, *fault.path)
    return f"{name}:{line_of(text, path)}: {Fault(path, fault.what)}"


def _name(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
