"""What .env.example says of a variable."""

from __future__ import annotations

from pathlib import Path

from delivery.paths import ROOT


def explanation(variable: str, example: Path = ROOT / ".env.example") -> str:
    """The comment above the variable in .env.example, as one line; empty where there is none."""
    words: list[str] = []
    for line in example.read_text(encoding="utf-8").splitlines() if example.is_file() else ():
        if line.startswith("#"):
            words.append(line.lstrip("# ").strip())
        elif line.startswith(f"{variable}="):
            return " ".join(words)
        else:
            words = []
    return ""
