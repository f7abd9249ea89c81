"""Find manifests: regular files below the project's folder, sorted by name.

Invariants: no symbolic link is followed, at no part of a path; a path without manifests is a
finding, because a missing folder must never mean "delete all".
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.manifest.quote import quote
from reconciler.manifest.yaml.text import MAX_BYTES
from reconciler.model.finding import Finding, Source

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

_CHUNK = 1 << 16
SUFFIXES = (".yaml", ".yml")


def find_manifests(
    root: Path, paths: Sequence[str], gone: Container[str] = ()
) -> tuple[list[str], list[Finding]]:
    """List the manifests below the given paths, relative to the root, each once, sorted.

    Files that are ``gone`` count as if they were not there.

    Shape: a path is relative to the root, or absolute and inside it; it names a folder or a file.
    """
    files: set[str] = set()
    findings: list[Finding] = []
    for path in paths:
        every, wrong = files_below(root, path)
        found = [file for file in every if file not in gone]
        files.update(found)
        findings += wrong
        if not found and not wrong:
            findings.append(_vanished(path))
    if not paths:
        message = "no manifests are named: list their folders under spec.manifests"
        findings.append(Finding("error", "no-manifests", message, Source("reconciler.yaml")))
    return sorted(files), findings


def files_below(root: Path, path: str) -> tuple[list[str], list[Finding]]:
    """List the YAML files at or below one path, relative to the root, with findings for others."""
    start = inside(root, path)
    if start is None:
        message = f"{quote(path)} is outside the project's folder: move it below that folder"
        return [], [Finding("error", "path-outside", message)]
    link = link_on_the_way(root, start)
    if link is not None:
        return [], [_linked(link)]
    whole = root / start
    try:
        is_folder, is_there = whole.is_dir(), whole.exists()
    except OSError as error:
        return [], [_unreadable(start, error)]
    if is_folder:
        findings: list[Finding] = []
        return list(_walk(root, whole, findings)), findings
    if not is_there:
        message = f"{quote(start)} does not exist: restore it, or correct spec.manifests"
        return [], [Finding("error", "path-missing", message, Source(start))]
    return _one(start, whole)


def read_regular(path: str | Path, limit: int = MAX_BYTES) -> bytes:
    """Read a regular file, not through a link, up to one byte beyond the limit.

    Raises: OSError when it cannot be read or is not a regular file.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("not a regular file")
        return _read_up_to(descriptor, limit + 1, status.st_size + 1)
    finally:
        os.close(descriptor)


def _read_up_to(descriptor: int, limit: int, expected: int) -> bytes:
    """Read to the end, or so many bytes; in one call where the size is as ``expected``."""
    raw = os.read(descriptor, min(limit, expected))
    if len(raw) < expected:
        return raw  # short of the byte beyond its size: the end
    parts = [raw]
    left = limit - len(raw)
    while left > 0 and (raw := os.read(descriptor, min(left, _CHUNK))):
        parts.append(raw)
        left -= len(raw)
    return b"".join(parts)


def inside(root: Path, path: str) -> str | None:
    """Return a path relative to the root, without ``..``; None when it leads outside."""
    base = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would follow links
    whole = Path(os.path.normpath(base / path))
    if whole.is_relative_to(base):
        return whole.relative_to(base).as_posix()
    return None


def link_on_the_way(root: Path, path: str) -> str | None:
    """Return the first part of a relative path that is a link, if there is one."""
    step = root
    for part in Path(path).parts:
        step /= part
        if step.is_symlink():
            return step.relative_to(root).as_posix()
    return None


def _one(start: str, whole: Path) -> tuple[list[str], list[Finding]]:
    if not whole.is_file():
        return [], [_special(start)]
    if not start.endswith(SUFFIXES):
        message = "a manifest's name ends in .yaml or .yml"
        return [], [Finding("error", "path-name", message, Source(start))]
    return [start], []


def _walk(root: Path, folder: Path, findings: list[Finding]) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda item: item.name)
    except OSError as error:
        findings.append(_unreadable(folder.relative_to(root).as_posix(), error))
        return
    below = f"{folder.relative_to(root).as_posix()}/" if folder != root else ""
    for entry in listed:
        if entry.name.startswith((".", "_")):
            continue
        name = f"{below}{entry.name}"
        try:
            yield from _entry(root, entry, name, findings)
        except OSError as error:
            findings.append(_unreadable(name, error))


def _entry(
    root: Path, entry: os.DirEntry[str], name: str, findings: list[Finding]
) -> Iterator[str]:
    if entry.is_symlink():
        findings.append(_linked(shown_name(name)))
    elif entry.is_dir(follow_symlinks=False):
        yield from _walk(root, Path(entry.path), findings)
    elif entry.name.endswith(SUFFIXES):
        if not entry.is_file(follow_symlinks=False):
            findings.append(_special(shown_name(name)))
        elif shown_name(name) != name:
            message = "the name is not UTF-8: rename the file"
            findings.append(Finding("error", "unreadable", message, Source(shown_name(name))))
        else:
            yield name


def shown_name(name: str) -> str:
    """Return a file's name for a report: bytes that are not UTF-8 as escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _unreadable(name: str, error: OSError) -> Finding:
    reason = (error.strerror or type(error).__name__).lower()
    message = f"cannot be read: {reason}: make it readable, because its resources are unknown"
    return Finding("error", "unreadable", message, Source(shown_name(name)))


def _linked(name: str) -> Finding:
    message = "a symbolic link: replace it by the file itself, or begin its name with '_'"
    return Finding("error", "symlink", message, Source(name))


def _special(name: str) -> Finding:
    return Finding("error", "special-file", "not a regular file", Source(name))


def _vanished(path: str) -> Finding:
    message = (
        f"no manifests under {quote(path)} (*.yaml, *.yml): an empty folder never means "
        "'delete all': restore them or correct the path; to stop managing a resource, run "
        "`reconciler forget KIND/NAME`"
    )
    return Finding("error", "no-manifests", message, Source(path))
