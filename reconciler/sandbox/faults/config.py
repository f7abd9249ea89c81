"""Files of faults: JSON, closed, each mistake reported with its place.

Shape:  ``{"faults": [{"func": "vds.order.param", "call": 1, "do": "drop", "when": "after"}, …]}``;
        the keys that every fault has are those of ``Fault``, the others those of the class that
        ``do`` names. Of several faults that hit one request the first stands nearest to the client.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter, ValidationError

from reconciler.sandbox.faults.encoding import Broken, Charset, Huge
from reconciler.sandbox.faults.fault import Fault
from reconciler.sandbox.faults.gateway import Long, Page, Redirect, Refresh, Status
from reconciler.sandbox.faults.lists import Filter, Rights, Shift, Stale, Total
from reconciler.sandbox.faults.network import Cut, Drip, Drop, Hang, Slow
from reconciler.sandbox.faults.side_effects import (
    Cart,
    ConcurrentCall,
    Expire,
    Ignore,
    Lag,
    Late,
    Reuse,
    Twice,
)
from reconciler.sandbox.faults.wrong_replies import (
    Busy,
    Contradict,
    ErrorFault,
    FalseSuccess,
    OtherReply,
    SecondFactor,
)
from reconciler.sandbox.file_errors import error_text

AnyFault = (
    ConcurrentCall | Broken | Busy | Cart | Charset | Contradict | Cut | Drip | Drop | ErrorFault
    | Expire | Filter | Hang | Huge | Ignore | Lag | Late | Long | FalseSuccess | OtherReply | Page
    | Redirect | Refresh | Reuse
    | Rights | SecondFactor | Shift | Slow | Stale | Status | Total | Twice
)  # fmt: skip
_FAULT: TypeAdapter[AnyFault] = TypeAdapter(Annotated[AnyFault, Field(discriminator="do")])


class FaultsError(ValueError):
    """A file of faults that cannot be read; the message names the place, ``line`` where known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def load_faults(path: str | Path) -> tuple[Fault, ...]:
    """Read a file of faults.

    Raises: FaultsError, with the file and the place in it.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise FaultsError(f"{path}: cannot be read: {reason}") from error
    try:
        return read_faults(text)
    except FaultsError as error:
        raise FaultsError(f"{path}: {error}", error.line) from error


def read_faults(text: str) -> tuple[Fault, ...]:
    """Read faults from a text.

    Raises: FaultsError, with the place: line and column of broken JSON, or the path of a key.
    """
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise FaultsError(
            f"line {error.lineno}, column {error.colno}: the JSON ends too early or is wrong here",
            error.lineno,
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("faults"), list):
        raise FaultsError('write {"faults": […]}, with a list')
    unknown = sorted(document.keys() - {"faults"})
    if unknown:
        raise FaultsError(f"{unknown[0]!r} is not a key of this file: the only key is `faults`")
    return tuple(_read(each, f"faults[{place}]") for place, each in enumerate(document["faults"]))


def _read(given: Any, place: str) -> Fault:  # noqa: ANN401 - whatever JSON holds
    try:
        return _FAULT.validate_python(given)
    except ValidationError as error:
        found = error.errors(include_url=False)
    match found[0]["type"]:
        case "union_tag_not_found":
            raise FaultsError(f"{place}: `do`, the name of the fault, is missing")
        case "union_tag_invalid":
            known = found[0]["ctx"]["expected_tags"].replace("'", "")
            raise FaultsError(f"{place}.do: {given['do']!r} is not a fault: choose one of {known}")
        case "model_attributes_type":
            raise FaultsError(f"{place}: a fault is an object")
        case "extra_forbidden":
            key, names = found[0]["loc"][-1], ", ".join(_keys(given["do"]))
            raise FaultsError(f"{place}.{key}: the key is unknown here: choose one of {names}")
        case _:
            path = _path(found[0]["loc"], given)
            first, *further = (error_text(e) for e in found if _path(e["loc"], given) == path)
            words = [first, *(each.removeprefix("expected ") for each in further)]
            raise FaultsError(f"{place}{path}: {' or '.join(words)}")


def _keys(name: str) -> list[str]:
    """Return the keys of the fault that ``do`` names, its own ones first."""
    fault = next(each for each in get_args(AnyFault) if each.model_fields["do"].default == name)
    own = [key for key in fault.model_fields if key not in Fault.model_fields]
    return [*own, *Fault.model_fields]


def _path(place: tuple[int | str, ...], given: dict[str, Any]) -> str:
    """Return the path to a value, without the steps that name a fault or a type."""
    first, *further = place[1:] or ("",)
    if not first:
        return ""
    known = given.get(str(first))
    inner = [step for step in further if isinstance(step, int) or isinstance(known, dict)]
    return f".{first}" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in inner)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise FaultsError(f"the key {twice!r} is given twice in one object")
    return made
