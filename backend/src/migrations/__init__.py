"""Alembic's environment and revisions. Revisions only add, so that a rollback of the code still works."""

# One number for all migrators of this database; any 64-bit number that nobody else uses will do.
LOCK_KEY = 0x746F646F_6D696772  # "todomigr"
