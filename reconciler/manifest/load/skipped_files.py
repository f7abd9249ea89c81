"""Find files that are skipped because of their name although they declare resources.

Invariant: they are reported, never loaded; nothing here stops a plan.
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
# Folders of tools, which may be very large.
_NOT_OURS = frozenset({".git", ".hg", ".svn", ".venv", ".reconciler", "node_modules"})
_MOST = 10_000


def skipped_manifests(root: Path, paths: Sequence[str]) -> list[Finding]:
    """Return a warning for each file that declares resources and is skipped by its name."""
    found: set[str] = set()
    for path in paths:
        start = inside(root, path)
        if start is not None and link_on_the_way(root, start) is None:
            found.update(_skipped(root, root / start))
    message = (
        "the file declares resources but is skipped because of its name: rename it to end in "
        ".yaml and begin with a letter, or delete it"
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
