"""The real openai client against the real server: both APIs, whole and streamed."""

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from openai import AuthenticationError, BadRequestError, NotFoundError, OpenAI

from tests.demo_model.conftest import Server, demo_model
from tests.demo_model.task_box import TOOLS

MODEL = "demo-model"
RESPONSE_TOOLS: Any = [{"type": "function", "name": name, "parameters": {"type": "object"}} for name in TOOLS]
CHAT_TOOLS: Any = [{"type": "function", "function": {"name": name}} for name in TOOLS]
ANSWER = "Added 2 tasks: “buy milk” and “call mum”."


@pytest.fixture(scope="module")
def openai(server: Server) -> Iterator[OpenAI]:
    with OpenAI(base_url=server.api, api_key="demo", max_retries=0) as client:
        yield client


def test_a_response_calls_tools_and_then_answers(openai: OpenAI) -> None:
    items: Any = [{"role": "user", "content": "add buy milk and call mum"}]
    first = openai.responses.create(model=MODEL, input=items, tools=RESPONSE_TOOLS, instructions="Be kind.")
    calls = [item for item in first.output if item.type == "function_call"]
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [
        ("add_task", {"title": "buy milk"}),
        ("add_task", {"title": "call mum"}),
    ]
    assert len({call.call_id for call in calls}) == 2
    items += [call.model_dump(exclude_none=True) for call in calls]
    for number, call in enumerate(calls):
        task = {"id": number, **json.loads(call.arguments), "completed": False}
        items.append({"type": "function_call_output", "call_id": call.call_id, "output": json.dumps(task)})
    last = openai.responses.create(model=MODEL, input=items, tools=RESPONSE_TOOLS)
    assert (last.output_text, last.status) == (ANSWER, "completed")
    assert first.usage and last.usage
    assert 0 < first.usage.input_tokens < last.usage.input_tokens
    assert last.usage.total_tokens == last.usage.input_tokens + last.usage.output_tokens


def test_a_streamed_answer_has_the_events_of_the_api_in_order(openai: OpenAI) -> None:
    events = list(openai.responses.create(model=MODEL, input="thanks", stream=True))
    assert [event.type for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert deltas == ["You're", " welcome!"]


def test_the_clients_own_accumulator_takes_the_stream(openai: OpenAI) -> None:
    say = "add buy tea and call mum"
    with openai.responses.stream(model=MODEL, input=say, tools=RESPONSE_TOOLS) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds.count("response.function_call_arguments.done") == 2
    titles = [json.loads(item.arguments)["title"] for item in final.output if item.type == "function_call"]
    assert titles == ["buy tea", "call mum"]
    assert final.usage and final.usage.output_tokens > 0


def test_a_chat_completion_calls_tools_and_then_answers(openai: OpenAI) -> None:
    messages: Any = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "add buy milk and call mum"},
    ]
    first = openai.chat.completions.create(model=MODEL, messages=messages, tools=CHAT_TOOLS)
    (choice,) = first.choices
    calls: Any = choice.message.tool_calls
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    messages.append(choice.message.model_dump(exclude_none=True))
    for number, call in enumerate(calls):
        task = {"id": number, **json.loads(call.function.arguments), "completed": False}
        messages.append({"role": "tool", "tool_call_id": call.id, "content": json.dumps(task)})
    last = openai.chat.completions.create(model=MODEL, messages=messages, tools=CHAT_TOOLS)
    assert (last.choices[0].message.content, last.choices[0].finish_reason) == (ANSWER, "stop")
    assert last.usage and last.usage.prompt_tokens > 0 and last.usage.completion_tokens > 0


def test_chat_chunks_carry_role_words_reason_and_usage(openai: OpenAI) -> None:
    hello: Any = [{"role": "user", "content": [{"type": "text", "text": "thanks"}]}]
    stream = openai.chat.completions.create(
        model=MODEL, messages=hello, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert [delta.content for delta in deltas[1:-1]] == ["You're", " welcome!"]
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-2:] == [None, "stop"]
    assert [chunk.usage is not None for chunk in chunks] == [False] * 4 + [True]


def test_the_clients_own_accumulator_takes_chat_chunks(openai: OpenAI) -> None:
    say: Any = [{"role": "user", "content": "add buy tea and call mum"}]
    with openai.chat.completions.stream(model=MODEL, messages=say, tools=CHAT_TOOLS) as stream:
        final = stream.get_final_completion()
    calls: Any = final.choices[0].message.tool_calls
    assert [json.loads(call.function.arguments)["title"] for call in calls] == ["buy tea", "call mum"]
    assert final.choices[0].finish_reason == "tool_calls"


def test_a_chat_without_the_option_has_no_usage_chunk(openai: OpenAI) -> None:
    stream = openai.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "thanks"}], stream=True
    )
    assert all(chunk.choices and chunk.usage is None for chunk in stream)


def test_tool_choice_none_and_one_call_at_a_time_are_honoured(openai: OpenAI) -> None:
    say = "add buy milk and call mum"
    none = openai.responses.create(model=MODEL, input=say, tools=RESPONSE_TOOLS, tool_choice="none")
    one = openai.responses.create(model=MODEL, input=say, tools=RESPONSE_TOOLS, parallel_tool_calls=False)
    assert "can't add tasks here" in none.output_text
    assert [item.type for item in one.output] == ["function_call"]


def test_a_question_is_answered_with_the_conversation_alone(openai: OpenAI) -> None:
    asked = "Two tasks match “milk”:\n- #4 Buy milk\n- #3 Milk the cow\nWhich one shall I delete?"
    items: Any = [
        {"role": "user", "content": "delete milk"},
        {"role": "assistant", "content": [{"type": "output_text", "text": asked}]},
        {"role": "user", "content": [{"type": "input_text", "text": "the cow"}]},
    ]  # fmt: skip
    (call,) = openai.responses.create(model=MODEL, input=items, tools=RESPONSE_TOOLS).output
    assert call.type == "function_call" and json.loads(call.arguments) == {"task_id": 3}


def test_there_is_one_model(openai: OpenAI) -> None:
    assert [model.id for model in openai.models.list()] == [MODEL]
    assert openai.models.retrieve(MODEL).owned_by == "demo"
    with pytest.raises(NotFoundError):
        openai.models.retrieve("gpt-5")


def test_errors_become_the_clients_exceptions(openai: OpenAI, server: Server) -> None:
    with pytest.raises(NotFoundError) as unknown:
        openai.responses.create(model="gpt-5", input="hi")
    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")
    with pytest.raises(BadRequestError) as bad:
        openai.chat.completions.create(model=MODEL, messages=[])
    assert (bad.value.code, bad.value.param) == ("empty_array", "messages")
    nobody = {"Authorization": "Bearer"}
    keyless = OpenAI(base_url=server.api, api_key="x", max_retries=0, default_headers=nobody)
    with keyless, pytest.raises(AuthenticationError):
        keyless.models.list()


def test_words_arrive_one_after_the_other() -> None:
    with demo_model(DEMO_WORD_DELAY_MS="40") as slow, OpenAI(base_url=slow.api, api_key="demo") as client:
        times = []
        for event in client.responses.create(model=MODEL, input="help", stream=True):
            if event.type == "response.output_text.delta":
                times.append(time.monotonic())
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert len(pauses) > 20
    assert sum(pauses) > 0.03 * len(pauses)
    assert sum(pause > 0.02 for pause in pauses) > len(pauses) / 2
