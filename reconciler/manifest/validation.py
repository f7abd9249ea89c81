"""Validate the project file and policies by a model, with a position for each error.

Invariants: no message repeats an author's text; null is an error unless the caller allows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from reconciler.kinds.error_messages import error_message
from reconciler.manifest.quote import did_you_mean, quote
from reconciler.manifest.yaml.positions import YamlDocument, locate, locate_key
from reconciler.model.finding import Finding, FindingCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from reconciler.manifest.yaml.scalars import Plain

Path = tuple[str | int, ...]
Schema = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)


def validate_model(
    document: YamlDocument,
    model: type[Model],
    findings: list[Finding],
    *,
    code: FindingCode = "project",
    nullable: Path | None = None,
) -> Model | None:
    """Validate a document by a model; errors are added to the findings.

    ``nullable`` is the one section of the document whose values may be null.
    """
    findings += _nulls(document, document.value, (), nullable)
    refused = {finding.source for finding in findings}
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        found = [_finding(document, each, code, model) for each in _details(error)]
        findings += [each for each in found if each.source not in refused]
        return None


def complaints(error: ValidationError) -> list[str]:
    """Return the messages of a model's errors."""
    return [_words(each) for each in _details(error)]


def _nulls(
    document: YamlDocument, value: Plain, path: Path, nullable: Path | None
) -> Iterator[Finding]:
    if path == nullable:
        return
    if value is None and path:
        place = locate(document.file, document.place, path)
        yield Finding("error", "null", f"{path[-1]} cannot be null: leave it out", place)
    items = value.items() if isinstance(value, dict) else ()
    for key, item in items:
        yield from _nulls(document, item, (*path, key), nullable)


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False)


def _finding(
    document: YamlDocument, detail: ErrorDetails, code: FindingCode, model: type[BaseModel]
) -> Finding:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    if detail["type"] == "extra_forbidden":
        source = locate_key(document.file, document.place, path)
        known = _keys_at(model, path[:-1])
        key, hint = quote(str(path[-1])), did_you_mean(str(path[-1]), known)
        words = f"unknown key {key}{hint or '; there are ' + ', '.join(known)}"
        return Finding("error", code, words, source)
    source = locate(document.file, document.place, path)
    return Finding("error", code, _words(detail), source)


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys that a model knows at a place of its document."""
    schema = model.model_json_schema(by_alias=True)
    nodes = [schema]
    for step in path:
        nodes = [inner for node in nodes for inner in _within(schema, node, step)]
    keys = [pair for node in nodes for pair in node.get("properties", {}).items()]
    return [key for key, value in keys if "not" not in value]  # those that are refused by name


def _within(schema: Schema, node: Schema, step: str | int) -> Iterator[Schema]:
    """Yield what a schema says of a key's value or of a list's entry, its alternatives apart."""
    named = node.get("properties", {}).get(step)
    others = [node.get("items"), node.get("additionalProperties")]
    found = [named] if named else [*node.get("patternProperties", {}).values(), *others]
    for each in found:
        if not isinstance(each, dict):
            continue
        for arm in (each, *each.get("anyOf", ())):
            name = str(arm.get("$ref", "")).rpartition("/")[2]
            yield schema["$defs"][name] if name else arm


def _words(detail: ErrorDetails) -> str:
    field = ".".join(str(part) for part in detail["loc"] if part != "[key]") or "the document"
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key {quote(str(detail['loc'][-1]))}: remove it"
        case "missing":
            return f"{field} is needed"
        case _:
            return f"{field}: {error_message(detail)}"
