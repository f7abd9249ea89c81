"""``state``: what its subcommands do.

Invariant: nothing is removed at the place from which a state is copied.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.context import open_records
from reconciler.cli.exit_codes import Succeeded
from reconciler.cli.state import (
    held_locks,
    is_to_be_moved,
    lock_place,
    lock_state,
    lock_waiting,
    open_state,
    sign_key,
    targets_with_state,
)
from reconciler.documents.state import state_document
from reconciler.documents.types import FORMAT_VERSION
from reconciler.errors import StoreError, UsageError
from reconciler.project.state_spec import check_state
from reconciler.report.escape import escape
from reconciler.report.layout import counted
from reconciler.store.atomic_file import read_file, write_output
from reconciler.store.state import LogState
from reconciler.store.strict_json import JsonError, parse_json
from reconciler.store.transfer import MemoryLog, as_lines, check_lines, copy_state, summarize

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.context import ProjectContext
    from reconciler.model.target import Project
    from reconciler.store.transfer import StateSummary

_LIMIT = 4 << 30


def run(args: Namespace, console: Console) -> Succeeded:
    """Run a subcommand of ``state``."""
    context = open_records(args, console)
    match args.subcommand:
        case "show":
            _show(context, console)
        case "pull":
            _pull(context, console, Path(args.out))
        case "push":
            _push(context, console, args)
        case "migrate":
            _migrate(context, console, args)
        case "backup":
            _backup(context, console, Path(args.out))
        case _:
            _verify(context, console)
    return Succeeded()


def _show(context: ProjectContext, console: Console) -> None:
    project = context.project
    found = _summaries(context)
    locks = {name: held_locks(project, name) for name in project.targets}
    if console.json:
        console.document(state_document(project.state.url, found, locks))
        return
    lines = [f"State: {escape(project.state.url)}"]
    lines += [f"  {name}: {_words(each)}" for name, each in found.items()]
    lines += [
        f"  {name} is still in .reconciler: the next run that writes moves it"
        for name in found
        if is_to_be_moved(project, project.targets[name], context.secrets)
    ]
    lines += [
        f"  {name} is locked by {escape(str(each))}"
        for name, held in locks.items()
        for each in held
    ]
    if not found:
        lines.append("  nothing is recorded yet")
    console.report("\n".join([*lines, ""]))


def _words(found: StateSummary) -> str:
    lines, objects = counted(found.lines, "line"), counted(found.managed, "managed object")
    return f"{lines} of journal, {objects}, {counted(found.undoable, 'run')} to undo"


def _summaries(context: ProjectContext) -> dict[str, StateSummary]:
    """Return what the state of each target holds, every line proved. Raises: StoreError."""
    project = context.project
    return {
        name: summarize(open_state(project, project.targets[name], context.secrets))
        for name in targets_with_state(project)
        if name in project.targets
    }


def _pull(context: ProjectContext, console: Console, path: Path) -> None:
    count = _write(context, context.target.name, path)
    console.report(f"Pulled: {count} lines of {context.target.name}, to {escape(str(path))}.\n")


def _write(context: ProjectContext, name: str, path: Path) -> int:
    """Write the state of a target to a file; return how many lines it has."""
    project = context.project
    key = sign_key(project, context.secrets)
    state = open_state(project, project.targets[name], context.secrets)
    lines = as_lines(state, key)
    head = check_lines(state.journal.log.place, lines)
    header = {
        "formatVersion": FORMAT_VERSION,
        "type": "state",
        "target": name,
        "lines": head.count,
        "hash": head.digest,
    }
    write_output(path, b"".join(each + b"\n" for each in [json.dumps(header).encode(), *lines]))
    return head.count


def _push(context: ProjectContext, console: Console, args: Namespace) -> None:
    project, name = context.project, context.target.name
    path = Path(args.file)
    lines = _read(path, name)
    key = sign_key(project, context.secrets)
    waiting = lock_waiting(args, console)
    locked = lock_state(
        project, context.target, context.secrets, "reconciler state push", waiting=waiting
    )
    with locked as copy:
        pulled = LogState(MemoryLog(str(path), lines), context.target.url)
        found = copy_state(pulled, copy, key)
    console.report(f"Pushed: {name} holds {_words(found)}.\n")


def _read(path: Path, name: str) -> list[bytes]:
    """Return the lines of a file that ``pull`` wrote. Raises: StoreError."""
    raw = read_file(path, _LIMIT)
    if raw is None:
        raise StoreError(f"{path} does not exist: write it with `reconciler state pull`")
    first, *lines = raw.rstrip(b"\n").split(b"\n")
    try:
        header = parse_json(first)
        version, target = header["formatVersion"], header["target"]
        count, digest = header["lines"], header["hash"]
    except (JsonError, LookupError, TypeError) as error:
        raise StoreError(f"{path} is no state: write one with `reconciler state pull`") from error
    if version != FORMAT_VERSION:
        raise StoreError(f"{path} was written by a newer version: update reconciler")
    if target != name:
        raise StoreError(f"{path} is the state of {target}: name it with --target {target}")
    head = check_lines(str(path), lines)
    if (head.count, head.digest) != (count, digest):
        raise StoreError(f"{path} ends too early: {head.count} of {count} lines")
    return lines


def _migrate(context: ProjectContext, console: Console, args: Namespace) -> None:
    if not args.source and not args.copy:
        raise UsageError("name the new place with --to URL, or the old one with --from URL")
    source = _elsewhere(context.project, args.source)
    copy = _elsewhere(context.project, args.copy)
    if source.state.url == copy.state.url:
        raise UsageError("the state is there already: name two places, with --from and --to")
    names = [name for name in targets_with_state(source) if name in context.project.targets]
    waiting = lock_waiting(args, console)
    key = sign_key(copy, context.secrets)
    for name in names:
        target = context.project.targets[name]
        purpose = "reconciler state migrate"
        with ExitStack() as stack:
            old, new = (
                stack.enter_context(
                    lock_place(each, target, context.secrets, purpose, waiting=waiting)
                )
                for each in (source, copy)
            )
            found = copy_state(old, new, key)
        console.report(f"Copied: {name}, {_words(found)}.\n")
    if not names:
        console.report(f"Nothing is recorded in {escape(source.state.url)}.\n")
    elif copy.state.url != context.project.state.url:
        console.report(f"Next: write `state: {copy.state.url}` under spec in reconciler.yaml.\n")


def _elsewhere(project: Project, url: str | None) -> Project:
    """Return the project with its state at another place. Raises: UsageError."""
    if url is None or url == project.state.url:
        return project
    try:
        settings = replace(project.state, url=check_state(url))
    except ValueError as error:
        raise UsageError(f"{url}: {error}") from error
    return project.with_state(settings)


def _backup(context: ProjectContext, console: Console, folder: Path) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = folder if folder.is_absolute() else context.root / folder
    names = [n for n in targets_with_state(context.project) if n in context.project.targets]
    for name in names:
        path = folder / f"{name}-{stamp}.jsonl"
        count = _write(context, name, path)
        console.report(f"Kept: {count} lines of {name}, in {escape(str(path))}.\n")
    if not names:
        console.report("Nothing is recorded yet.\n")


def _verify(context: ProjectContext, console: Console) -> None:
    found = _summaries(context)
    for name, each in found.items():
        console.report(f"Whole: {name}, {_words(each)}.\n")
    if not found:
        console.report("Nothing is recorded yet.\n")
