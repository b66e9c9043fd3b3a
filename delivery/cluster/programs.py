"""How the providers reach programs: ones that may not be installed, and ones they call by name."""

from __future__ import annotations

import os
from pathlib import Path
from weakref import WeakKeyDictionary

from delivery.command import Door
from delivery.session import Session
from delivery.tools.catalogue import tool_named
from delivery.tools.locate import find

_found: WeakKeyDictionary[Door, dict[str, str]] = WeakKeyDictionary()


def installed(session: Session, name: str) -> str:
    """Path of a tool that is there already, else an empty string: looking must not install."""
    known = _found.setdefault(session.door, {})
    if not known.get(name):
        found = find(session, tool_named(name))
        known[name] = str(found.path) if found else ""
    return known[name]


def search_path(*programs: str) -> dict[str, str]:
    """Environment in which a child finds these very programs by name (kind and minikube call docker so)."""
    folders = dict.fromkeys(str(Path(program).parent) for program in programs if program)
    return {"PATH": os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])}
