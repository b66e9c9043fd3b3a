"""Checks what a model claims: objects, images, keys and commands that do not exist are marked.

Pure. It marks what is certainly wrong and leaves alone what it can't judge, such as plain words.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from delivery.ai.answer import Mark
from delivery.ai.real_commands import ALIASES, NEEDS_MORE, VERBS, changes

Names = Mapping[str, frozenset[str]]
Flags = Callable[[tuple[str, ...]], "frozenset[str] | None"]
# What people call a kind, and how it is spelt in the API.
_KINDS = {
    "Pod": "pod pods po",
    "Deployment": "deployment deployments deploy",
    "StatefulSet": "statefulset statefulsets sts",
    "DaemonSet": "daemonset daemonsets ds",
    "ReplicaSet": "replicaset replicasets rs",
    "Job": "job jobs",
    "CronJob": "cronjob cronjobs cj",
    "Service": "service services svc",
    "Secret": "secret secrets",
    "ConfigMap": "configmap configmaps cm",
    "PersistentVolumeClaim": "persistentvolumeclaim persistentvolumeclaims pvc pvcs",
    "Ingress": "ingress ingresses ing",
    "ServiceAccount": "serviceaccount serviceaccounts sa",
    "HorizontalPodAutoscaler": "horizontalpodautoscaler hpa",
    "NetworkPolicy": "networkpolicy networkpolicies netpol",
    "Namespace": "namespace namespaces ns",
    "Node": "node nodes no",
    "Container": "container containers",
    "Release": "release releases",
    "Image": "image images",
    "Key": "key keys variable",
}
KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_ANY_KIND = "|".join(sorted(KIND_OF, key=len, reverse=True))
_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_SLASHED = re.compile(rf"(?<![\w./-])({_ANY_KIND})/({_NAME})(?![\w/])", re.IGNORECASE)
# pod `x`, Deployment "x", and the same with the words the other way round.
_QUOTED = re.compile(
    rf"\b({_ANY_KIND})s?\s+(?:named\s+|called\s+)?[`\"'“]([^`\"'”\s]{{1,253}})[`\"'”]", re.IGNORECASE
)
_QUOTED_BEFORE = re.compile(rf"[`\"'“]([^`\"'”\s]{{1,253}})[`\"'”]\s+({_ANY_KIND})\b", re.IGNORECASE)
# Names that a controller made are nobody's word: Deployment, template hash, pod.
_POD_NAME = re.compile(r"(?<![\w./-])([a-z][a-z0-9-]*-[a-f0-9]{8,10}-[a-z0-9]{5})(?![\w-])")
_IMAGE = re.compile(
    r"(?<![\w./@-])((?:[\w.-]+(?::\d+)?/)*[a-z0-9][\w.-]*:[A-Za-z_][\w.-]*\d[\w.-]*)(?![\w/:])"
)
_VARIABLE = re.compile(r"(?<![\w$./-])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?![\w])")
_COMMAND = re.compile(
    r"(?:^|[`$>]\s*|\b[Rr]un\s+|:\s+)((?:kubectl|helm|\./inv|inv|kagent|kubectl-ai)\s"
    r"(?!(?:to|is|was|has|had|can|will|does|did|and|or|with|in|on|for|not|from|as|commands?|itself|says|shows)\b)"
    r"[^`\n]*)",
    re.MULTILINE,
)
_PLACEHOLDER = re.compile(r"[<>{}$*…\[\]]|^(?:name|pod|pod-name|xxx+|example|your-.*|my-.*)$", re.IGNORECASE)
_STANDS_FOR = re.compile(
    r"^(?:YOUR|MY)_|^(?:POD|NODE|CONTAINER|DEPLOYMENT|SERVICE|RELEASE|NAMESPACE|SECRET)_NAME$"
)
_TAKES_OBJECT = (
    "get",
    "describe",
    "delete",
    "edit",
    "logs",
    "exec",
    "scale",
    "patch",
    "expose",
    "attach",
    "debug",
)
# Flags whose next word is their value: it is no name of an object.
_WITH_VALUE = re.compile(
    r"^(?:-[nclofLkp]|--(?:namespace|container|selector|output|filename|tail|since|replicas|context|kubeconfig|type"
    r"|patch|kube-context|values|set|version|revision|field-selector|sort-by|timeout|limits|requests|image))$"
)


@dataclass(frozen=True)
class Known:
    """What there is: names by kind, tasks of the kit, a way to ask for flags, words that are no keys."""

    names: Names
    tasks: frozenset[str] = frozenset()
    flags: Flags = lambda _words: None
    words: frozenset[str] = field(default_factory=frozenset)


def check(text: str, known: Known) -> tuple[Mark, ...]:
    """Every claim that does not hold, once, in the order of the text."""
    found = [*_object_marks(text, known), *_image_marks(text, known), *_key_marks(text, known)]
    found += [mark for command in commands_in(text) for mark in _command_marks(command, known)]
    once = {mark.text: mark for mark in reversed(found)}
    return tuple(sorted(once.values(), key=lambda mark: (text.find(mark.text), mark.text)))


def commands_in(text: str) -> list[str]:
    """The commands that an answer proposes, each once."""
    found = (
        re.split(r"\s+#|\s+(?:&&|\|\||;|\|)\s", match[1])[0].strip().rstrip(".,")
        for match in _COMMAND.finditer(text)
    )
    return list(dict.fromkeys(found))


def with_marks(text: str, marks: Iterable[Mark]) -> str:
    """The text with a number behind each marked claim, and what the numbers mean below it."""
    notes = []
    for number, mark in enumerate(marks, start=1):
        whole = rf"(?<![\w.-]){re.escape(mark.text)}(?![\w-])"
        text = re.sub(whole, lambda found, n=number: f"{found[0]} [!{n}]", text, count=1)  # type: ignore[misc]
        notes.append(f"[!{number}] {mark.text}: {mark.reason}")
    return "\n".join([text.rstrip(), "", *notes]) if notes else text


def _object_marks(text: str, known: Known) -> Iterator[Mark]:
    pairs = [(m[1], m[2]) for pattern in (_SLASHED, _QUOTED) for m in pattern.finditer(text)]
    pairs += [(m[2], m[1]) for m in _QUOTED_BEFORE.finditer(text)]
    for word, name in pairs:
        yield from _object_mark(KIND_OF[word.lower()], name, known)
    for match in _POD_NAME.finditer(text):
        yield from _object_mark("Pod", match[1], known)


def _object_mark(kind: str, name: str, known: Known) -> Iterator[Mark]:
    there = known.names.get(kind)
    if there is None or _PLACEHOLDER.search(name) or name in there:
        return
    if kind == "Image" and any(_same_image(name, one) for one in there):
        return
    yield Mark(name, f"there is no {kind} of this name")


def _image_marks(text: str, known: Known) -> Iterator[Mark]:
    there = known.names.get("Image", frozenset())
    for match in _IMAGE.finditer(text):
        repositories = {one.rsplit(":", 1)[0].rsplit("/", 1)[-1] for one in there}
        own = match[1].rsplit(":", 1)[0].rsplit("/", 1)[-1] in repositories
        if own and not any(_same_image(match[1], one) for one in there):
            yield Mark(match[1], "no container here has this image")


def _same_image(claimed: str, real: str) -> bool:
    """Whether the words name this image; a model may leave out the registry, or the tag."""
    if real == claimed or real.endswith(f"/{claimed}"):
        return True
    name = real.rsplit("/", 1)[-1]
    return claimed in (name, name.rsplit(":", 1)[0], name.split("@", 1)[0])


def _key_marks(text: str, known: Known) -> Iterator[Mark]:
    keys = known.names.get("Key")
    if keys is None:
        return
    spelt = {key.upper().replace("-", "_").replace(".", "_") for key in keys}
    for match in _VARIABLE.finditer(text):
        if match[1] not in keys | spelt | known.words and not _STANDS_FOR.search(match[1]):
            yield Mark(match[1], "no container, ConfigMap or Secret here has this key")


def _command_marks(command: str, known: Known) -> Iterator[Mark]:
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    program = words[0].removeprefix("./")
    if program == "inv":
        if known.tasks and (len(words) < 2 or words[1] not in known.tasks):
            yield Mark(command, "this kit has no such task: ./inv --list")
    elif program not in VERBS:
        yield Mark(command, "this can't be checked, and is no command of this kit")
    else:
        yield from _program_marks(command, program, words[1:], known)


def _program_marks(command: str, program: str, words: list[str], known: Known) -> Iterator[Mark]:
    plain = _without_flags(words)
    aliases = ALIASES[program]
    verb = aliases.get(plain[0], plain[0]) if plain else ""
    if verb not in VERBS[program]:
        yield Mark(command, f"{program} has no command {verb!r}")
        return
    more = aliases.get(plain[1], plain[1]) if len(plain) > 1 else ""
    below = VERBS[program][verb]
    if below and more not in below and (verb in NEEDS_MORE[program] or (verb == "create" and more)):
        yield Mark(command, f"{program} {verb} has no command {more!r}")
        return
    path = (program, verb, more) if more in below else (program, verb)
    wrong = _wrong_flags(words, known.flags(path))
    if wrong:
        yield Mark(command, f"{' '.join(path)} has no flag {', '.join(wrong)}")
    elif changes(program, verb, more):
        yield Mark(command, "this would change something; the kit does not run it")
    if program == "kubectl" and verb in _TAKES_OBJECT and _about_this_namespace(words, known):
        yield from _argument_marks(verb, plain[1:], known)


def _argument_marks(verb: str, arguments: list[str], known: Known) -> Iterator[Mark]:
    """Names of objects in a command: `KIND NAME`, or a pod alone."""
    if not arguments or "/" in arguments[0]:  # KIND/NAME is found in the text itself
        return
    if verb in ("logs", "exec", "attach"):
        yield from _object_mark("Pod", arguments[0], known)
    elif arguments[0].lower() in KIND_OF and len(arguments) > 1:
        yield from _object_mark(KIND_OF[arguments[0].lower()], arguments[1], known)


def _about_this_namespace(words: list[str], known: Known) -> bool:
    own = known.names.get("Namespace", frozenset())
    named = {value for flag, value in pairwise(words) if flag in ("-n", "--namespace")}
    named |= {word.partition("=")[2] for word in words if word.startswith("--namespace=")}
    return not own or named <= own


def _without_flags(words: list[str]) -> list[str]:
    plain, skip = [], False
    for word in words:
        if word == "--":
            break
        if skip or word.startswith("-"):
            skip = not skip and bool(_WITH_VALUE.match(word))
            continue
        plain.append(word)
    return plain


def _wrong_flags(words: list[str], real: frozenset[str] | None) -> list[str]:
    if real is None:
        return []
    end = words.index("--") if "--" in words else len(words)
    used = [word[2:].partition("=")[0] for word in words[:end] if word.startswith("--")]
    return [f"--{flag}" for flag in used if flag not in real and flag.removeprefix("no-") not in real]
