"""The help of the program as a whole: printed without even the parser, which costs more than it.

Invariant: the commands and the shared options are named here once; the parser takes them from here.
"""

from __future__ import annotations

import reconciler

PROGRAM = "reconciler"
VERSION = f"{PROGRAM} {reconciler.__version__}"

GROUPS = {
    "daily work": {
        "init": "write a working project",
        "validate": "check the manifests, offline",
        "plan": "show what an apply would do",
        "show": "show a saved plan, offline",
        "rehearse": "apply a saved plan to a copy of the live state",
        "apply": "make it so, and prove it",
        "drift": "show what the panel changed by itself",
        "resume": "settle what an interrupted apply left in doubt",
        "undo": "plan the way back from a run",
        "journal": "show what was done, and prove that the record is whole",
        "unlock": "say who holds the lock, and break it where that must be",
    },
    "the panel by hand": {
        "doctor": "find out what does not work, and why",
        "call": "call any function of the panel",
        "from-log": "read the panel's log as calls and manifests",
    },
    "offline": {
        "explain": "document a kind or a field",
        "schema": "print or write the JSON Schemas",
        "completion": "print a shell's completion script",
    },
    "ownership by hand": {
        "inventory": "list what is owned",
        "forget": "drop one resource from the inventory",
    },
    "the embedded panel": {
        "sandbox": "serve, seed or reset the embedded panel",
        "demo": "the whole round in a minute",
    },
}
COMMANDS = {name: summary for group in GROUPS.values() for name, summary in group.items()}

SHARED = {
    "--project FILE": "project file (default: reconciler.yaml here or above)",
    "--target NAME": "which panel (default: $RECONCILER_TARGET, else sandbox)",
    "--manifests PATH": "read these instead of the project's manifests; repeatable",
    "--color WHEN": "auto (the default, which minds NO_COLOR), always or never",
    "-v, --verbose": "log more; -vv for all",
    "--log-format FORMAT": "shape of the log on standard error: text or json",
    "--no-progress": "never draw a progress bar",
}

_PURPOSE = """\
Infrastructure-as-code for the BILLmanager billing panel: manifests in Git say
what the panel should hold, plan shows the difference, apply makes it so and
proves it, drift watches."""

EXIT_CODES = {
    "0": "nothing to do, or everything done and verified",
    "1": "a bug of ours",
    "2": "changes pending (plan --detailed-exitcode), or drift",
    "3": "errors in manifests, policies or project; a selection of nothing",
    "4": "refused: a guard, a policy, a missing consent, an answer no",
    "5": "the saved plan is stale",
    "6": "apply: something failed, diverged or was skipped; the rest was done",
    "7": "something is in doubt: run `reconciler resume`",
    "8": "the panel cannot be reached, refuses us, or does not answer like a panel",
    "9": "another run holds the lock",
    "10": "the journal, the inventory or a plan file cannot be read or written",
    "64": "wrong usage",
    "130": "interrupted",
}


def overview() -> str:
    """Return the help of the program: commands, shared options, exit codes."""
    parts = [f"usage: {PROGRAM} [options] COMMAND ...", _PURPOSE]
    parts += [_section(title, group) for title, group in GROUPS.items()]
    own = {"-h, --help": "show this, or the help of a command", "--version": "show the version"}
    parts.append(_section("options, before or after the command", own | SHARED))
    parts.append(_section("exit codes", EXIT_CODES, narrowest=5))
    parts += [f"{PROGRAM} COMMAND --help explains one command, with examples."]
    return "\n\n".join(parts) + "\n"


def _section(title: str, rows: dict[str, str], narrowest: int = 12) -> str:
    width = max(narrowest, *(len(name) + 2 for name in rows))
    return "\n".join([f"{title}:", *(f"  {name:<{width}}{what}" for name, what in rows.items())])
