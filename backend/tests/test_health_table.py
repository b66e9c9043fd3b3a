"""/api/ready asks for one table; it must be of the newest migration that made any."""

import re
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from src.health import NEWEST_TABLE

MADE = re.compile(r'op\.create_table\(\s*"(\w+)"')


def newest_tables() -> list[str]:
    """What the newest migration makes among those that make tables."""
    config = Config()
    config.set_main_option("script_location", "src:migrations")
    revisions = ScriptDirectory.from_config(config).walk_revisions()  # newest first
    return next(made for script in revisions if (made := MADE.findall(Path(script.path).read_text())))


def test_ready_asks_for_a_table_of_the_newest_migration_that_made_one() -> None:
    assert NEWEST_TABLE in newest_tables()
