"""A message to intents: clauses, then the first rule of the grammar that fits each."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from demo_model.language import clauses, titles
from demo_model.language.build import BUILDERS
from demo_model.language.grammar import END, INTENTION, ORDER, POLITE, STATEMENTS, Rule
from demo_model.language.intents import Add, Intent, Offer, Say, Unknown
from demo_model.language.shadow import Text, is_code, read
from demo_model.language.words import TASK_VERBS

BOLD_RULES = tuple(rule for rule in ORDER if rule.bold)
NO_TASK = re.compile(r"(?:tell|give|show|help|read|write|sing)\s+(?:me|us)\b", re.IGNORECASE)
MAX_MESSAGE_CHARACTERS = 4000


def understand(message: str) -> list[Intent]:
    """The intents of a message, in its order; never empty."""
    if len(message) > MAX_MESSAGE_CHARACTERS:
        return [Say("too_long")]
    text = _one_blank(message.strip())
    if not text:
        return [Say("help")]
    if not any(character.isalnum() for character in text):
        return [Say("emoji" if _has_emoji(text) else "help")]
    found = [intent for clause in clauses.split(read(text)) for intent in clause_intents(clause)]
    return _without_courtesies(found)


def clause_intents(clause: Text) -> list[Intent]:
    """The intents of one clause; [Unknown] where no rule fits."""
    rest = _after_polite(clause)
    intention = INTENTION.fullmatch(rest.shadow)
    return (
        _first_of(_candidates(clause), ORDER)
        or (_intention(rest, intention) if intention else [])
        or _first_of(_candidates(clause), STATEMENTS)
        or [_offer_or_unknown(rest)]
    )


def _first_of(candidates: list[Text], rules: Sequence[Rule]) -> list[Intent]:
    return next(filter(None, (_first_rule(candidate, rules) for candidate in candidates)), [])


def _candidates(clause: Text) -> list[Text]:
    """With and without politeness: "thanks" alone is a thank-you, before a request it is not."""
    rest = _after_polite(clause)
    both = [clause, rest] if rest != clause else [clause]
    return [form for text in both for form in (_without_end(text), text)]


def _first_rule(clause: Text, rules: Iterable[Rule]) -> list[Intent]:
    for rule in rules:
        found = rule.pattern.fullmatch(clause.shadow)
        intents = BUILDERS[rule.build](rule, clause, found) if found else []
        if intents:
            return intents
    return []


def _intention(clause: Text, found: re.Match[str]) -> list[Intent]:
    """A request where "I need to …" clearly is one ("see my list", "delete task 2"), else a task to add."""
    name = next(name for name in ("rest", "short", "bare", "remember") if found[name] is not None)
    rest = clause.group(found, name)
    if name != "remember":
        request = _first_rule(_without_end(rest), BOLD_RULES)
        if request:
            return request
    return [Add(title) for title in titles.split(rest, listed=False)]


def _offer_or_unknown(clause: Text) -> Intent:
    title = titles.clean(clause)
    verb = re.match(r"[a-z]+(?=\s+\S)", clause.shadow, re.IGNORECASE)
    question = clause.shadow.rstrip().endswith("?")
    if verb and verb[0].lower() in TASK_VERBS and not question and not _no_task(clause) and len(title) <= 200:
        return Offer(title)
    return Unknown(clause.original)


def _no_task(clause: Text) -> bool:
    return is_code(clause) or NO_TASK.match(clause.shadow) is not None


def _after_polite(clause: Text) -> Text:
    found = POLITE.match(clause.shadow)
    return clause.part(found.end()) if found and found.end() < len(clause.shadow) else clause


def _without_end(clause: Text) -> Text:
    found = END.search(clause.shadow)
    return clause.part(0, found.start()) if found and found.start() > 0 else clause


def _without_courtesies(intents: list[Intent]) -> list[Intent]:
    """A greeting beside a request needs no answer; the same thing said twice needs one."""
    courtesies = ("greeting", "thanks", "praise", "bye")
    asked = [intent for intent in intents if not (isinstance(intent, Say) and intent.topic in courtesies)]
    kept = asked or intents[:1]
    return [
        intent
        for place, intent in enumerate(kept)
        if not (isinstance(intent, Say) and intent in kept[:place])
    ]


def _one_blank(text: str) -> str:
    """Runs of blanks to one blank, runs of line ends to one: nothing of a title's words is lost."""
    return re.sub(r" ?[\n\r][ \n\r]*", "\n", re.sub(r"[^\S\n\r]+", " ", text))


def _has_emoji(text: str) -> bool:
    return any(unicodedata.category(character) in ("So", "Sk", "Cn") for character in text)
