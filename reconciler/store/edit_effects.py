"""What has been seen of a target's edits, as one file beside the inventory.

Invariants: it holds names of functions and what they did, and no value of any object; what was
seen of another address than the target's counts for nothing; a damaged file is never overwritten.
Shape:  ``EditEffectsFile``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypedDict, get_args

from reconciler.documents.types import FORMAT_VERSION
from reconciler.errors import StoreError
from reconciler.model.edit_effect import Effect, Sort
from reconciler.store.atomic_file import read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from reconciler.documents.types import FormatVersion
    from reconciler.model.edit_effect import EditEffects

_LIMIT = 1 << 20


class EditEffectsFile(TypedDict):
    """The effects of the edits on the panel at ``url``, by function and sort of value."""

    formatVersion: FormatVersion
    url: str
    edits: EditEffects


class FileEditEffects:
    """What has been seen of one target's edits; a missing file says nothing."""

    def __init__(self, path: Path, url: str, *, fence: Callable[[], None] = lambda: None) -> None:
        """Use the file at ``path``; ``fence`` raises when the lock was lost."""
        self._path = path
        self._url = url
        self._fence = fence

    def load(self) -> EditEffects:
        """Return what is known. Raises: StoreError when the file is damaged."""
        raw = read_file(self._path, _LIMIT)
        if raw is None:
            return {}
        try:
            document = json.loads(raw)
            if document["formatVersion"] != FORMAT_VERSION:
                message = f"{self._path} was written by a newer version: update reconciler"
                raise StoreError(message)
            return self._known(document)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            message = f"{self._path} is damaged: move it away; the next edits write a new one"
            raise StoreError(message) from error

    def save(self, effects: EditEffects) -> None:
        """Replace what is known. Raises: StoreError."""
        self._fence()
        document: EditEffectsFile = {
            "formatVersion": FORMAT_VERSION,
            "url": self._url,
            "edits": effects,
        }
        text = json.dumps(document, sort_keys=True, indent=1)
        write_file(self._path, f"{text}\n".encode())

    def _known(self, document: Mapping[str, Any]) -> EditEffects:
        return known_effects(document["edits"]) if document["url"] == self._url else {}


def known_effects(edits: Mapping[str, Mapping[str, str]]) -> EditEffects:
    """Return effects as they are written. Raises: ValueError for a word that is none."""
    return {
        func: {_sort(sort): _effect(seen) for sort, seen in effects.items()}
        for func, effects in edits.items()
    }


def _sort(text: str) -> Sort:
    found: Sort | None = next((each for each in get_args(Sort) if each == text), None)
    if found is None:
        raise ValueError(f"{text!r} is not a type of value")
    return found


def _effect(text: str) -> Effect:
    found: Effect | None = next((each for each in get_args(Effect) if each == text), None)
    if found is None:
        raise ValueError(f"{text!r} is not an effect of an edit")
    return found
