"""A raw spec becomes the fields that its author set, or a list of what is wrong with it.

Invariant: only fields that stand in the manifest are in the result (the diff is left-scoped).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.kinds.error_messages import error_message
from reconciler.kinds.spec import Spec

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from reconciler.kinds.kind import ResourceKind
    from reconciler.model.finding import FindingCode
    from reconciler.model.value import Fields, Value


_LONGEST = 48
_WRONG_TYPES = frozenset({"string_type", "int_type", "bool_type", "is_instance_of"})


@dataclass(frozen=True, slots=True)
class SpecError:
    """What is wrong at one place of a spec; ``path`` leads there by keys and positions."""

    path: tuple[str | int, ...]
    code: FindingCode
    message: str


def parse_spec(kind: ResourceKind, raw: Mapping[str, object]) -> tuple[Fields, list[SpecError]]:
    """Read a spec as composed from YAML: texts, whole numbers, decimals, flags, lists, maps.

    Inline child lists must have been taken out before. Fields are keyed by their manifest names;
    a nested field is keyed by its dotted path.
    """
    faults: list[SpecError] = []
    if None in raw.values():
        faults = list(_nulls(kind, raw))
        nulls = {fault.path[0] for fault in faults}
        raw = {k: v for k, v in raw.items() if k not in nulls}
    try:
        spec = kind.spec.model_validate(raw)
    except ValidationError as error:
        return {}, faults + [_fault(kind, detail) for detail in error.errors(include_url=False)]
    return _set_fields(spec), faults


def _nulls(kind: ResourceKind, raw: Mapping[str, object]) -> Iterator[SpecError]:
    for key, value in raw.items():
        facet = kind.by_name.get(key)
        if value is None and not (facet and facet.wire.none):
            message = f"{key} cannot be null: remove it to leave the field unmanaged"
            yield SpecError((key,), "null", message)


def _set_fields(spec: Spec) -> dict[str, Value]:
    found: dict[str, Value] = {}
    were_set = spec.model_fields_set
    values = vars(spec)
    for attribute, name in _names(type(spec)):
        if attribute in were_set:
            value = values[attribute]
            if isinstance(value, Spec):
                found |= {f"{name}.{inner}": each for inner, each in _set_fields(value).items()}
            else:
                found[name] = value
    return found


@cache
def _names(spec: type[Spec]) -> tuple[tuple[str, str], ...]:
    """Return the attributes of a spec, each with its name in manifests."""
    return tuple((name, field.alias or name) for name, field in spec.model_fields.items())


def _fault(kind: ResourceKind, detail: ErrorDetails) -> SpecError:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    field = ".".join(_short(part) for part in path)
    match detail["type"]:
        case "extra_forbidden":
            inside = "".join(f"{part}." for part in path[:-1])
            names = [f.name.removeprefix(inside) for f in kind.facets if f.name.startswith(inside)]
            known = ", ".join(sorted({name.split(".")[0] for name in names}))
            words = f"{kind.name} has no field {field!r}; there are {known}"
            return SpecError(path, "unknown-field", words)
        case "missing":
            return SpecError(path[:-1], "missing-field", f"{kind.name} needs the field {field!r}")
        case sort:
            code: FindingCode = "wrong-type" if sort in _WRONG_TYPES else "invalid-value"
            return SpecError(path, code, f"{field}: {error_message(detail)}")


def _short(part: str | int) -> str:
    text = str(part)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
