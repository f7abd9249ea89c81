"""One command for several targets of a project: ``--target all`` or ``--target a,b``.

Invariants: the targets are done one after another, in the order in which they are named, ``all`` in
that of the project file; a file is of one target; the worst end is the end of the command.
"""

from __future__ import annotations

import json
import os
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from shlex import quote as shell_quote
from typing import TYPE_CHECKING, Any

from reconciler.cli.exit_codes import Exit, Several, exit_code
from reconciler.documents.targets import targets_document
from reconciler.errors import OutputError, ReconcilerError, UsageError
from reconciler.project.load import load_project
from reconciler.project.targets import chosen_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import End
    from reconciler.documents.targets import TargetEndDocument

# What a command may write or read for each target: the name of the file holds ``{target}``.
_FILES = {
    "out": "--out",
    "report": "--report",
    "plan": "PLAN",
    "whole": "--whole",
    "live": "--live",
    "attribute_log": "--attribute-log",
}
_PLACE = "{target}"
_FORMATS = ("text", "json", "markdown")
_OF_ONE = ("RECONCILER_URL", "RECONCILER_USERNAME", "RECONCILER_PASSWORD")
# An apply goes on only after a target that is as declared: the targets may be stages.
_IN_STAGES = frozenset({"apply"})


def run_several(
    args: Namespace, console: Console, names: str, run: Callable[[Namespace, Console], End]
) -> Several:
    """Run a command for each of the named targets.

    Raises: UsageError for names of targets and of files that do not fit several, ManifestsError.
    """
    file = Path(args.project) if args.project else None
    targets = chosen_targets(load_project(file, os.environ), names)
    _require_apart(args, console, targets)
    ends: list[TargetEndDocument] = []
    codes: list[Exit] = []
    stop = ""
    for name in targets:
        if stop:
            console.tell(f"{name}: not begun, because {stop}")
            ends.append({"name": name, "exitCode": None, "report": None})
            continue
        code, printed = _run_one(_args_for(args, name), console, name, run)
        codes.append(code)
        ends.append({"name": name, "exitCode": int(code), "report": printed})
        if code == Exit.INTERRUPTED or (args.command in _IN_STAGES and code != Exit.DONE):
            stop = f"{name} ended with exit code {int(code)}"
    end = Several(tuple(codes))
    if console.json:
        console.document(targets_document(ends))
    elif console.text:
        listed = ", ".join(
            f"{name} {int(code)}" for name, code in zip(targets, codes, strict=False)
        )
        console.report(f"\nExit codes: {listed}.\n")
    return end


def _run_one(
    args: Namespace, console: Console, name: str, run: Callable[[Namespace, Console], End]
) -> tuple[Exit, Any]:
    """Run a command for one target; return its exit code, and its JSON document if it prints one.

    Raises: UsageError.
    """
    printed: list[str] = []
    given = f"{console.given.partition('--target')[0]}--target {shell_quote(name)}"
    one = replace(console, given=given)
    if console.json:
        one = replace(one, sink=printed.append)
    else:
        console.raw(f"## {name}\n\n" if console.form == "markdown" else f"Target {name}\n\n")
    try:
        code = exit_code(run(args, one))
    except (ReconcilerError, KeyboardInterrupt) as error:
        # The command line is wrong for every target; or nobody reads the reports.
        if isinstance(error, UsageError | OutputError):
            raise
        one.fail(error)
        code = exit_code(error)
    return code, json.loads("".join(printed)) if printed else None


def _require_apart(args: Namespace, console: Console, targets: list[str]) -> None:
    """Check that nothing is of one target alone. Raises: UsageError."""
    if console.form not in _FORMATS:
        raise UsageError(
            f"--format {console.form} shows one target: choose it with --target NAME, or use "
            f"--format {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}"
        )
    for name in _OF_ONE:
        if os.environ.get(name):
            raise UsageError(f"{name} is of one target: unset it, or choose one with --target NAME")
    if getattr(args, "accept", False):
        raise UsageError("--accept writes what one target holds: choose it with --target NAME")
    if getattr(args, "words", None):
        raise UsageError("plan merge makes the plan of one target: choose it with --target NAME")
    for key, option in _FILES.items():
        value = getattr(args, key, None)
        if value and _PLACE not in value and len(targets) > 1:
            raise UsageError(
                f"{option} names one file for {len(targets)} targets: write {_PLACE} in its name, "
                f"for example {_example(value)}"
            )


def _example(name: str) -> str:
    path = Path(name)
    return str(path.with_name(f"{path.stem}-{_PLACE}{path.suffix}"))


def _args_for(args: Namespace, name: str) -> Namespace:
    """Return the arguments for one target, with its files."""
    given: Mapping[str, Any] = vars(args)
    own = {
        key: value.replace(_PLACE, name)
        for key in _FILES
        if isinstance(value := given.get(key), str)
    }
    return Namespace(**{**given, **own, "target": name})
