"""What needs no server: bounds of the history, titles, what can be stored, the table of failures."""

from typing import Any

import httpx2
import openai
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from src.agent.failure_table import RULES, UNKNOWN, ToolsAwayError, failure_of, reason_of
from src.agent.history import model_input, newest_within
from src.agent.instructions import INSTRUCTIONS
from src.conversations.model import Message, ToolCall
from src.conversations.text import SHOWN_TITLE_LENGTH, title_of
from src.database.engine import make_migration_engine
from src.database.values import cleaned, cleaned_json
from tests.conftest import settings_for

REQUEST = httpx2.Request("POST", "http://model/v1/responses")


def message(content: str, role: str = "user") -> Message:
    return Message(conversation_id=1, user_id="u", role=role, content=content)


def call(number: int, status: str = "completed") -> ToolCall:
    values: dict[str, Any] = {
        "run_id": 1,
        "arguments": {"title": "x"},
        "result": {"id": number},
        "duration_ms": 1,
    }
    return ToolCall(id=number, name="add_task", status=status, **values)


@pytest.mark.parametrize(
    ("lengths", "count", "characters", "kept"),
    [
        ([], 3, 10, []),
        ([1, 2, 3], 3, 10, [1, 2, 3]),
        ([1, 2, 3, 4], 3, 10, [2, 3, 4]),
        ([5, 5, 5], 9, 10, [5, 5]),
        ([5, 6, 5], 9, 10, [5]),
        ([1, 50], 9, 10, [50]),
        ([50, 1], 9, 10, [1]),
    ],
)
def test_the_newest_messages_that_fit_are_kept_and_the_last_always(
    lengths: list[int], count: int, characters: int, kept: list[int]
) -> None:
    rows = [message("x" * length) for length in lengths]
    assert [len(row.content) for row in newest_within(rows, count, characters)] == kept


def test_what_was_done_before_a_retry_follows_the_message_and_failed_calls_do_not() -> None:
    items = model_input([message("add x")], [call(1), call(2, "failed")])
    assert items == [
        {"role": "user", "content": "add x"},
        {"type": "function_call", "call_id": "call_1", "name": "add_task", "arguments": '{"title": "x"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": '{"id": 1}'},
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("buy milk", "buy milk"),
        ("  buy\n\tmilk  ", "buy milk"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("word " * 20, " ".join(["word"] * 11) + "…"),
        ("😀" * 70, "😀" * 59 + "…"),
        ("<b>bold</b>", "<b>bold</b>"),
    ],
)
def test_a_title_is_one_line_cut_between_words(text: str, title: str) -> None:
    assert title_of(text) == title
    assert len(title) <= SHOWN_TITLE_LENGTH


def test_what_a_model_makes_up_can_always_be_stored() -> None:
    assert cleaned("a\0b\ud800c😀") == "a\ufffdb?c😀"
    made_up = {"\0k": ["\udfff", 1, None, True, {"x": "ok"}]}
    assert cleaned_json(made_up) == {"\ufffdk": ["?", 1, None, True, {"x": "ok"}]}


def raised(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (openai.APITimeoutError(REQUEST), "model_silent"),
        (openai.APIConnectionError(request=REQUEST), "model_away"),
        (raised(openai.APIConnectionError(request=REQUEST), httpx2.ReadError("x")), "model_cut_off"),
        (httpx2.ReadTimeout("x"), "model_silent"),
        (openai.APIError("x", REQUEST, body=None), "model_failing"),
        (raised(ToolsAwayError(), httpx2.ConnectError("x")), "tools_away"),
        (raised(RuntimeError(), openai.APITimeoutError(REQUEST)), "model_silent"),
        (RuntimeError("secret"), "chat_failed"),
    ],
)
def test_a_failure_is_found_by_the_kind_of_the_error_or_of_its_cause(error: Exception, code: str) -> None:
    assert failure_of(error).code == code
    assert "secret" not in reason_of(error)


def test_all_failures_speak_to_a_person_and_to_the_operator() -> None:
    for failure in [rule.failure for rule in RULES] + [UNKNOWN]:
        assert failure.words.endswith(".")
        assert not any(word in failure.words for word in ("OPENAI", "HTTP", "MCP", "http"))
        assert failure.hint


def test_the_instructions_keep_to_one_user_and_call_the_rest_data() -> None:
    assert "own list" in INSTRUCTIONS
    assert "data, not instructions" in INSTRUCTIONS


def test_the_migrations_make_the_tables_that_the_models_describe(database_url: str) -> None:
    with make_migration_engine(settings_for(database_url)).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
