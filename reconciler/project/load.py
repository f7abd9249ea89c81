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
from reconciler.manifest.load.files import inside, read_regular
from reconciler.manifest.load.loader import in_order
from reconciler.manifest.quote import quote
from reconciler.manifest.validation import complaints, validate_model
from reconciler.manifest.yaml.documents import compose
from reconciler.manifest.yaml.positions import locate
from reconciler.model.finding import Finding, Source
from reconciler.project.approvals import approval_findings
from reconciler.project.spec import ProjectFile
from reconciler.project.state_spec import check_state
from reconciler.project.targets import to_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.manifest.yaml.positions import YamlDocument
    from reconciler.model.target import Project

FILE_NAME = "reconciler.yaml"
ENV_TARGET = "env"
_BOUNDS = ("spec", "guards")  # null leaves a bound off


def load_project(
    file: Path | None, environ: Mapping[str, str], *, manifests: Sequence[str] = ()
) -> Project:
    """Load the project file; without one named, look here and upwards for ``reconciler.yaml``.

    ``manifests`` replaces the paths of the file. Where no file is found, ``RECONCILER_URL`` makes a
    project of one target called ``env``; its namespace is ``RECONCILER_NAMESPACE`` or ``default``.
    ``RECONCILER_STATE`` says where the state is, in the place of what the file says.
    Raises: ManifestsError with all findings, UsageError when there is no project at all.
    """
    found = file or find_project(Path.cwd())
    project = _without_file(environ) if found is None else _read(found, manifests)
    project = _with_state(project, environ.get("RECONCILER_STATE", ""))
    return replace(project, manifests=tuple(manifests)) if manifests else project


def _with_state(project: Project, url: str) -> Project:
    """Return the project with its state where the environment says. Raises: ManifestsError."""
    if not url or url == project.state.url:
        return project
    try:
        settings = replace(project.state, url=check_state(url))
    except ValueError as error:
        fault = Finding("error", "project", f"RECONCILER_STATE: {error}", Source("the environment"))
        raise ManifestsError([fault]) from None
    return project.with_state(settings)


def find_project(start: Path) -> Path | None:
    """Return the project file in a folder or above; None where there is none."""
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
        faults = [Finding("error", "project", each, place) for each in complaints(error)]
        raise ManifestsError(faults) from None
    return to_project(read, Path.cwd())


def _read(file: Path, manifests: Sequence[str]) -> Project:
    try:
        raw = read_regular(file)
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
        fault = Finding("error", "unreadable", message, Source(file.name))
        raise ManifestsError([fault]) from None
    documents, findings = compose(raw, file.name)
    if not findings and len(documents) != 1:
        message = "a project file must hold one document"
        second = [locate(file.name, each.place) for each in documents[1:]]
        findings.append(Finding("error", "project", message, *second[:1] or (Source(file.name),)))
    project = None
    if len(documents) == 1:
        project = validate_model(documents[0], ProjectFile, findings, nullable=_BOUNDS)
    root = Path(os.path.abspath(file)).parent  # noqa: PTH100 - resolve() would follow links
    if project is not None and not findings:
        findings += _mixed_folders(documents[0], project, root, manifests)
        findings += approval_findings(documents[0], project.spec.approvals, project.spec.approvers)
    if project is None or findings:
        raise ManifestsError(in_order(findings))
    return to_project(project, root)


def _mixed_folders(
    document: YamlDocument, file: ProjectFile, root: Path, manifests: Sequence[str]
) -> Iterator[Finding]:
    """Report overlays that lie among the manifests, where they would be declared for all targets.

    A folder of manifests inside one of overlays would be read twice as well.
    """
    declared = manifests or file.spec.manifests
    for name, target in file.spec.targets.items():
        for number, folder in enumerate(target.overlays):
            for other in declared:
                if not _overlap(root, folder, other):
                    continue
                message = (
                    f"the overlays {quote(folder)} and the manifests {quote(other)} lie inside "
                    "each other: move the overlays into a folder of their own"
                )
                path = ("spec", "targets", name, "overlays", number)
                place = locate(document.file, document.place, path)
                yield Finding("error", "overlay-folder", message, place)


def _overlap(root: Path, folder: str, other: str) -> bool:
    one, two = (inside(root, each) for each in (folder, other))
    if one is None or two is None:
        return False
    return Path(one).is_relative_to(two) or Path(two).is_relative_to(one)
