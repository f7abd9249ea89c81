"""What ``reconciler init`` writes: a small project that works on the embedded panel at once.

The texts are files in ``reconciler/templates``, where linters read them, but for two placeholders.

Invariants: nothing that exists is overwritten, and a .gitignore alone is added to; nothing here
holds a secret. Of the pipelines: what is applied is the plan that was saved for review and signed,
or nothing; what needs a consent is applied by hand alone, for one plan by its digest and for the
classes that were named; the token reads, and where it applies also writes the branch that keeps the
state, to which each request is written before it is sent; actions are pinned by commit; no value of
an event is written into a script; secrets stand in environments of the repository where the server
has any, and a pull request from a fork gets none; an apply is never cancelled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from reconciler.errors import UsageError
from reconciler.planning.guards import CONSENTED
from reconciler.project.schemas import schema_texts

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue

# Whose pipeline is written.
Ci = Literal["github", "gitlab", "gitea"]
# What lies in `reconciler/templates`, by the path that it is written to.
_PIPELINES: Mapping[Ci, Mapping[str, str]] = {
    "github": {
        ".github/workflows/reconciler.yml": "github/workflow.yml",
        ".github/actions/reconciler/action.yml": "github/action.yml",
    },
    "gitlab": {
        ".gitlab-ci.yml": "gitlab/pipeline.yml",
        ".gitlab/reconciler.yml": "gitlab/component.yml",
    },
    # Its runner reads the workflows and actions of GitHub.
    "gitea": {
        ".gitea/workflows/reconciler.yml": "gitea/workflow.yml",
        ".gitea/actions/reconciler/action.yml": "github/action.yml",
    },
}
_TEMPLATES = {
    ".gitignore": "gitignore",
    ".vscode/settings.json": "editor.json",
    "manifests/clients/acme.yaml": "manifest.yaml",
    "policies/_example.yaml": "policy.yaml",
    "reconciler.yaml": "project.yaml",
}
# The panel of the target `prod`, until a person names theirs.
_ADDRESS = "https://billing.example.com/billmgr"
# What the examples are good for ends where somebody's own manifests begin.
_EXAMPLES = ("manifests/clients/acme.yaml", "policies/_example.yaml")


def init_files(catalogue: Catalogue, name: str, ci: Ci = "github") -> Mapping[str, str]:
    """Return the files of a new project of a name: text by relative path."""
    templates = {**_PIPELINES[ci], **_TEMPLATES}
    texts = {path: _filled(template, name) for path, template in templates.items()}
    schemas = {f"schemas/{file}": text for file, text in schema_texts(catalogue).items()}
    return texts | schemas


def _filled(template: str, name: str) -> str:
    """Return the text of a template, with what it leaves open filled in."""
    text = (files("reconciler") / "templates" / template).read_text(encoding="utf-8")
    classes = " ".join(sorted(CONSENTED))
    return text.replace("__CONSENT_CLASSES__", classes).replace("__PROJECT_NAME__", name)


def project_name(folder: Path) -> str:
    """Return a namespace from the folder's name: projects on one panel must not share one."""
    name = re.sub(r"[^a-z0-9.-]+", "-", folder.resolve().name.lower()).strip("-.")[:63]
    return name or "billing"


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a project: those that were written, and those that were there and are kept.

    ``ignored`` are the lines that were added to a .gitignore, ``missing`` those that could not be.
    """

    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    ignored: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def write_project(
    folder: Path,
    catalogue: Catalogue,
    *,
    examples: bool = True,
    ci: Ci = "github",
    address: str = "",
) -> Written:
    """Write a new project into a folder, beside whatever is there.

    An example of a manifest is written only where there is neither a project nor a folder of
    manifests: it would be applied with them. What Git is to leave alone is added to a .gitignore.
    ``address`` is that of the target ``prod``, as YAML. Each file is written whole or not at all,
    so a run that was stopped is taken up by the next one.

    Raises: UsageError naming the file that cannot be written.
    """
    texts = dict(init_files(catalogue, project_name(folder), ci))
    if address:
        texts["reconciler.yaml"] = texts["reconciler.yaml"].replace(_ADDRESS, address)
    begun = _is_there(folder / "reconciler.yaml") or any(folder.glob("manifests/*"))
    if begun or not examples:
        texts = {name: text for name, text in texts.items() if name not in _EXAMPLES}
    kept = [folder / name for name in texts if _is_there(folder / name)]
    written = []
    for path, text in ((folder / name, text) for name, text in texts.items()):
        if path in kept:
            continue
        try:
            _write_new(path, text)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UsageError(f"{path} cannot be written: {reason}") from error
        written.append(path)
    ignored, missing = _ignore(folder / ".gitignore", texts[".gitignore"])
    return Written(tuple(written), tuple(kept), ignored, missing)


def _write_new(path: Path, text: str) -> None:
    """Write a file whole or not at all: the next run would keep half a file. Raises: OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _ignore(path: Path, template: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Add what Git is to leave alone and does not yet; return what was added, and what was not.

    A line counts in each of the ways that people write it. A link, and what is no text, are not
    written to.
    """
    wanted = [line for line in template.splitlines() if line and not line.startswith("#")]
    try:
        text = path.read_text(encoding="utf-8")
        known = {line.strip().strip("/") for line in text.splitlines()}
        lines = tuple(line for line in wanted if line.strip("/") not in known)
        if lines and path.is_symlink():
            return (), lines
        if lines:
            gap = "" if not text or text.endswith("\n") else "\n"
            with path.open("a", encoding="utf-8") as file:
                file.write("".join((gap, *(f"{line}\n" for line in lines))))
    except (OSError, UnicodeDecodeError):
        return (), tuple(wanted)
    return lines, ()
