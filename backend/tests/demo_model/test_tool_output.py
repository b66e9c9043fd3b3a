"""Tools answer in many wrappings; all are read, and errors are told from results."""

import json
from typing import Any

import pytest

from demo_model.planning.conversation import NO_OUTPUT
from demo_model.planning.tool_output import Failure, Listed, Task, read_change, read_tasks

ROW = {"id": 3, "title": "Buy milk", "description": None, "completed": True}
OTHER = {"id": 4, "title": "Call mum", "completed": False}
MILK, MUM = Task(3, "Buy milk", True), Task(4, "Call mum")
BOTH = Listed((MILK, MUM), 2)
TEXT = json.dumps([ROW, OTHER])


def part(value: Any, type_: str = "input_text") -> dict[str, str]:
    return {"type": type_, "text": value if isinstance(value, str) else json.dumps(value)}


@pytest.mark.parametrize(
    ("output", "listed"),
    [
        (TEXT, BOTH),
        ([ROW, OTHER], BOTH),
        (json.dumps({"tasks": [ROW, OTHER], "total": 2}), BOTH),
        (json.dumps({"tasks": [ROW], "total": 70}), Listed((MILK,), 70)),
        (json.dumps({"result": [ROW, OTHER]}), BOTH),
        (json.dumps({"result": {"tasks": [ROW, OTHER]}}), BOTH),
        (json.dumps(part(TEXT, "text")), BOTH),
        ([part(ROW), part(OTHER)], BOTH),
        ([part([ROW, OTHER])], BOTH),
        (json.dumps([part(ROW, "text"), part(OTHER, "text")]), BOTH),
        ({"content": [part(TEXT, "text")], "structuredContent": None}, BOTH),
        ({"content": [], "structuredContent": {"result": [ROW, OTHER]}}, BOTH),
        (json.dumps(TEXT), BOTH),
        (json.dumps(ROW), Listed((MILK,), 1)),
        ([part(ROW)], Listed((MILK,), 1)),
        ("[]", Listed()),
        ([], Listed()),
        ({"content": []}, Listed()),
        (
            '[{"id": "5", "title": "x", "status": "completed"}, {"no": "task"}]',
            Listed((Task(5, "x", True),), 1),
        ),
    ],
)
def test_a_list_is_read_whatever_it_is_wrapped_in(output: Any, listed: Listed) -> None:
    assert read_tasks(output) == listed


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (NO_OUTPUT, "the tool gave no answer"),
        ("Error executing tool list_tasks: database is away", "database is away"),
        ("Error executing tool list_tasks", "the tool failed and didn't say why"),
        ("An error occurred while running the tool. Please try again. Error: no", "no"),
        ('{"error": "nope"}', "nope"),
        ('{"error": {"message": "nope", "code": 1}}', "nope"),
        ('{"detail": "There is no such task."}', "There is no such task."),
        ('{"success": false, "message": "nope"}', "nope"),
        ({"content": [part("nope", "text")], "isError": True}, "nope"),
        (
            [part("Tool 'list_tasks' timed out after 15 seconds.")],
            "Tool 'list_tasks' timed out after 15 seconds.",
        ),
        ("The list cannot be reached.", "The list cannot be reached."),
        ("null", "the tool's answer was no list of tasks"),
        ("7", "the tool's answer was no list of tasks"),
        ("[" * 100_000, "the tool's answer was too deep to read"),
    ],
)
def test_an_error_is_no_list(output: Any, words: str) -> None:
    assert read_tasks(output) == Failure(words)


@pytest.mark.parametrize(
    ("output", "result"),
    [
        (json.dumps(ROW), MILK),
        (json.dumps({"task": ROW}), MILK),
        (json.dumps({"success": True, "task": ROW}), MILK),
        ([part(ROW)], MILK),
        ("Task 3 deleted.", None),
        ('{"deleted": true}', None),
        ("null", None),
        ("[]", None),
        ("OK", None),
        ("", None),
        (
            "The task list cannot be reached just now. Nothing was changed.",
            Failure("The task list cannot be reached just now. Nothing was changed."),
        ),
        (
            "title: String should have at most 200 characters.",
            Failure("title: String should have at most 200 characters."),
        ),
        ("Task 3 was not deleted.", Failure("Task 3 was not deleted.")),
        ("There is no task 3.", Failure("There is no task 3.")),
        ('{"id": 3, "title": "An error message", "completed": true}', Task(3, "An error message", True)),
    ],
)
def test_a_change_is_read(output: Any, result: Task | Failure | None) -> None:
    assert read_change(output) == result
