"""Files that are skipped by their name although they declare something.

Invariant: they are looked at and told, never loaded; nothing here stops a plan.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.manifest.load.files import (
    SUFFIXES,
    inside,
    link_on_the_way,
    read_regular,
    shown_name,
)
from reconciler.model.finding import SKIPPED_FILE, Finding, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DECLARES = re.compile(rb"^\s*[\"']?apiVersion[\"']?\s*:\s*[\"']?reconciler/", re.MULTILINE)
# What tools keep beside the files that people write; it is as large as the whole history.
_NOT_OURS = frozenset({".git", ".hg", ".svn", ".venv", ".reconciler", "node_modules"})
_MOST = 10_000


def skipped_manifests(root: Path, paths: Sequence[str]) -> list[Finding]:
    """Report each file below some folders that declares something and is skipped by its name."""
    found: set[str] = set()
    for path in paths:
        start = inside(root, path)
        if start is not None and link_on_the_way(root, start) is None:
            found.update(_skipped(root, root / start))
    message = (
        "the file declares resources but is skipped by its name: let the name end in .yaml and "
        "begin with a letter to load it, or delete the file"
    )
    return [Finding("warning", SKIPPED_FILE, message, Source(name)) for name in sorted(found)]


def _skipped(root: Path, folder: Path) -> Iterator[str]:
    seen = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - _NOT_OURS)
        seen += len(files)
        if seen > _MOST:
            return
        away = any(part.startswith((".", "_")) for part in Path(place).relative_to(folder).parts)
        for name in sorted(files):
            if _is_like_a_manifest(name) and (away or _is_skipped(name)):
                path = Path(place) / name
                if _declares(path):
                    yield shown_name(path.relative_to(root).as_posix())


def _is_like_a_manifest(name: str) -> bool:
    return any(suffix in name.lower() for suffix in SUFFIXES)


def _is_skipped(name: str) -> bool:
    return name.startswith((".", "_")) or not name.endswith(SUFFIXES)


def _declares(path: Path) -> bool:
    try:
        return _DECLARES.search(read_regular(path)) is not None
    except OSError:
        return False
