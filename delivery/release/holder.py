"""Which process holds a lock: a host name and a number may be those of two machines or containers."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")
# Of /proc/PID/stat after the name in brackets: when the process started, in ticks since boot (proc(5), 22).
_STARTED = 19


def process_identity(pid: int) -> str:
    """Boot, namespace of process numbers, number and start of a process; empty where none can be told."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = (_PROC / "self/ns/pid").readlink()
        started = (_PROC / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[_STARTED]
    except (OSError, IndexError):
        return ""
    return f"{boot} {namespace} {pid} {started}"


def runs_here(identity: str) -> bool:
    """Whether that process is another one of this machine and lives."""
    parts = identity.split()
    if len(parts) != 4 or not parts[2].isdigit() or int(parts[2]) == os.getpid():
        return False
    return process_identity(int(parts[2])) == identity


def has_ended(identity: str) -> bool:
    """Whether that process ran where we do and is no more; False where nobody can know."""
    own, parts = process_identity(os.getpid()).split(), identity.split()
    if len(own) != 4 or len(parts) != 4 or parts[:2] != own[:2] or not parts[2].isdigit():
        return False
    # A lock of our own process is one that it could not give back.
    return parts == own or process_identity(int(parts[2])).split() != parts
