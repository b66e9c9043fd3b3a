"""A message that only makes sense after what the assistant said: "yes", "the second", "mark it as done"."""

import re
from dataclasses import replace

from demo_model.language import targets, titles
from demo_model.language.intents import (
    Add,
    Complete,
    Delete,
    Every,
    Intent,
    It,
    Named,
    Number,
    Offer,
    Position,
    Say,
    Show,
    Target,
    Unknown,
    Update,
)
from demo_model.language.parse import understand
from demo_model.language.shadow import read
from demo_model.planning import matching, questions
from demo_model.planning.conversation import Conversation
from demo_model.planning.questions import Which

YES = re.compile(
    r"(?:y|yes|yep|yeah|yup|sure|ok(?:ay)?|of course|please do|do it|go ahead"
    r"|confirm(?:ed)?|correct|right|definitely|absolutely"
    r"|add it|delete (?:it|them|all|everything))"
    r"(?:[\s,.!]+(?:please|pls|do(?: it| that)?|go ahead|add (?:it|that)|delete (?:it"
    r"|them)(?: all)?|thanks?|thank you|sure))*[\s.!]*",
    re.IGNORECASE,
)
NO = re.compile(
    r"(?:n|no|nope|nah|none|neither|don't|do not|never ?mind|cancel|stop|not now)\b.{0,40}", re.IGNORECASE
)
SAID = re.compile(r"“([^”]+)”")


def intents(conversation: Conversation) -> list[Intent]:
    """The intents of the message, in the light of what it answers."""
    message = conversation.message.strip()
    answered = _answer(conversation.asked, message)
    return answered or _with_it(understand(message), conversation.asked)


def _answer(asked: str, message: str) -> list[Intent]:
    """What the message means as an answer to a question; [] if it is none."""
    if which := questions.read_which(asked):
        return _chosen(which, message)
    if asked.rstrip().endswith(questions.NEW_TITLE):
        return _new_title(message)
    proposed = questions.read_proposal(asked)
    if proposed and YES.fullmatch(message):
        return [proposed]
    return [Say("nothing_to_do")] if proposed and NO.fullmatch(message) else []


def _new_title(message: str) -> list[Intent]:
    if NO.fullmatch(message):
        return [Say("nothing_to_do")]
    if all(isinstance(intent, Offer | Unknown) for intent in understand(message)):
        return [Add(title) for title in titles.split(read(message), listed=False)]
    return []


def _chosen(which: Which, message: str) -> list[Intent]:
    """The tasks chosen among those that the question named."""
    if NO.fullmatch(message):
        return [Say("nothing_to_do")]
    chosen: list[Target] = []
    for target in targets.parse(read(message)):
        if isinstance(target, Named) and not _says_nothing_else(message):
            return []
        chosen += _among(which, target)
    return [questions.aimed(which.change, target) for target in chosen]


def _says_nothing_else(message: str) -> bool:
    return all(isinstance(intent, Offer | Unknown | Show) for intent in understand(message))


def _among(which: Which, target: Target) -> list[Target]:
    tasks = which.tasks
    match target:
        case Number(number) if number not in [task.id for task in tasks]:
            found = [matching.by_position(tasks, Position(number))] if number > 0 else []
        case Number(number):
            return [target]
        case Position():
            found = [matching.by_position(tasks, target)]
        case Every():
            found = list(tasks)
        case It(several=several):
            found = list(tasks) if several else []
        case Named(text=name):
            named = matching.by_name(tasks, name)
            found = list(named) if len(named) == 1 else []
    return [Number(task.id) for task in found if task]


def _with_it(found: list[Intent], asked: str) -> list[Intent]:
    """Puts a task in the place of "it": named earlier in the message, else spoken of by the assistant."""
    last: Target | None = None
    added = False
    result: list[Intent] = []
    for intent in found:
        if isinstance(intent, Add):
            intent = _named_before(intent, asked)  # noqa: PLW2901
            last, added = None, True
        elif isinstance(intent, Complete | Delete | Update):
            spoken = [last] if last else [] if added else _spoken_of(asked, intent.target)
            meant = spoken if isinstance(intent.target, It) and spoken else [intent.target]
            result += [replace(intent, target=target) for target in meant]
            last = meant[-1]
            continue
        result.append(intent)
    return result


def _named_before(add: Add, asked: str) -> Add | Say:
    """Adds what was spoken of for "add it"."""
    if add.title.lower() not in ("it", "that", "this", "them", "these", "those"):
        return add
    names = list(dict.fromkeys(SAID.findall(asked)))
    return Add(names[0]) if len(names) == 1 else Say("no_title")


def _spoken_of(asked: str, target: Target) -> list[Target]:
    names = list(dict.fromkeys(SAID.findall(asked)))
    several = isinstance(target, It) and target.several
    return [Named(name) for name in names] if several or len(names) == 1 else []
