"""What the manifests of a commit declare, read from a private copy of its files.

Invariants: the copy holds the project file, the manifests and the overlays, and goes when they are
read; manifests that do not load are an error, and never count as empty.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.errors import CommitError, ManifestsError
from reconciler.manifest.load.files import SUFFIXES, inside
from reconciler.manifest.load.loader import load_manifests
from reconciler.manifest.quote import quote
from reconciler.planning.declared_difference import Declared
from reconciler.policies.load import DEFAULT_FOLDER, load_policies
from reconciler.project.git import Repository
from reconciler.project.load import load_project
from reconciler.project.rule_changes import ProjectRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.explanation import BaseCommit
    from reconciler.model.finding import Finding
    from reconciler.model.target import Project
    from reconciler.project.git import CommitFile

# Findings of a commit that had no manifest yet where there are some by now.
_NOT_YET = frozenset({"path-missing", "no-manifests"})


def read_declared(
    project: Project,
    file: str | None,
    target: str,
    *,
    catalogue: Catalogue,
    reference: str,
    manifests: Sequence[str] = (),
) -> tuple[Declared, BaseCommit, ProjectRules | None]:
    """Return what was declared for a target where the branch left a reference, and that commit.

    The rules are those of the project then, None where that commit had no project file.

    Shape: ``file`` is the name of the project file in the project's folder, None where there is
           none; ``manifests`` are the paths that replace its own.
    Raises: UsageError for a reference that Git does not know, CommitError for whatever else
            prevents the manifests of that commit from being read.
    """
    root = Path(project.root)
    repository = Repository(root)
    base = repository.base(reference)
    paths = [found for each in manifests if (found := inside(root, each)) is not None]
    with TemporaryDirectory(prefix="reconciler-") as folder:
        copy = _Copy(Path(folder), repository, base, repository.files(base.commit))
        then = replace(project, root=folder) if file is None else copy.load_project(file, paths)
        if then is None or target not in then.targets:
            return Declared((), project.namespace), base, None
        chosen = then.targets[target]
        copy.add([*(paths or then.manifests), *chosen.overlays, then.policies or DEFAULT_FOLDER])
        loaded = load_manifests(copy.folder, paths or then.manifests, catalogue, chosen.overlays)
        policies = load_policies(copy.folder, then.policies, catalogue).policies
    faults = [f for f in loaded.findings if f.severity == "error" and f.code not in _NOT_YET]
    if faults:
        raise CommitError(_broken(base, faults))
    rules = None if file is None else ProjectRules(then, policies)
    return Declared(loaded.desired, then.namespace, chosen.url), base, rules


@dataclass(frozen=True, slots=True)
class _Copy:
    """A private folder with those files of a commit that were asked for."""

    folder: Path
    repository: Repository
    base: BaseCommit
    files: tuple[CommitFile, ...]

    def load_project(self, file: str, manifests: Sequence[str]) -> Project | None:
        """Return the project as the commit had it, None where it had none. Raises: CommitError."""
        self._write(each for each in self.files if each.path == file)
        if not (self.folder / file).exists():
            return None
        try:
            return load_project(self.folder / file, {}, manifests=manifests)
        except ManifestsError as error:
            raise CommitError(_broken(self.base, error.findings)) from None

    def add(self, paths: Iterable[str]) -> None:
        """Write the manifests at and below some paths. Raises: CommitError."""
        starts = [Path(path) for path in paths]
        self._write(
            each
            for each in self.files
            if any(_concerns(each, Path(each.path), start) for start in starts)
        )

    def _write(self, files: Iterable[CommitFile]) -> None:
        wanted = list(files)
        for each in wanted:
            if each.sort == "submodule":
                folder = quote(each.path)
                raise CommitError(
                    f"the submodule {folder} is not here as that commit has it: run "
                    f"`git submodule update --init {folder}`, and `git fetch` in it"
                )
        texts = self.repository.contents(each for each in wanted if each.sort == "file")
        try:
            for path, raw in texts.items():
                whole = self.folder / path
                whole.parent.mkdir(parents=True, exist_ok=True)
                with whole.open("xb") as file:
                    file.write(raw)
            # After the files, so that none is written through a link; the loader refuses links.
            for each in wanted:
                if each.sort == "link":
                    (self.folder / each.path).parent.mkdir(parents=True, exist_ok=True)
                    (self.folder / each.path).symlink_to("nowhere")
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise CommitError(f"the files of the commit cannot be copied: {reason}") from error


def _concerns(file: CommitFile, path: Path, start: Path) -> bool:
    """Return whether a loader that begins at a path would meet a file of a commit."""
    if file.sort == "file":
        return path.is_relative_to(start) and path.name.endswith(SUFFIXES)
    return path.is_relative_to(start) or start.is_relative_to(path)


def _broken(base: BaseCommit, faults: Sequence[Finding]) -> str:
    first, more = faults[0], len(faults) - 1
    place = f"{first.source}: " if first.source else ""
    rest = f" (and {more} more)" if more else ""
    return f"the manifests of {base} do not load: {place}{first.message}{rest}: name a later commit"
