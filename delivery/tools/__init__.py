"""Tools: a catalogue of pinned programs with their sources, the installer, and Docker Engine."""

from delivery.tools.engine import ensure_engine, free_disk_bytes
from delivery.tools.locate import available, path
from delivery.tools.request import install
from delivery.tools.status_table import as_json, rendered, status, table
from delivery.tools.tool_model import ToolStatus

__all__ = [
    "ToolStatus",
    "as_json",
    "available",
    "ensure_engine",
    "free_disk_bytes",
    "install",
    "path",
    "rendered",
    "status",
    "table",
]
