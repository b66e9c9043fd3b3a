"""What differs between the cluster and what helm's newest revision of each release says. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from delivery.masking import MASK
from delivery.release.managed_fields import (
    Path,
    beside,
    by_hand,
    helm_fields,
    leaves,
    others,
    value_at,
    words,
)

Item = Mapping[str, Any]
ABSENT = "(none)"
# What tells an item of a list from the others, as the API server's own merge keys do.
_KEYS = ("name", "mountPath", "containerPort", "port", "key", "ip")
# Written by the API server and by helm itself, not by the chart.
_NOT_OURS = re.compile(
    r"^(status|metadata\.(?!labels|annotations).*|metadata\.annotations\.(meta\.helm\.sh/|deployment\.kubernetes\.io/).*"
    r"|spec\.template\.metadata\.annotations\.kubectl\.kubernetes\.io/restartedAt)"
)  # fmt: skip
_SENSITIVE = re.compile(r"SECRET|TOKEN|PASSW|CREDENTIAL|PRIVATE|API_?KEY|_KEY$|DATABASE_URL", re.IGNORECASE)
_VARIABLE = re.compile(r"(?:\.env\[|^data\.)([^\]\.]+)")
_LONGEST = 120


@dataclass(frozen=True)
class Difference:
    """One thing that is not as recorded: where, what was recorded, what is, and who did it if that is known.

    `stays` tells of a field that another controller put beside the chart's own: no deploy takes it away.
    """

    object: str
    path: str
    recorded: str
    live: str
    manager: str = ""
    since: str = ""
    stays: bool = False

    def line(self) -> str:
        """The difference in one line."""
        who = f"  ({self.manager}{', ' + self.since if self.since else ''})" if self.manager else ""
        what = f"{self.path}: " if self.path else ""
        return f"{self.object}  {what}{self.recorded} → {self.live}{who}"


@dataclass(frozen=True)
class Drift:
    """What drifted of one release. `unknown` says why that could not be looked at."""

    differences: tuple[Difference, ...] = ()
    edited: tuple[Item, ...] = field(default=(), repr=False)
    unknown: str = ""

    @property
    def drifted(self) -> bool:
        """Whether a deploy has something to mend."""
        return any(not one.stays for one in self.differences)

    def named(self) -> tuple[Difference, ...]:
        """Differences in what the chart itself says, and edits by hand."""
        return tuple(one for one in self.differences if not one.stays)

    def foreign(self) -> tuple[Difference, ...]:
        """What other controllers put beside it."""
        return tuple(one for one in self.differences if one.stays)


def object_name(item: Item) -> str:
    """`Deployment/backend`."""
    return f"{item['kind']}/{item['metadata']['name']}"


def compare(desired: Sequence[Item], live: Sequence[Item], secret: Collection[str] = ()) -> Drift:
    """Drift of one release: `desired` are its objects as an apply of now would make them, `live` as they are.

    Since the API server made both, defaults and spellings (`1000m` and `1`) are the same. `secret` names
    variables whose values are never shown.
    """
    there = {object_name(one): one for one in live}
    found: list[Difference] = []
    edited = []
    for one in desired:
        name = object_name(one)
        if name not in there:
            found.append(Difference(name, "", "there", "deleted"))
            continue
        found += _named(name, one, there[name], secret)
        more = list(_beside(name, one, there[name], secret))
        found += more
        if any(not difference.stays for difference in more):
            edited.append(there[name])
    return Drift(tuple(found), tuple(edited))


def _named(name: str, desired: Item, live: Item, secret: Collection[str]) -> Iterator[Difference]:
    wanted, there = dict(flat(desired)), dict(flat(live))
    owners = [(words(path), one) for one in _managed(live) for path in leaves(one.get("fieldsV1") or {})]
    for path in sorted(wanted.keys() | there.keys()):
        if wanted.get(path) == there.get(path) or _NOT_OURS.match(joined(path)):
            continue
        by = next((one for owned, one in owners if path[: len(owned)] == owned and _other(one)), None)
        yield Difference(
            name, joined(path), _shown(path, wanted.get(path), secret), _shown(path, there.get(path), secret),
            str(by["manager"]) if by else "", str(by.get("time", "")) if by else "",
        )  # fmt: skip


def _beside(name: str, desired: Item, live: Item, secret: Collection[str]) -> Iterator[Difference]:
    """Fields that the chart does not name and somebody else does."""
    named = helm_fields(_managed(desired))
    for one in others(_managed(live)):
        for path in beside(one.get("fieldsV1") or {}, named):
            where = words(path)
            yield Difference(
                name, joined(where), ABSENT, _shown(where, value_at(live, path), secret),
                one["manager"], str(one.get("time", "")), stays=not by_hand(one["manager"]),
            )  # fmt: skip


def _managed(item: Item) -> list[Item]:
    return list(item["metadata"].get("managedFields") or ())


def _other(entry: Item) -> bool:
    return entry["manager"] != "helm" and entry.get("subresource") != "status"


def flat(value: object, at: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every leaf of an object by its path; items of a list by what names them, else by their place."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            if (*at, key) != ("metadata", "managedFields"):
                yield from flat(inner, (*at, key))
    elif isinstance(value, list) and value:
        for name, inner in _items(value):
            yield from flat(inner, (*at, f"[{name}]"))
    else:
        yield at, value


def _items(rows: list[Any]) -> list[tuple[str, Any]]:
    for key in _KEYS:
        names = [str(row[key]) for row in rows if isinstance(row, Mapping) and key in row]
        if len(set(names)) == len(rows):
            return list(zip(names, rows, strict=True))
    return [(str(number), row) for number, row in enumerate(rows)]


def joined(path: Path) -> str:
    """`spec.template.spec.containers[backend].env[FOO].value`."""
    return ".".join(path).replace(".[", "[")


def _shown(path: Path, value: object, secret: Collection[str]) -> str:
    if value is None:
        return ABSENT
    found = _VARIABLE.search(joined(path))
    if found and (found[1] in secret or _SENSITIVE.search(found[1])):
        return MASK
    if isinstance(value, Mapping) and "value" in value and "name" in value:
        value = value["value"]
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
