"""Which lines of a log a person is shown."""

from __future__ import annotations

from delivery.rollout.log_heart import folded, heart

WAITING = (
    '{"timestamp": "2026-11-24T12:00:%02d.123Z", "level": "info", "event": "waiting for the database",'
    ' "reason": "its name does not resolve", "host": "db.invalid:5432"}'
)
CAUSE = (
    '{"timestamp": "2026-11-24T12:00:31Z", "level": "error", "event": "no database", "variable":'
    ' "DATABASE_URL", "host": "db.invalid:5432"}'
)


def waits(count: int) -> str:
    return "\n".join(WAITING % second for second in range(count))


def test_repetition_is_folded_to_its_last_line_with_how_often() -> None:
    assert folded(waits(14)) == [WAITING % 13 + "  (×14)"]


def test_lines_that_take_turns_are_folded_too_and_keep_the_order_of_their_last() -> None:
    assert folded("try 1\nwait 5 s\ntry 2\nwait 7 s\nend") == ["try 2  (×2)", "wait 7 s  (×2)", "end"]


def test_a_cause_in_the_life_before_is_shown_where_this_life_only_waits() -> None:
    shown = heart(waits(9), 20, f"{waits(14)}\n{CAUSE}").splitlines()
    assert shown == [CAUSE, WAITING % 8 + "  (×9)"]


def test_a_cause_in_this_life_makes_the_life_before_superfluous() -> None:
    assert heart(f"start\n{CAUSE}", 20, "KeyError: old") == f"start\n{CAUSE}"


def test_a_cause_is_not_pushed_out_by_what_came_after_it() -> None:
    noise = "\n".join(f"request {chr(97 + n % 26)}{chr(97 + n // 26)} took long" for n in range(100))
    shown = heart(f"ERROR: no such table: tasks\n{noise}", 10).splitlines()
    assert len(shown) == 10
    assert shown[0] == "ERROR: no such table: tasks"
    assert shown[-1] == noise.splitlines()[-1]


def test_a_log_without_any_cause_ends_as_it_ends() -> None:
    text = "\n".join(f"line {chr(97 + n)}" for n in range(26))
    assert heart(text, 3) == "line x\nline y\nline z"
    assert heart("", 3) == ""
