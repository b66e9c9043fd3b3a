"""What one run has found out already, kept with its door: tools, and hosts that don't answer."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from delivery.command import Door
from delivery.session import Session
from delivery.tools.tool_model import Found


@dataclass
class Memo:
    """Answers of this run, filled by threads that hold the lock of what they ask for."""

    tools: dict[str, Found] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    engine_ready: bool = False
    engine_root: str | None = None
    _locks: dict[str, threading.RLock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def lock(self, name: str) -> threading.RLock:
        """The lock of one tool or host: two threads that want the same do the work once."""
        with self._guard:
            return self._locks.setdefault(name, threading.RLock())


_memos: WeakKeyDictionary[Door, Memo] = WeakKeyDictionary()
_guard = threading.Lock()


def memo(session: Session) -> Memo:
    """The memory of this run."""
    with _guard:
        return _memos.setdefault(session.door, Memo())
