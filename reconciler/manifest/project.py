"""The project file: found, read and checked like a manifest, and turned into a ``Project``.

Invariants: nothing of a project is used before all of it is sound; without a project file a run
lives on ``RECONCILER_URL`` and the manifests that it is given.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.errors import ManifestsError, UsageError
from reconciler.manifest.composer import compose
from reconciler.manifest.load import in_order
from reconciler.manifest.place import Document, locate, locate_key
from reconciler.manifest.project_spec import ProjectFile
from reconciler.manifest.quote import quote
from reconciler.manifest.target import to_project
from reconciler.manifest.tree import read_regular
from reconciler.model.finding import Finding, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from reconciler.manifest.scalar import Plain
    from reconciler.model.target import Project

FILE_NAME = "reconciler.yaml"
ENV_TARGET = "env"


def load_project(
    file: Path | None, environ: Mapping[str, str], *, manifests: Sequence[str] = ()
) -> Project:
    """Load the project file; without one named, look here and upwards for ``reconciler.yaml``.

    ``manifests`` replaces the paths of the file. Where no file is found, ``RECONCILER_URL`` makes a
    project of one target called ``env``; its namespace is ``RECONCILER_NAMESPACE`` or ``default``.
    Raises: ManifestsError with all findings, UsageError when there is no project at all.
    """
    found = file or _upwards(Path.cwd())
    project = _without_file(environ) if found is None else _read(found)
    return replace(project, manifests=tuple(manifests)) if manifests else project


def _upwards(start: Path) -> Path | None:
    return next(
        (each / FILE_NAME for each in (start, *start.parents) if (each / FILE_NAME).is_file()), None
    )


def _without_file(environ: Mapping[str, str]) -> Project:
    url = environ.get("RECONCILER_URL")
    if not url:
        raise UsageError(
            f"no {FILE_NAME} here or above: run 'reconciler init', name one with --project, or "
            "set RECONCILER_URL"
        )
    try:
        read = ProjectFile.model_validate(
            {
                "apiVersion": "reconciler/v1",
                "kind": "Project",
                "metadata": {"name": environ.get("RECONCILER_NAMESPACE", "default")},
                "spec": {"targets": {ENV_TARGET: {"url": url}}},
            }
        )
    except ValidationError as error:
        place = Source("the environment")
        faults = [Finding("error", "project", _words(each), place) for each in _details(error)]
        raise ManifestsError(faults) from None
    return to_project(read, Path.cwd())


def _read(file: Path) -> Project:
    try:
        raw = read_regular(file)
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
        fault = Finding("error", "unreadable", message, Source(file.name))
        raise ManifestsError([fault]) from None
    documents, findings = compose(raw, file.name)
    if not findings and len(documents) != 1:
        message = "a project file is one document"
        findings.append(Finding("error", "project", message, Source(file.name)))
    project = _check(documents[0], findings) if len(documents) == 1 else None
    if project is None or findings:
        raise ManifestsError(in_order(findings))
    root = Path(os.path.abspath(file)).parent  # noqa: PTH100 - resolve() would follow links
    return to_project(project, root)


def _check(document: Document, findings: list[Finding]) -> ProjectFile | None:
    findings += _nulls(document, document.value, ())
    refused = {finding.source for finding in findings}
    try:
        return ProjectFile.model_validate(document.value)
    except ValidationError as error:
        found = [_finding(document, each) for each in _details(error)]
        findings += [each for each in found if each.source not in refused]
        return None


def _nulls(document: Document, value: Plain, path: tuple[str | int, ...]) -> Iterator[Finding]:
    if path == ("spec", "guards"):
        return  # null leaves a bound off
    if value is None and path:
        place = locate(document.file, document.place, path)
        yield Finding("error", "null", f"{path[-1]} cannot be null: leave it out", place)
    items = value.items() if isinstance(value, dict) else ()
    for key, item in items:
        yield from _nulls(document, item, (*path, key))


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_input=False)


def _finding(document: Document, detail: ErrorDetails) -> Finding:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    if detail["type"] == "extra_forbidden":
        source = locate_key(document.file, document.place, path)
    else:
        source = locate(document.file, document.place, path)
    return Finding("error", "project", _words(detail), source)


def _words(detail: ErrorDetails) -> str:
    field = ".".join(str(part) for part in detail["loc"] if part != "[key]") or "a project file"
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key {quote(str(detail['loc'][-1]))}: take it out"
        case "missing":
            return f"{field} is needed"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{field}: expected a map"
        case "is_instance_of":
            return f"{field}: expected a number, without quotes"
        case _:  # pydantic's own words, which do not repeat the value
            pass
    text = detail["msg"].removeprefix("Value error, ")
    return f"{field}: {text[:1].lower()}{text[1:]}"
