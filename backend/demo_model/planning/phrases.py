"""What the demo model says where no tool is needed."""

from demo_model.language.intents import Topic

NO_AI = "I'm a demo model without AI."
ABLE = "I can add, list, complete, rename and delete tasks"
EXAMPLES = (
    "“add buy milk and call mum”",
    "“show my open tasks”",
    "“mark buy milk as done”",
    "“rename task 3 to buy oat milk”",
    "“delete all completed”",
)
HELP = f"{NO_AI} {ABLE}. Try:\n" + "\n".join(f"- {example}" for example in EXAMPLES)

TOPICS: dict[Topic, str] = {
    "greeting": f"Hello! {ABLE}. What shall we start with?",
    "how_are_you": "All well here, thank you. What would you like to get done?",
    "who": f"{NO_AI} I follow simple rules, and {ABLE.replace('I can ', 'I can ')}.",
    "help": HELP,
    "thanks": "You're welcome!",
    "praise": "Good! Anything else for your list?",
    "bye": "Goodbye! Your tasks will be here.",
    "nothing_to_do": "All right, nothing was changed.",
    "emoji": f"I can't read emoji alone. {ABLE}, in plain English: “add buy milk”, for instance.",
    "others": "I only see your own tasks. Nobody else's can be reached from here, whatever the words.",
    "instructions": "I only work on your own tasks. There are no hidden instructions or secrets here to "
    "change or show.",
    "reopen": "I can't reopen a task or undo a change. In the task list you can set a task back to open.",
    "except": "I can't leave out tasks from “all”. Name the ones you mean, for instance “delete "
    "tasks 2 and 3”.",
    "no_title": "What shall I call the new task?",
    "which": "Which task do you mean? Say its title or its number.",
    "how_to_rename": "What shall its new title be? Say it in one go, for instance “rename task 3 to buy "
    "oat milk”.",
    "too_long": "That message is too long for me: I read at most 4,000 characters.",
}
CANNOT = f"{NO_AI} {ABLE}, but I can't help with that."
EMPTY = "Your list is empty. Say “add buy milk” to start one."


def left_over(limit: int) -> str:
    """For a message that asks for more than is done at once."""
    return f"I do at most {limit} things at once. Ask me again for the rest."


def not_understood(texts: list[str]) -> str:
    """For parts of a message beside others that were understood."""
    return f"I didn't understand {' or '.join(texts)}."
