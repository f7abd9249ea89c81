"""A stand-in for the panel's own command line: local root, no sign-in, on a database of a sandbox.

Shape:  ``mgrctl -m billmgr [-o FORMAT] [-e NAME=$VARIABLE]… FUNC NAME=VALUE…``, with the database
        named by ``--database`` or by the variable RECONCILER_SANDBOX_DATABASE; ``-i`` lists the
        functions. ``out=``, ``auth=`` and ``su=`` count as in every other request.
Invariants: the answer goes to standard output, errors of the panel as well, and the status is then
0; an invalid command line is reported on standard error, with status 1.
Doubt: which wins of ``-o`` and ``out=`` (here ``out=``), what an empty ``-e`` variable does (here
the parameter is empty, hence dropped), and the form of the list that ``-i`` prints.
"""

from __future__ import annotations

import getopt
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DATABASE = "RECONCILER_SANDBOX_DATABASE"
_MANAGER = "billmgr"
_SCRIPT = """\
#!/bin/sh
# mgrctl of an embedded panel.
PYTHONPATH={root}${{PYTHONPATH:+:$PYTHONPATH}}
export PYTHONPATH
exec {python} -P -m reconciler.sandbox.mgrctl --database {database} "$@"
"""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line that was understood; without parameters it lists the functions."""

    database: str
    given: Mapping[str, str] | None


class _UsageError(ValueError):
    """A command line that is not understood."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its status."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        command = understand(given, os.environ)
    except _UsageError as error:
        sys.stderr.write(f"ERROR: {error}\nusage: mgrctl -m billmgr [-o FORMAT] FUNC NAME=VALUE…\n")
        return 1
    sys.stdout.buffer.write(run(command))
    sys.stdout.buffer.flush()
    return 0


def understand(arguments: Sequence[str], environ: Mapping[str, str]) -> Command:
    """Read a command line.

    Raises: ValueError when it is not understood.
    """
    try:
        options, rest = getopt.getopt(list(arguments), "m:o:e:i", ["database="])
    except getopt.GetoptError as error:
        raise _UsageError(error.msg) from error
    named = dict(options)
    if named.get("-m") != _MANAGER:
        raise _UsageError(f"name the manager: -m {_MANAGER}")
    database = named.get("--database") or environ.get(DATABASE, "")
    if not database:
        raise _UsageError(f"name the database: --database PATH, or {DATABASE}")
    if "-i" in named:
        return Command(database, None)
    if not rest:
        raise _UsageError("name a function")
    secret = [_expand(text, environ) for name, text in options if name == "-e"]
    plain = [_parameter(text) for text in rest[1:]]
    usual = {"lang": "en", "out": named.get("-o", "text")}
    return Command(database, {**usual, **dict([*secret, *plain]), "func": rest[0]})


def run(command: Command) -> bytes:
    """Ask the panel, and return the text to print."""
    if command.given is None:
        from reconciler.sandbox.functions.registry import FUNCTIONS

        return "".join(f"{name}\n" for name in sorted(FUNCTIONS)).encode()
    from reconciler.sandbox.app import Sandbox

    with Sandbox(command.database) as panel:
        body = panel.local(command.given)
    return body if body.endswith(b"\n") else body + b"\n"


def write_mgrctl(folder: str | Path, database: str | Path) -> Path:
    """Write a program named ``mgrctl`` that asks one database, and give its path."""
    program = Path(folder) / "mgrctl"
    root = Path(__file__).resolve().parents[2]
    text = _SCRIPT.format(
        python=shlex.quote(sys.executable),
        root=shlex.quote(str(root)),
        database=shlex.quote(str(Path(database).absolute())),
    )
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return program


def _parameter(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise _UsageError(f"{name!r} is no NAME=VALUE")
    return name, value


def _expand(text: str, environ: Mapping[str, str]) -> tuple[str, str]:
    name, value = _parameter(text)
    return name, environ.get(value[1:], "") if value.startswith("$") else value


if __name__ == "__main__":
    sys.exit(main())
