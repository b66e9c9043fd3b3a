"""REST of tasks. The user in the path must be the caller (src/auth/callers.py)."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, status

from src.auth.callers import CurrentUser
from src.auth.route import SignedInRoute
from src.database.engine import Session
from src.database.values import RowId
from src.tasks import store
from src.tasks.model import Status, Task, TaskCreate, TaskRead, TaskUpdate

LISTED = 1_000  # tasks that one answer holds at most

router = APIRouter(prefix="/api/{user_id}/tasks", tags=["tasks"], route_class=SignedInRoute)

TaskId = Annotated[RowId, Path()]
Limit = Annotated[int, Query(ge=1, le=LISTED, description="How many at most; the newest are kept.")]


def _found(task: Task | None) -> Task:
    if task is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such task.")
    return task


@router.get("", response_model=list[TaskRead])
async def list_tasks(
    user_id: CurrentUser, session: Session, status: Status = "all", limit: Limit = LISTED
) -> Sequence[Task]:
    """The user's tasks, newest first; `status` narrows them."""
    return await store.list_tasks(session, user_id, status, limit)


@router.post("", response_model=TaskRead, status_code=status.HTTP_201_CREATED)
async def add_task(user_id: CurrentUser, session: Session, body: TaskCreate) -> Task:
    """Adds a task."""
    return await store.add_task(session, user_id, body)


@router.get("/{task_id}", response_model=TaskRead)
async def get_task(user_id: CurrentUser, session: Session, task_id: TaskId) -> Task:
    """One task."""
    return _found(await store.get_task(session, user_id, task_id))


@router.put("/{task_id}", response_model=TaskRead)
async def update_task(user_id: CurrentUser, session: Session, task_id: TaskId, body: TaskUpdate) -> Task:
    """Replaces the fields given."""
    return _found(await store.update_task(session, user_id, task_id, body))


@router.patch("/{task_id}/complete", response_model=TaskRead)
async def toggle_task(user_id: CurrentUser, session: Session, task_id: TaskId) -> Task:
    """Marks a pending task completed, and a completed one pending."""
    return _found(await store.toggle_task(session, user_id, task_id))


@router.delete("/{task_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_task(user_id: CurrentUser, session: Session, task_id: TaskId) -> None:
    """Deletes a task."""
    if not await store.delete_task(session, user_id, task_id):
        _found(None)
