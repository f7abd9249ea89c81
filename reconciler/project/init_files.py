"""What ``reconciler init`` writes: a small project that works on the embedded panel at once.

Invariants: nothing that exists is overwritten, and a .gitignore alone is added to; nothing here
holds a secret; the workflow gives secrets to no code of a fork and applies from the main branch
alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import UsageError
from reconciler.project.schemas import schema_texts
from reconciler.project.workflow import workflow_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.kinds.catalogue import Catalogue

_PROJECT = """\
# yaml-language-server: $schema=schemas/project.schema.json
apiVersion: reconciler/v1
kind: Project
metadata:
  name: %s # the namespace of our marks on the panel; keep it
spec:
  manifests: [manifests]
  inventory: file:.reconciler/inventory.json
  targets:
    sandbox: # an embedded panel to try things on; taken when --target names no other
      url: sandbox:.reconciler/sandbox.sqlite3
    prod:
      url: https://billing.example.com/billmgr
      auth:
        username: {env: BILLMANAGER_USER}
        password: {env: BILLMANAGER_PASSWORD}
  guards: # a plan beyond them is refused
    maxDeletes: 10
    maxDeleteShare: 0.2
    maxUpdateShare: 0.5
    maxCharge: {EUR: 500}
    maxRateMove: 0.2
"""
_MANIFEST = """\
# yaml-language-server: $schema=../schemas/manifest.schema.json
apiVersion: reconciler/v1
kind: Client
metadata:
  name: acme
  labels: {team: sales}
spec:
  email: billing@acme.example
  name: Acme GmbH
  provider: Main provider
  country: Germany
  language: English
---
apiVersion: reconciler/v1
kind: Discount
metadata:
  name: acme-welcome
spec:
  client: acme
  percentage: 10
  type: Percentage discount
  appliesTo: Order and renewal
  from: 2026-01-01
  to: 2026-12-31
"""
_POLICY = """\
# yaml-language-server: $schema=../schemas/policy.schema.json
# A draft, since its name begins with '_': take that off to put it in force. What `when` can look
# at: reconciler explain Policy
apiVersion: reconciler/v1
kind: Policy
metadata:
  name: no-deep-discounts
spec:
  severity: deny # or warn
  match: {kinds: [Discount], actions: [create, adopt, update]}
  when: change.after.percentage > 30.0
  message: discounts above 30 % need the head of sales
  exceptions: [] # - {address: Discount/NAME, owner: WHO, until: YYYY-MM-DD, reason: WHY}
"""
_IGNORED = """\
# Inventory, locks and the embedded panel: the state of this checkout
/.reconciler/
# Saved plans and reports: they name clients and prices
plan.json
*.plan.json
outcome.json
/.plan/
"""
# What the examples are good for ends where somebody's own manifests begin.
_EXAMPLES = ("manifests/acme.yaml", "policies/_example.yaml")


def init_files(catalogue: Catalogue, name: str) -> Mapping[str, str]:
    """Return the files of a new project of a name: text by relative path."""
    return {
        ".github/workflows/reconciler.yml": workflow_text(),
        ".gitignore": _IGNORED,
        "manifests/acme.yaml": _MANIFEST,
        "policies/_example.yaml": _POLICY,
        "reconciler.yaml": _PROJECT % name,
        **{f"schemas/{name}": text for name, text in schema_texts(catalogue).items()},
    }


def project_name(folder: Path) -> str:
    """Name a project after its folder: two projects on one panel must not share a namespace."""
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


def write_project(folder: Path, catalogue: Catalogue) -> Written:
    """Write a new project into a folder, beside whatever is there.

    An example of a manifest is written only where there is neither a project nor a folder of
    manifests: it would be applied with them. What Git is to leave alone is added to a .gitignore.

    Raises: UsageError naming the file that cannot be written.
    """
    files = init_files(catalogue, project_name(folder))
    if _is_there(folder / "reconciler.yaml") or any(folder.glob("manifests/*")):
        files = {name: text for name, text in files.items() if name not in _EXAMPLES}
    kept = [folder / name for name in files if _is_there(folder / name)]
    written = []
    for path, text in ((folder / name, text) for name, text in files.items()):
        if path in kept:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UsageError(f"{path} cannot be written: {reason}") from error
        written.append(path)
    ignored, missing = _ignore(folder / ".gitignore")
    return Written(tuple(written), tuple(kept), ignored, missing)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _ignore(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Add what Git is to leave alone and does not yet; return what was added, and what was not.

    A line counts in each of the ways that people write it. A link, and what is no text, are not
    written to.
    """
    wanted = [line for line in _IGNORED.splitlines() if line and not line.startswith("#")]
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
