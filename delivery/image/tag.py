"""The content tag: equal inputs give an equal tag, a changed input gives another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from delivery.image.base_images import BaseImage

_DIGITS = 12


@dataclass(frozen=True)
class BuildInputs:
    """All that decides what an image contains."""

    context_digest: str
    dockerfile: str
    build_args: Mapping[str, str]
    base_ids: Mapping[str, str]
    platform: str

    def tag(self, prefix: str) -> str:
        """`<prefix>-<12 hex>`, a valid image tag."""
        text = json.dumps(asdict(self), sort_keys=True)
        return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def base_ids(bases: Sequence[BaseImage]) -> dict[str, str]:
    """ID by build argument; the reference stands in for an ID that is not known yet."""
    return {base.argument: base.image_id or base.reference for base in bases}
