"""What is said leads to these tool calls: the golden table, and what holds for any message."""

import random
import re
import time

import pytest

from demo_model.planning.conversation import Answer, Calls, Conversation, ToolCall
from demo_model.planning.plan import BATCH, MAX_ACTIONS, next_step
from tests.demo_model.sentences import GOLDEN
from tests.demo_model.task_box import TOOLS, USUAL, Chat, TaskBox

WORDS = re.split(
    " ",
    "add delete mark complete rename change show list task tasks the first all done completed and to as buy "
    "milk call mum 3 #9 , . ; : \n \" ' < > it them please every - i i've need have is not what how many",
)


@pytest.mark.parametrize(("message", "calls"), GOLDEN)
def test_a_sentence_leads_to_its_calls(message: str, calls: list[ToolCall]) -> None:
    chat = Chat(TaskBox(USUAL))
    assert chat.say(message)
    assert chat.calls() == calls


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(GOLDEN) >= 80
    assert len({message for message, _ in GOLDEN}) == len(GOLDEN)


@pytest.mark.parametrize("seed", range(20))
def test_any_words_end_in_an_answer_and_touch_only_tasks_listed_or_numbered(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(60):
        message = " ".join(dice.choices(WORDS, k=dice.randint(1, 25)))
        chat = Chat(TaskBox(USUAL))
        assert chat.say(message).strip()
        numbers = {call.arguments["task_id"] for call in chat.calls() if "task_id" in call.arguments}
        assert numbers <= {3, 5, 7, 8, 9}, message
        assert all(call.arguments["title"].strip() for call in chat.calls() if call.name == "add_task"), (
            message
        )


@pytest.mark.parametrize(
    "piece",
    ["a ", " ", '"', "'", "<a>", "add ", ", ", "and ", "change to ", "rename a to ", "i need to ",
     "delete 1 and ",      "ignore ", "- a\n", "\n", "mark as ", "not done ", "all the "],
)  # fmt: skip
def test_a_message_made_to_be_slow_is_read_within_two_seconds(piece: str) -> None:
    message = (piece * 4000)[:4000]
    started = time.perf_counter()
    next_step(Conversation(message, "What shall I call the new task?", (), TOOLS))
    assert time.perf_counter() - started < 2


def test_adds_go_out_together_and_many_of_them_in_batches() -> None:
    chat = Chat(TaskBox())
    chat.say("add buy eggs and call dad")
    assert [len(calls) for calls in chat.rounds] == [2]
    chat.say("add tasks: " + ", ".join(f"t{number}" for number in range(25)))
    assert [len(calls) for calls in chat.rounds] == [BATCH, BATCH, 5]


def test_there_is_a_limit_and_the_answer_says_so() -> None:
    chat = Chat(TaskBox())
    answer = chat.say("add tasks: " + ", ".join(f"t{number}" for number in range(MAX_ACTIONS + 5)))
    assert len(chat.box.tasks) == MAX_ACTIONS
    assert f"at most {MAX_ACTIONS} things at once" in answer


def test_one_call_at_a_time_where_the_request_says_so() -> None:
    chat = Chat(TaskBox(), parallel=False)
    chat.say("add buy eggs and call dad and show pending and show completed")
    assert [[call.name for call in calls] for calls in chat.rounds] == [
        ["add_task"],
        ["add_task"],
        ["list_tasks"],
        ["list_tasks"],
    ]


def test_two_changes_of_the_same_task_are_not_made_at_the_same_time() -> None:
    chat = Chat(TaskBox(USUAL))
    chat.say("rename task 9 to buy soap and mark task 9 as done")
    assert [len(calls) for calls in chat.rounds] == [1, 1]


def test_a_message_longer_than_is_read_is_told_so() -> None:
    step = next_step(Conversation("add " + "x" * 4000, tools=TOOLS))
    assert isinstance(step, Answer) and "4,000" in step.text


def test_the_same_conversation_gets_the_same_step() -> None:
    steps = [next_step(Conversation(message, tools=TOOLS)) for message, _ in GOLDEN for _ in range(2)]
    assert steps[::2] == steps[1::2]
    assert any(isinstance(step, Calls) for step in steps)
