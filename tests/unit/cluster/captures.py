"""Captured calls of real programs."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "minikube"


def captured(name: str) -> tuple[str, str, int]:
    """A captured call of a real minikube: stdout, stderr, exit code."""
    text = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").partition("\n")[2]
    out, _, rest = text.partition("--- stderr\n")
    err, _, code = rest.rpartition("--- exit ")
    return out, err, int(code)
