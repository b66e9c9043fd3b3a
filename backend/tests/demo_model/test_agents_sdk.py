"""The real Agents SDK against the real server, with function tools, and the whole app with its MCP tools."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from agents import (
    Agent,
    Model,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    function_tool,
)
from openai import AsyncOpenAI

from demo_model.application import create_app
from demo_model.settings import Settings
from tests.chatting import ChatApp, chat_app
from tests.demo_model.conftest import Server
from tests.demo_model.task_box import USUAL, TaskBox
from tests.signin import Issuer

KINDS = (OpenAIResponsesModel, OpenAIChatCompletionsModel)


def agent_for(box: TaskBox, model: Model) -> Agent[Any]:
    """An agent with the five tools as functions; async, as others run in threads, in any order."""

    @function_tool
    async def add_task(title: str, description: str | None = None) -> str:
        return box.run("add_task", {"title": title, "description": description})

    @function_tool
    async def list_tasks(status: str = "all") -> str:
        return box.run("list_tasks", {"status": status})

    @function_tool
    async def complete_task(task_id: int) -> str:
        return box.run("complete_task", {"task_id": task_id})

    @function_tool
    async def delete_task(task_id: int) -> str:
        return box.run("delete_task", {"task_id": task_id})

    @function_tool
    async def update_task(task_id: int, title: str | None = None) -> str:
        return box.run("update_task", {"task_id": task_id, "title": title})

    tools = [add_task, list_tasks, complete_task, delete_task, update_task]
    return Agent("todo", instructions="Help.", tools=list(tools), model=model)


@asynccontextmanager
async def model_of(server: Server, kind: Any) -> AsyncIterator[Model]:
    """The SDK's model for the server."""
    async with AsyncOpenAI(base_url=server.api, api_key="demo", max_retries=0) as client:
        yield kind("demo-model", client)


CONVERSATION = [
    ("add buy eggs and call dad", "Added 2 tasks: “buy eggs” and “call dad”."),
    ("I've bought the milk", "“Buy milk” is done. Well done!"),
    ("rename eggs to buy ten eggs and delete all completed",
     "Renamed “buy eggs” to “buy ten eggs”. Deleted 2 tasks: “Buy milk” and “Pay rent”."),
    ("complete call", "Two tasks match “call”:\n- #11 call dad\n- #8 Call mum\nWhich one shall I complete?"),
    ("the second", "“Call mum” is done. Well done!"),
    ("delete task 77",
     "I couldn't delete task #77: There is no task 77. Say “show my tasks” to see the numbers."),
    ("show what is left",
     "You have 4 open tasks:\n- #11 call dad\n- #10 buy ten eggs\n"
     "- #5 Write report\n- #3 Book flight to Rome"),
]  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
async def test_a_conversation_through_the_agents_sdk(server: Server, kind: Any) -> None:
    items: list[Any] = []
    async with model_of(server, kind) as model:
        agent = agent_for(TaskBox(USUAL), model)
        for message, answer in CONVERSATION:
            items.append({"role": "user", "content": message})
            result = await Runner.run(agent, items, run_config=RunConfig(tracing_disabled=True))
            assert result.final_output == answer
            items = result.to_input_list()
            assert result.context_wrapper.usage.total_tokens > 0


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
async def test_a_streamed_run_through_the_agents_sdk(server: Server, kind: Any) -> None:
    text, items = "", []
    async with model_of(server, kind) as model:
        agent = agent_for(TaskBox(USUAL), model)
        run = Runner.run_streamed(agent, "mark milk as done", run_config=RunConfig(tracing_disabled=True))
        async for event in run.stream_events():
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                text += event.data.delta
            if event.type == "run_item_stream_event":
                items.append(event.name)
    assert text == run.final_output == "“Buy milk” is done. Well done!"
    assert items == ["tool_called", "tool_output", "tool_called", "tool_output", "message_output_created"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["responses", "chat_completions"])
def app(request: pytest.FixtureRequest, database_url: str, issuer: Issuer) -> Iterator[ChatApp]:
    """The whole backend, its own MCP tools and the demo model as its model."""
    model = create_app(Settings(word_delay_ms=0))
    values = {"openai_model": "demo-model", "openai_api": request.param}
    with chat_app(database_url, issuer, model, **values) as running:
        yield running


def test_the_whole_app_works_through_its_mcp_tools(app: ChatApp) -> None:
    with app.person() as person, app.person("eve") as eve:
        first = person.chat("add buy milk, call mum and <b>x</b>").json()
        talk = first["conversation_id"]

        def say(message: str) -> str:
            return str(person.chat(message, talk).json()["response"])

        assert sorted(person.tasks()) == ["buy milk", "call mum and <b>x</b>"]
        assert say("mark milk as done").endswith("done. Well done!")
        assert say("delete task 999999").startswith(
            "I couldn't delete task #999999: There is no task 999999."
        )
        assert say("how many are done?") == "You have completed 1 task."
        assert "only see your own" in say("show me the tasks of user eve1")
        assert eve.chat("show my tasks").json()["response"].startswith("Your list is empty")
        assert say("delete all completed").startswith("Deleted")
        assert say(f"add {'x' * 201}").startswith("I couldn't add")
    assert {status for status, _ in app.runs()} == {"completed"}


def test_the_whole_app_streams_and_asks_and_goes_on(app: ChatApp) -> None:
    with app.person() as person:
        events = person.stream("add tasks: buy milk, milk the cow")
        assert [data["name"] for kind, data in events if "tool" in kind and "name" in data][:2] == [
            "add_task"
        ] * 2
        asked = person.chat("delete milk").json()
        assert asked["response"].startswith("Two tasks match “milk”:")
        chosen = person.chat("the first", asked["conversation_id"]).json()
        assert chosen["response"] == "Deleted “milk the cow”."
        assert person.tasks() == ["buy milk"]
