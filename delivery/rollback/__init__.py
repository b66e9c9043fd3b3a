"""Going back: to which verified revision, what must be there for it, and the proof that it serves."""

from delivery.rollback.go_back import go_back
from delivery.rollback.restore import CannotRestore, missing_parts, restore
from delivery.rollback.target import before, chosen, of_record

__all__ = ["CannotRestore", "before", "chosen", "go_back", "missing_parts", "of_record", "restore"]
