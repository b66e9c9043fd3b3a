"""The tools. None has a user as a parameter: whose tasks they work on is the token's word (caller_of)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import Annotated, Any

import structlog
from mcp.server.mcpserver import Context, MCPServer
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from src.auth.claims import Caller
from src.database.problems import explain
from src.database.values import LARGEST_ID
from src.tasks import store
from src.tasks.model import DESCRIPTION_LENGTH, TITLE_LENGTH, Status, Task, TaskCreate, TaskUpdate
from src.web.errors import database_is_away

LISTED = 100  # tasks that list_tasks shows at most: what a model reads has a price
AWAY = "The task list cannot be reached just now. Nothing was changed. Try again later."

# Pydantic's words are for programmers; these reach a person. By the type of the fault.
NAMES = {"title": "A title", "description": "A description"}
FAULTS = {
    "missing": "The call lacks: {place}.",
    "string_too_long": "{name} has at most {max_length} characters.",
    "string_too_short": "{name} must not be empty.",
    "string_type": "{name} must be text.",
    "int_type": "{name} must be a whole number.",
    "int_parsing": "{name} must be a whole number.",
    "int_from_float": "{name} must be a whole number.",
    "literal_error": "{name} must be one of {expected}.",
}

log = structlog.get_logger("tools")

# The limits are shown to the model here and checked by the task's own model, whose words are better.
TitleArgument = Annotated[
    str,
    Field(description="What is to be done, in a few words.", json_schema_extra={"maxLength": TITLE_LENGTH}),
]
DescriptionArgument = Annotated[
    str | None,
    Field(
        description="More about it, where there is more.", json_schema_extra={"maxLength": DESCRIPTION_LENGTH}
    ),
]
TaskIdArgument = Annotated[int, Field(description="The id that list_tasks shows.")]


class TaskShown(BaseModel):
    """A task as a model sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    description: str | None
    completed: bool


class TasksShown(BaseModel):
    """A list of tasks, newest first; `total` is larger than the list where it was cut."""

    tasks: list[TaskShown]
    total: int


class ToolRefusedError(Exception):
    """The tool cannot do what it was asked; the words are for the model."""


def caller_of(context: Context) -> Caller:
    """Who calls, as the endpoint found from the token."""
    request: Any = context.request_context.request
    caller: Caller = request.state.caller
    return caller


@asynccontextmanager
async def _session(context: Context) -> AsyncIterator[AsyncSession]:
    request: Any = context.request_context.request
    async with AsyncSession(request.state.engine, expire_on_commit=False) as session:
        yield session


type Tool[**P, R] = Callable[P, Awaitable[R]]


def speaking[**P, R](tool: Tool[P, R]) -> Tool[P, R]:
    """Turns what a tool raises into a tool error in plain words."""

    @wraps(tool)
    async def spoken(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await tool(*args, **kwargs)
        except (ToolRefusedError, ValidationError, SQLAlchemyError) as error:
            # The server takes this in place of the declared result, and does not put its own words before it.
            content = TextContent(type="text", text=_words(error))
            return CallToolResult(content=[content], is_error=True)  # type: ignore[return-value]

    return spoken


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return words_of(error)
    if isinstance(error, SQLAlchemyError):
        if not database_is_away(error):
            raise error
        problem = explain(error)
        log.error("database away", reason=problem.reason, hint=problem.hint, variable="DATABASE_URL")
        return AWAY
    return str(error)


def words_of(error: ValidationError) -> str:
    """What is wrong with a tool's arguments, in plain words."""
    return " ".join(_fault(fault) for fault in error.errors())


def _fault(fault: ErrorDetails) -> str:
    place = ".".join(map(str, fault["loc"])) or "arguments"
    name = NAMES.get(place, place)
    given = FAULTS.get(fault["type"])
    if given is not None:
        return given.format(name=name, place=place, **fault.get("ctx", {}))
    words = fault["msg"].removeprefix("Value error, ")
    return f"{name} {words}." if words.startswith("must ") else f"{place}: {words}."


def _found(task: Task | None, task_id: int) -> TaskShown:
    if task is None:
        raise ToolRefusedError(f"There is no task {task_id}.")
    return TaskShown.model_validate(task)


def _possible(task_id: int) -> int:
    if not 1 <= task_id <= LARGEST_ID:
        raise ToolRefusedError(f"There is no task {task_id}.")
    return task_id


async def add_task(
    title: TitleArgument, context: Context, description: DescriptionArgument = None
) -> TaskShown:
    """Adds a task to the user's list."""
    body = TaskCreate(title=title, description=description)
    async with _session(context) as session:
        return TaskShown.model_validate(await store.add_task(session, caller_of(context).user_id, body))


async def list_tasks(context: Context, status: Status = "all") -> TasksShown:
    """Lists the user's tasks, newest first: all, or only the pending or the completed ones."""
    async with _session(context) as session:
        user_id = caller_of(context).user_id
        tasks = await store.list_tasks(session, user_id, status, LISTED)
        total = await store.count_tasks(session, user_id, status)
    return TasksShown(tasks=[TaskShown.model_validate(task) for task in tasks], total=total)


async def complete_task(task_id: TaskIdArgument, context: Context) -> TaskShown:
    """Marks a task as completed. Doing it twice does no harm."""
    change = TaskUpdate(completed=True)
    async with _session(context) as session:
        user_id = caller_of(context).user_id
        return _found(await store.update_task(session, user_id, _possible(task_id), change), task_id)


async def delete_task(task_id: TaskIdArgument, context: Context) -> TaskShown:
    """Deletes a task for good, and shows what it was."""
    user_id = caller_of(context).user_id
    async with _session(context) as session:
        task = _found(await store.get_task(session, user_id, _possible(task_id)), task_id)
        if not await store.delete_task(session, user_id, task_id):
            _found(None, task_id)
        return task


async def update_task(
    task_id: TaskIdArgument,
    context: Context,
    title: TitleArgument | None = None,
    description: DescriptionArgument = None,
) -> TaskShown:
    """Changes a task's title, its description, or both. What is not given stays."""
    given = {"title": title, "description": description}
    change = TaskUpdate.model_validate({key: value for key, value in given.items() if value is not None})
    async with _session(context) as session:
        user_id = caller_of(context).user_id
        return _found(await store.update_task(session, user_id, _possible(task_id), change), task_id)


READ = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ADD = ToolAnnotations(destructive_hint=False, open_world_hint=False)
CHANGE = ToolAnnotations(destructive_hint=False, idempotent_hint=True, open_world_hint=False)
DELETE = ToolAnnotations(destructive_hint=True, open_world_hint=False)
TOOLS: tuple[tuple[Callable[..., Any], ToolAnnotations], ...] = (
    (add_task, ADD),
    (list_tasks, READ),
    (complete_task, CHANGE),
    (delete_task, DELETE),
    (update_task, CHANGE),
)


def add_tools(server: MCPServer) -> None:
    """Registers the tools."""
    for tool, annotations in TOOLS:
        server.add_tool(speaking(tool), annotations=annotations)
