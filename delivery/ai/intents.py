"""What a question asks, without a model: the first pattern of a table that it has. Pure.

The table is the documentation too: `understood()` prints it where a question is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from delivery.errors import InvalidInput

LONGEST_BYTES = 2000


@dataclass(frozen=True)
class Intent:
    """One kind of question: what it is called, how it is known, an example, what answers it."""

    name: str
    pattern: re.Pattern[str]
    example: str
    answer: str


def _intent(name: str, pattern: str, example: str, answer: str) -> Intent:
    return Intent(name, re.compile(pattern, re.IGNORECASE), example, answer)


_CHANGES = (
    r"scale|deploy|install|upgrade|update|roll ?back|restart|delete|remove|uninstall|apply|create|increase"
    r"|decrease|set|patch|drain|kill|stop|start"
)
# In this order: the first that a question has is what it asks.
INTENTS = (
    _intent(
        "change", rf"^\W*(?:please |can you |could you |i want to )?(?:{_CHANGES})\b",
        "scale frontend to 3 replicas", "the command that would do it; nothing is changed",
    ),
    _intent(
        "why", r"\bwhy\b|\bwhat(?:'s| is) (?:wrong|the matter) with\b|\breason\b.*\b(?:crash|fail|restart)",
        "why is backend crashing", "the cause, what shows it, and what to do",
    ),
    _intent("logs", r"\blogs?\b", "show error logs of backend", "the last lines, or those of errors"),
    _intent(
        "events", r"\bevents?\b|what happened", "recent events", "the newest events, warnings marked"
    ),
    _intent(
        "urls", r"\burls?\b|\bnode ?ports?\b|\baddress(?:es)?\b|\bwhere (?:can|do) i (?:open|reach|find)\b",
        "nodeport URLs", "Services with their node ports, and whether they answer",
    ),
    _intent("security", r"secur|vulnerab|privileg|hardening", "is it secure", "the security findings"),
    _intent("cost", r"\bcosts?\b|expensive|\bprice|\bspend", "what does it cost", "cost by release"),
    _intent(
        "optimize", r"optimi[sz]|provision|right-?siz|\brequests? and limits\b|\bwast(?:e|ing|ed)\b",
        "optimize resources", "requests and limits against use",
    ),
    _intent(
        "usage",
        r"\b(?:memory|ram|cpu)\b|\bresource (?:usage|use|consumption)\b|\bresources\b.*\bus(?:e|ing|age)\b",
        "which pods use most memory", "pods by what they use",
    ),
    _intent(
        "performance", r"performance|\bslow(?:er|ly)?\b|latency|throttl", "diagnose performance",
        "what makes it slow",
    ),
    _intent("history", r"\bhistory\b|\brevisions?\b", "release history", "revisions, and the verified ones"),
    _intent(
        "describe", r"\bdescribe\b|\bdetails? (?:of|about)\b", "describe the backend deployment",
        "image, replicas, resources, probes, what it needs",
    ),
    _intent(
        "analyze", r"\banaly[sz]e\b|\bdiagnose\b|\bproblems?\b|\bissues?\b|\bwrong\b|\bbroken\b"
        r"|\b(?:everything|all)\b.{0,12}\b(?:ok|okay|fine|well|good)\b",
        "what is wrong", "all that the rules find",
    ),
    _intent(
        "status", r"\bstatus\b|\bpods?\b|\bhealth(?:y)?\b|\b(?:is|are)\b.*\b(?:up|running|ready|there)\b",
        "pod status", "pods, whether they are ready, restarts",
    ),
)  # fmt: skip
# What may stand between `why is` and a name, and what stands for no one object in its place.
_BEFORE_NAME = frozenset(
    ["the", "my", "our", "a", "all", "every", "any", "pod", "deployment", "service", "container", "failed"]
)
_NO_NAME = frozenset(
    ["pods", "deployments", "services", "containers", "releases", "release", "workloads", "app",
     "application", "cluster", "namespace", "it", "this", "that", "there", "nothing", "everything",
     "something", "anything", "not", "crashing", "failing", "ready", "running", "status", "each", "them",
     "they"]
)  # fmt: skip
_WORD = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


def checked(text: str) -> str:
    """The question in one line. Raises InvalidInput where it is empty or longer than a question is."""
    line = " ".join(text.split())
    if not line:
        raise InvalidInput(
            "there is no question", "it is empty", 'ask for instance: ./inv ai.ask "why is backend crashing"'
        )
    size_bytes = len(line.encode("utf-8", "surrogatepass"))
    if size_bytes > LONGEST_BYTES:
        raise InvalidInput(
            f"the question has {size_bytes} bytes", f"a question has {LONGEST_BYTES} at most",
            "ask shorter; logs and objects are collected by the kit",
        )  # fmt: skip
    return "".join(one if one.isprintable() else " " for one in line)


def intent_of(text: str) -> Intent | None:
    """The first intent whose pattern the question has."""
    return next((one for one in INTENTS if one.pattern.search(text)), None)


def understand(text: str) -> Intent:
    """The same; raises InvalidInput with all that is understood where there is none."""
    intent = intent_of(text)
    if intent is None:
        shown = text if len(text) <= 80 else text[:80] + " …"
        raise InvalidInput(
            f"the rules don't understand: {shown}", "understood are questions such as\n" + understood(),
            "ask one of these, or set up a model (./inv --help ai.ask)",
        )  # fmt: skip
    return intent


def understood() -> str:
    """A line for each kind of question."""
    return "\n".join(f"  {one.example:<34} {one.answer}" for one in INTENTS)


def subject_of(text: str, known: Collection[str]) -> str:
    """The known name that the question is about, the longest where there are several; empty: everything.

    Raises InvalidInput for a name after "why is", "logs of" and the like that nothing here has.
    """
    words = _WORD.findall(text.lower())
    named = [one for one in words if one in known]
    if named:
        return str(max(named, key=len))
    short = [name for word in words for name in _beginning(word, known)]
    if short:
        return short[0]
    strange = _at_its_place(text.lower())
    if strange:
        raise InvalidInput(
            f"nothing here is called {strange}", f"there is {', '.join(_short(known)) or 'nothing'}",
            "ask about one of these, or about all",
        )  # fmt: skip
    return ""


def _short(known: Collection[str]) -> list[str]:
    """Without the pods of the others."""
    return sorted(one for one in known if not any(one.startswith(f"{other}-") for other in known))


def _beginning(word: str, known: Iterable[str]) -> list[str]:
    """`back-end` and `backends` are `backend`; `database-0` begins with what it is of."""
    plain = word.replace("-", "")
    close = (plain, plain.removesuffix("s"), word.removesuffix("'s"))
    return [name for name in known if name.replace("-", "") in close or word.startswith(f"{name}-")]


_CUES = re.compile(
    r"(?:\bwhy (?:is|are|does|do|did|has|was|were)|\b(?:logs?|status|health) (?:of|for|from)|\bwrong with"
    r"|\bdescribe)((?:\s+\S+){1,4})"
)


def _at_its_place(text: str) -> str:
    """The word that stands where a name should, unless it means none."""
    match = _CUES.search(text)
    words = [one for one in _WORD.findall(match[1]) if one not in _BEFORE_NAME] if match else []
    return str(words[0]) if words and words[0] not in _NO_NAME else ""


def replicas_in(text: str) -> int | None:
    """The number that follows `to`, or that stands before `replicas`."""
    match = re.search(r"\bto (\d{1,4})\b|\b(\d{1,4}) (?:replicas?|pods?|instances?)\b", text.lower())
    return int(match[1] or match[2]) if match else None
