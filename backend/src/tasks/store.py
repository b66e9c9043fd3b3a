"""Reads and writes of tasks. Every function takes the user's id: no query goes without it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, not_
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from src.tasks.model import Status, Task, TaskCreate, TaskUpdate


def _of(user_id: str, status: Status) -> list[ColumnElement[bool]]:
    mine = col(Task.user_id) == user_id
    return [mine] if status == "all" else [mine, col(Task.completed).is_(status == "completed")]


async def list_tasks(session: AsyncSession, user_id: str, status: Status, limit: int) -> Sequence[Task]:
    """The user's tasks, newest first, `limit` at most."""
    newest_first = (col(Task.created_at).desc(), col(Task.id).desc())
    query = select(Task).where(*_of(user_id, status)).order_by(*newest_first).limit(limit)
    return (await session.exec(query)).all()


async def count_tasks(session: AsyncSession, user_id: str, status: Status) -> int:
    """How many there are, however many a list shows."""
    return (await session.exec(select(func.count()).select_from(Task).where(*_of(user_id, status)))).one()


async def get_task(session: AsyncSession, user_id: str, task_id: int) -> Task | None:
    """One task, or None where there is none of that id for this user."""
    query = select(Task).where(Task.user_id == user_id, Task.id == task_id)
    return (await session.exec(query)).one_or_none()


async def add_task(session: AsyncSession, user_id: str, body: TaskCreate) -> Task:
    """The stored task, with its id and times."""
    task = Task(user_id=user_id, title=body.title, description=body.description)
    session.add(task)
    await session.commit()
    await session.refresh(task)
    return task


async def update_task(session: AsyncSession, user_id: str, task_id: int, body: TaskUpdate) -> Task | None:
    """The task after the change; None where there is none of that id for this user."""
    changes = body.model_dump(exclude_unset=True)
    return await _change(session, user_id, task_id, changes)


async def toggle_task(session: AsyncSession, user_id: str, task_id: int) -> Task | None:
    """Turns completed over in the database itself, so that two clicks at once are two turns."""
    return await _change(session, user_id, task_id, {"completed": not_(col(Task.completed))})


async def delete_task(session: AsyncSession, user_id: str, task_id: int) -> bool:
    """Whether there was one to delete."""
    query = delete(Task).where(col(Task.user_id) == user_id, col(Task.id) == task_id)
    result = await session.exec(query)
    await session.commit()
    return bool(result.rowcount)


async def _change(
    session: AsyncSession, user_id: str, task_id: int, values: dict[str, object]
) -> Task | None:
    query = (
        update(Task)
        .where(col(Task.user_id) == user_id, col(Task.id) == task_id)
        .values(**values)
        .returning(Task)
    )
    task: Task | None = (await session.exec(query)).scalar_one_or_none()
    await session.commit()
    return task
