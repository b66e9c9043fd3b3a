"""Where things lie: the project, its state folder, the user's cache and data."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APP = "todo-delivery"


def project_file(name: str) -> Path:
    """An existing or future file of the project, whatever the current folder is."""
    return ROOT / name


def cache_dir() -> Path:
    """Expensive results shared by all checkouts of this user, keyed by their inputs.

    `DELIVERY_CACHE` moves it, for instance onto a larger disk.
    """
    own = os.environ.get("DELIVERY_CACHE")
    if own:
        return Path(own).expanduser().resolve()
    import platformdirs

    return Path(platformdirs.user_cache_dir(APP))


def data_dir() -> Path:
    """Kubeconfigs and the record of the clusters that this user made."""
    own = os.environ.get("DELIVERY_DATA")
    if own:
        return Path(own).expanduser().resolve()
    import platformdirs

    return Path(platformdirs.user_data_dir(APP))
