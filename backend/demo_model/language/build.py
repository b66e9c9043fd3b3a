"""What a matched rule means: one small function for each name in the grammar's `build`."""

import re
from collections.abc import Callable
from itertools import islice
from typing import cast

from demo_model.language import targets, titles
from demo_model.language.grammar import Rule
from demo_model.language.intents import (
    Add,
    Complete,
    Delete,
    Every,
    Intent,
    Named,
    Offer,
    Say,
    Show,
    Status,
    Target,
    Topic,
    Update,
)
from demo_model.language.shadow import Text
from demo_model.language.words import DEEDS, DONE, NOT_DEEDS, OPEN

Builder = Callable[[Rule, Text, re.Match[str]], list[Intent]]
MAX_CUTS = 12
INTO = re.compile(r"\s+(?:to|into|as|with|by|say|read)\s+(?:(?:say|be)\s+)?|\s*[-=]>\s*", re.IGNORECASE)

AGAIN = re.compile(
    r"(?P<object>.+?)(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?:i\s+(?:have\s+)?)?(?P<verb>[a-z]+)\s+(?P<more>.+)",
    re.IGNORECASE | re.DOTALL,
)


def say(rule: Rule, _clause: Text, _found: re.Match[str]) -> list[Intent]:
    return [Say(cast(Topic, rule.topic))]


def add(_rule: Rule, clause: Text, found: re.Match[str]) -> list[Intent]:
    return _adds(clause.group(found, "title"), listed=False)


def add_listed(_rule: Rule, clause: Text, found: re.Match[str]) -> list[Intent]:
    return _adds(clause.group(found, "title"), listed=True)


def remind(_rule: Rule, clause: Text, found: re.Match[str]) -> list[Intent]:
    """The day of "remind me tomorrow to call mum" is kept: "call mum tomorrow"."""
    when = clause.group(found, "when").original
    named = titles.split(clause.group(found, "title"), listed=False)
    return [Add(f"{title} {when}" if when else title) for title in named]


def _adds(text: Text, *, listed: bool) -> list[Intent]:
    text, description = titles.description(text)
    named = titles.split(text, listed=listed and description is None)
    if description and len(named) == 1:
        return [Add(named[0], description)]
    return [Add(title) for title in named] or [Say("no_title")]


def describe(_rule: Rule, clause: Text, found: re.Match[str]) -> list[Intent]:
    text = titles.clean(clause.group(found, "text"))
    return [Update(target, description=text) for target in targets.parse(clause.group(found, "target"))]


def rename(_rule: Rule, clause: Text, found: re.Match[str]) -> list[Intent]:
    """Every "to" may be the one that parts the old title from the new."""
    text = clause.group(found, "text")
    ways = []
    for cut in islice(INTO.finditer(text.shadow), MAX_CUTS):
        old, new = text.part(0, cut.start()), titles.clean(text.part(cut.end()))
        if old.original.strip() and new:
            ways.append(Update(targets.single(old.strip()), title=new))
    if not ways:
        return [Say("no_title")]
    first, *others = ways
    if isinstance(first.target, Every):
        return [Say("help")]
    return [Update(first.target, title=first.title, others=tuple(others))]


def retitle(_rule: Rule, clause: Text, found: re.Match[str]) -> list[Intent]:
    title = titles.clean(clause.group(found, "title"))
    return [Update(targets.single(clause.group(found, "target").strip()), title=title)]


def complete(_rule: Rule, clause: Text, found: re.Match[str]) -> list[Intent]:
    text = clause.group(found, "target")
    if targets.EXCEPT.search(text.shadow):
        return [Say("except")]
    return [Complete(_open_only(target)) for target in targets.parse(text)]


def delete(_rule: Rule, clause: Text, found: re.Match[str]) -> list[Intent]:
    text = clause.group(found, "target")
    if targets.EXCEPT.search(text.shadow):
        return [Say("except")]
    return [Delete(target) for target in targets.parse(text)]


def deed(_rule: Rule, clause: Text, found: re.Match[str]) -> list[Intent]:
    """Completes "buy milk" and "call mum" for "I bought milk and called mum"; [] where there is no deed."""
    if base_form(found["verb"]) is None:
        return []
    return [Complete(target) for verb, done in _deeds(clause, found) for target in _done(verb, done)]


def _deeds(clause: Text, found: re.Match[str]) -> list[tuple[str, Text]]:
    """(verb, object) of each deed."""
    deeds = [(base_form(found["verb"]) or "", clause.group(found, "object"))]
    while again := AGAIN.fullmatch(deeds[-1][1].shadow):
        verb, rest = deeds[-1]
        following = base_form(again["verb"])
        if following is None:
            break
        deeds[-1:] = [(verb, rest.group(again, "object")), (following, rest.group(again, "more"))]
    return deeds


def _done(verb: str, done: Text) -> list[Target]:
    return [_done_by(verb, target) for target in targets.parse(done)]


def _done_by(verb: str, target: Target) -> Target:
    if not isinstance(target, Named) or not verb:
        return target
    return Named(f"{verb} {target.text}", looser=target.text)


def base_form(word: str) -> str | None:
    """The verb of a title: "buy" for "bought", "" for "finished", None for what is no past form."""
    word = word.lower()
    if word in DEEDS:
        return DEEDS[word]
    if not word.endswith("ed") or word in NOT_DEEDS or len(word) < 5:
        return None
    stem = word[:-2]
    if stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]  # planned
    return stem[:-1] + "y" if stem.endswith("i") else stem


def _open_only(target: Target) -> Target:
    return Every("pending") if isinstance(target, Every) else target


def offer(_rule: Rule, clause: Text, found: re.Match[str]) -> list[Intent]:
    return [Offer(titles.clean(clause.group(found, "title")))]


def show(_rule: Rule, clause: Text, _found: re.Match[str]) -> list[Intent]:
    return [Show(_status(clause.shadow))]


def show_all(_rule: Rule, _clause: Text, _found: re.Match[str]) -> list[Intent]:
    """The list says whether something is done."""
    return [Show("all")]


def count(_rule: Rule, clause: Text, _found: re.Match[str]) -> list[Intent]:
    return [Show(_status(clause.shadow), count_only=True)]


def _status(shadow: str) -> Status:
    """Both or neither kind of word means all."""
    pending = re.search(rf"\b{OPEN}\b", shadow, re.IGNORECASE)
    without = re.sub(rf"\b{OPEN}\b", " ", shadow, flags=re.IGNORECASE)
    completed = re.search(rf"\b(?:{DONE}|did)\b", without, re.IGNORECASE)
    if bool(pending) == bool(completed):
        return "all"
    return "pending" if pending else "completed"


BUILDERS: dict[str, Builder] = {
    builder.__name__: builder
    for builder in (
        say,
        add,
        add_listed,
        remind,
        describe,
        rename,
        retitle,
        complete,
        delete,
        deed,
        offer,
        show,
        show_all,
        count,
    )
}
