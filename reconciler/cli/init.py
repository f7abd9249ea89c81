"""``init --from-live``: a project whose manifests are what the panel holds.

Invariants: nothing that exists is overwritten; each part is the command of its name, and the first
one that does not end well ends the whole with its own exit code; a run that was stopped anywhere is
taken up by the same command.
"""

from __future__ import annotations

import os
import re
from collections.abc import Coroutine
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import Exit, Succeeded, exit_code
from reconciler.cli.help import PROGRAM
from reconciler.cli.parser import command_module, parse
from reconciler.cli.paths import absolute
from reconciler.errors import UsageError
from reconciler.kinds.catalogue import discover
from reconciler.manifest.yaml.emit import quoted
from reconciler.project.init_files import write_project
from reconciler.project.load import load_project
from reconciler.project.validators import check_url

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import End

# The target of a new project that is no sandbox.
_TARGET = "prod"
# What YAML reads as a text without quotes.
_PLAIN = re.compile(r"https?://[A-Za-z0-9._~/:-]*[A-Za-z0-9._~/-]")
_PARTS = ("doctor", "export", "plan")


async def run(args: Namespace, console: Console) -> End:
    """Write a project, examine its target, export what lives and plan it."""
    folder = Path(absolute(args.folder))
    options = _project_options(args, folder)
    ended = False
    try:
        end = await _run_parts(args, console, options)
        ended = exit_code(end) is Exit.DONE
    finally:
        if not ended:
            console.tell(
                "not finished; every file that was written is whole, and this command goes on: "
                f"{PROGRAM} init {quote(args.folder)} --from-live{_target(options)}"
            )
    return end


async def _run_parts(args: Namespace, console: Console, options: list[str]) -> End:
    for name in _PARTS:
        if name == "plan" and not _is_declared(Path(options[1])):
            console.report("\nThe panel holds no clients: write the first manifest by hand.\n")
            return Succeeded()
        console.report(f"\n{PROGRAM} {name}\n")
        part = command_module(name).run(parse([name, *options]), console)
        end: End = await part if isinstance(part, Coroutine) else part
        if exit_code(end) is not Exit.DONE:
            return end
    console.report(_next_steps(args, options))
    return Succeeded()


def _is_declared(file: Path) -> bool:
    """Return whether any of the project's manifests is there, wherever it keeps them."""
    paths = (file.parent / each for each in load_project(file, os.environ).manifests)
    return any(path.is_file() or any(path.rglob("*.yaml")) for path in paths)


def _project_options(args: Namespace, folder: Path) -> list[str]:
    """Write the project where there is none, and return the options that choose it."""
    file = folder / "reconciler.yaml"
    is_new = not file.exists()
    address = _address(args.url) if args.url else ""
    target = args.target
    if args.url and not is_new:
        target = _target_at(args, file)
    write_project(folder, discover(), examples=False, ci=args.ci, address=address)
    if is_new and not target and (args.url or os.environ.get("RECONCILER_URL")):
        target = _TARGET
    quiet = ["--no-progress"] if args.no_progress else []
    return ["--project", str(file), *(["--target", target] if target else []), *quiet]


def _target_at(args: Namespace, file: Path) -> str:
    """Return the target at the address of ``--url``, in a project that is there already.

    An earlier run was stopped, or somebody named the panel before. Raises: UsageError.
    """
    targets = load_project(file, {}).targets
    here = [name for name, target in targets.items() if target.url == args.url]
    if args.target in here or (here and not args.target):
        return str(args.target or here[0])
    named = f"target {args.target!r}" if args.target else "each target"
    raise UsageError(
        f"{named} of {file} has another address than --url: choose one of {', '.join(targets)} "
        "with --target, without --url"
    )


def _address(url: str) -> str:
    """Return the address as YAML; an error does not repeat it, for it may hold a password.

    Raises: UsageError before anything is written.
    """
    try:
        check_url(url)
    except ValueError as error:
        raise UsageError(f"--url: {error}") from error
    return url if _PLAIN.fullmatch(url) else quoted(url)


def _target(options: list[str]) -> str:
    """Return the option that chooses the target, for a command to paste."""
    chosen = [quote(word) for word in options[2:] if word != "--no-progress"]
    return "".join(f" {word}" for word in chosen)


def _next_steps(args: Namespace, options: list[str]) -> str:
    target = _target(options)
    place = f"cd {quote(args.folder)} && " if args.folder != "." else ""
    return (
        "\nNext:\n"
        f"  {place}git add . && git commit -m 'Declare what the panel holds'\n"
        f"  {PROGRAM} apply{target}   # takes the objects into the inventory\n"
        f"  {PROGRAM} export{target}  # accepts what was changed in the panel since\n"
    )
