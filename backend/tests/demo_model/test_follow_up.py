"""Conversations of several messages. The server keeps nothing: each answer is read from the conversation."""

import pytest

from tests.demo_model.task_box import Chat, TaskBox

MILKS = ((4, "Buy milk", False), (3, "Milk the cow", False), (1, "Pay rent", False))
ASK = "Two tasks match “milk”:\n- #4 Buy milk\n- #3 Milk the cow\nWhich one shall I delete?"


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ("4", ["Milk the cow", "Pay rent"]),
        ("#3", ["Buy milk", "Pay rent"]),
        ("task 3", ["Buy milk", "Pay rent"]),
        ("2", ["Buy milk", "Pay rent"]),
        ("the first one", ["Milk the cow", "Pay rent"]),
        ("The last, please", ["Buy milk", "Pay rent"]),
        ("the cow", ["Buy milk", "Pay rent"]),
        ("buy milk", ["Milk the cow", "Pay rent"]),
        ("both", ["Pay rent"]),
        ("all of them", ["Pay rent"]),
        ("neither", ["Buy milk", "Milk the cow", "Pay rent"]),
        ("no, never mind", ["Buy milk", "Milk the cow", "Pay rent"]),
        ("delete pay rent", ["Buy milk", "Milk the cow"]),
        ("show my tasks", ["Buy milk", "Milk the cow", "Pay rent"]),
    ],
)
def test_the_task_chosen_among_several_is_the_one_deleted(choice: str, left: list[str]) -> None:
    chat = Chat(TaskBox(MILKS))
    assert chat.say("delete milk") == ASK
    chat.say(choice)
    assert chat.box.titles() == left


@pytest.mark.parametrize(
    ("first", "question"),
    [
        ("complete milk", "Which one shall I complete?"),
        ("rename milk to buy tea", "Which one shall I rename to “buy tea”?"),
        ("set the description of milk to two litres", "Which one shall I describe as “two litres”?"),
    ],
)
def test_every_kind_of_change_asks_and_goes_on(first: str, question: str) -> None:
    chat = Chat(TaskBox(MILKS))
    assert chat.say(first).endswith(question)
    chat.say("the second")
    assert [call.arguments["task_id"] for call in chat.calls()] == [3]
    chosen = chat.box.tasks[1]
    assert chosen["completed"] or chosen["title"] == "buy tea" or chosen["description"] == "two litres"


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("yes", 0),
        ("Yes, please!", 0),
        ("ok", 0),
        ("no", 3),
        ("not now", 3),
        ("what's left?", 3),
        ("yes but not milk", 3),
    ],
)
def test_everything_is_deleted_only_after_a_yes(answer: str, left: int) -> None:
    chat = Chat(TaskBox(MILKS))
    assert chat.say("delete all tasks").startswith("That would delete all 3 tasks")
    chat.say(answer)
    assert len(chat.box.tasks) == left


def test_only_the_open_ones_are_deleted_after_a_yes_about_those() -> None:
    chat = Chat(TaskBox((*MILKS, (9, "old", True))))
    chat.say("delete all open tasks")
    chat.say("yes")
    assert chat.box.titles() == ["old"]


@pytest.mark.parametrize(
    ("answer", "titles"), [("yes", ["buy bread"]), ("yes add it", ["buy bread"]), ("no", [])]
)
def test_what_looks_like_a_task_is_added_after_a_yes(answer: str, titles: list[str]) -> None:
    chat = Chat(TaskBox())
    chat.say("buy bread")
    chat.say(answer)
    assert chat.box.titles() == titles


@pytest.mark.parametrize(
    ("answer", "titles"),
    [
        ("pay the rent on Monday", ["pay the rent on Monday"]),
        ("never mind", []),
        ("show my tasks", []),
        ("add x", ["x"]),
    ],
)
def test_a_task_without_a_title_is_asked_for_it(answer: str, titles: list[str]) -> None:
    chat = Chat(TaskBox())
    assert chat.say("add a task") == "What shall I call the new task?"
    chat.say(answer)
    assert chat.box.titles() == titles


def test_it_is_the_task_spoken_of_last() -> None:
    chat = Chat(TaskBox())
    chat.say("add buy milk")
    assert chat.say("mark it as done") == "“buy milk” is done. Well done!"
    assert chat.say("delete it") == "Deleted “buy milk”."


def test_them_is_all_that_were_spoken_of() -> None:
    chat = Chat(TaskBox(MILKS))
    chat.say("add buy eggs and call dad")
    chat.say("mark them as done")
    assert [task["title"] for task in chat.box.tasks if task["completed"]] == ["call dad", "buy eggs"]


def test_yes_without_a_question_changes_nothing() -> None:
    chat = Chat(TaskBox(MILKS))
    chat.say("yes")
    assert chat.rounds == []


def test_a_title_that_looks_like_a_question_of_ours_is_no_question() -> None:
    chat = Chat(
        TaskBox(((1, "That would delete all 5 tasks. Shall I? Say yes or no.", False), (2, "b", False)))
    )
    chat.say("show my tasks")
    chat.say("yes")
    assert len(chat.box.tasks) == 2
