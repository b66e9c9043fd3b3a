"""The lines of a log that matter: repetition folded, causes kept before what is merely last. Pure."""

from __future__ import annotations

import re

# What differs from one repetition to the next: times, durations, ids, counts.
_VARIES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]+|\d+([.:,T-]\d+)*Z?", re.IGNORECASE)
_MATTERS = re.compile(
    r'"level": ?"(error|critical|fatal)"|"variable":'
    r"|(?<![\w.-])(\w*error|\w*exception|fatal|critical|panic|traceback|refused|denied"
    r"|failed|failure|invalid|no such|not found|not set|could not|can't|cannot)\b",
    re.IGNORECASE,
)


# A server's own word that a line is harmless.
_HARMLESS = re.compile(r'"level": ?"(info|debug)"|^(INFO|DEBUG)\b', re.IGNORECASE)


def matters(line: str) -> bool:
    """Whether a line names a cause, as far as its words tell."""
    return bool(_MATTERS.search(line)) and not _HARMLESS.search(line)


def folded(text: str) -> list[str]:
    """The lines without repetition: of several that differ in times and counts only, the last, with how many.

    A traceback that was printed three times is there once.
    """
    last: dict[str, tuple[int, str]] = {}
    times: dict[str, int] = {}
    for number, line in enumerate(text.splitlines()):
        if line.strip():
            key = _VARIES.sub("#", line)
            last[key] = (number, line)
            times[key] = times.get(key, 0) + 1
    rows = sorted((number, line, times[key]) for key, (number, line) in last.items())
    return [line if count == 1 else f"{line}  (×{count})" for _, line, count in rows]


def heart(text: str, count: int, before: str = "") -> str:
    """At most `count` lines: those that name a cause, filled up with the last ones, in their order.

    `before` is the log of the container's former life. It counts only where the present one names no cause: a
    container that ended with an error waits again as if nothing had been.
    """
    lines = folded(text)
    if not any(map(matters, lines)):
        lines = [*filter(matters, folded(before)), *lines]
    telling = [number for number, line in enumerate(lines) if matters(line)][-max(1, count // 2) :]
    rest = [number for number in range(len(lines)) if number not in telling]
    room = max(0, count - len(telling))
    chosen = sorted([*telling, *(rest[-room:] if room else [])])
    return "\n".join(lines[number] for number in chosen)
