"""A task list in memory with the five tools, answering in JSON as the backend's tools do."""

import json
from collections.abc import Sequence
from typing import Any

from demo_model.planning.conversation import Answer, Call, Conversation, Step, ToolCall
from demo_model.planning.plan import next_step

TOOLS = frozenset({"add_task", "list_tasks", "complete_task", "delete_task", "update_task"})
MAX_ROUNDS = 10
# The list that the golden sentences speak of, in the order that list_tasks shows.
USUAL = (
    (9, "Buy milk", False),
    (8, "Call mum", False),
    (7, "Pay rent", True),
    (5, "Write report", False),
    (3, "Book flight to Rome", False),
)


class TaskBox:
    """Executes tool calls."""

    def __init__(self, tasks: Sequence[tuple[int, str, bool]] = ()) -> None:
        self.tasks: list[dict[str, Any]] = [
            {"id": number, "title": title, "description": None, "completed": completed}
            for number, title, completed in tasks
        ]

    def run(self, name: str, arguments: dict[str, Any]) -> str:
        """The tool's answer."""
        if name == "add_task":
            number = max((task["id"] for task in self.tasks), default=0) + 1
            task = {"id": number, "description": None, "completed": False, **arguments}
            self.tasks.insert(0, task)
            return json.dumps(task)
        if name == "list_tasks":
            wanted = {"all": (True, False), "pending": (False,), "completed": (True,)}[arguments["status"]]
            shown = [task for task in self.tasks if task["completed"] in wanted]
            return json.dumps({"tasks": shown, "total": len(shown)})
        return self._change(name, **arguments)

    def _change(self, name: str, task_id: int, **values: Any) -> str:
        task = next((task for task in self.tasks if task["id"] == task_id), None)
        if task is None:
            return f"There is no task {task_id}."
        if name == "delete_task":
            self.tasks.remove(task)
        task.update({"completed": True} if name == "complete_task" else values)
        return json.dumps(task)

    def titles(self) -> list[str]:
        return [task["title"] for task in self.tasks]


class Chat:
    """A person's chat with the planner: carries calls out and remembers what was said last."""

    def __init__(self, box: TaskBox, tools: frozenset[str] = TOOLS, parallel: bool = True) -> None:
        self.box = box
        self.tools = tools
        self.parallel = parallel
        self.asked = ""
        self.rounds: list[list[ToolCall]] = []

    def say(self, message: str) -> str:
        """The answer; the rounds of calls that led to it are in `rounds`."""
        self.rounds = []
        made: list[Call] = []
        for _ in range(MAX_ROUNDS):
            step = self._step(message, made)
            if isinstance(step, Answer):
                self.asked = step.text
                return step.text
            self.rounds.append(list(step.calls))
            made += [
                Call(c.name, json.dumps(c.arguments), self.box.run(c.name, c.arguments)) for c in step.calls
            ]
        raise AssertionError("the plan does not end")

    def calls(self) -> list[ToolCall]:
        """All calls of the last message."""
        return [call for calls in self.rounds for call in calls]

    def _step(self, message: str, made: list[Call]) -> Step:
        return next_step(Conversation(message, self.asked, tuple(made), self.tools, self.parallel))
