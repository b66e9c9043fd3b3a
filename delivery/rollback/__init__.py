"""Going back: to which verified revision, what must be there for it, and the proof that it serves."""

from delivery.rollback.go_back import go_back_to_first
from delivery.rollback.preview import preview
from delivery.rollback.target import before, chosen, last_changed, of_record, run_of

__all__ = ["before", "chosen", "go_back_to_first", "last_changed", "of_record", "preview", "run_of"]
