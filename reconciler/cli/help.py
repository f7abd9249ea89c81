"""The help of the program: printed without loading the parser, which is slow.

Invariant: commands and shared options are described here once; the parser uses this text.
"""

from __future__ import annotations

import reconciler

PROGRAM = "reconciler"
VERSION = f"{PROGRAM} {reconciler.__version__}"

GROUPS = {
    "daily work": {
        "init": "write a working project",
        "export": "write manifests for what the panel holds",
        "validate": "check the manifests, offline",
        "fmt": "write the manifests in canonical form",
        "plan": "show what an apply would do",
        "show": "show a saved plan, offline",
        "snapshot": "record the live state, to plan against it offline",
        "approve": "approve a saved plan with an SSH key",
        "comment": "show a plan on its pull request, drift as an issue",
        "fetch-plan": "fetch the plan that was reviewed",
        "rehearse": "apply a saved plan to a copy",
        "apply": "change the panel, and verify each change",
        "drift": "show what was changed in the panel",
        "resume": "resolve what an interrupted apply left open",
        "receipts": "compare what a run charged with its plan",
        "undo": "plan the inverse of a run",
        "journal": "show past runs, and verify the record",
        "unlock": "show who holds the lock, or break it",
        "state": "show, move, keep and verify what is recorded",
    },
    "the panel by hand": {
        "doctor": "check whether a panel can be used",
        "call": "call any function of the panel",
        "from-log": "turn the panel's log into calls and manifests",
    },
    "offline": {
        "graph": "show what the resources need of each other",
        "explain": "explain a kind, a field, a code or a command",
        "schema": "print or write the JSON Schemas",
        "completion": "print a shell's completion script",
    },
    "ownership by hand": {
        "inventory": "list the managed resources",
        "import": "bind a resource to an existing object",
        "forget": "remove one resource from the inventory",
    },
    "the embedded panel": {
        "sandbox": "serve, seed or reset the embedded panel",
        "demo": "play plan, apply and drift in a minute",
    },
}
COMMANDS = {name: summary for group in GROUPS.values() for name, summary in group.items()}

SHARED = {
    "--project FILE": "project file (default: reconciler.yaml here or above)",
    "--target NAME": "panel, or a,b or all (default: $RECONCILER_TARGET)",
    "--manifests PATH": "read these instead of the project's manifests; repeatable",
    "--color WHEN": "auto (the default; respects NO_COLOR), always or never",
    "-v, --verbose": "log more; -vv for all",
    "--log-format FORMAT": "shape of the log on standard error: text or json",
    "--no-progress": "show no progress bar",
}

_PURPOSE = """\
Infrastructure-as-code for the BILLmanager billing panel: manifests in Git
declare what the panel should hold, plan shows the difference, apply changes the
panel and verifies each change, drift shows what was changed since."""

EXIT_CODES = {
    "0": "nothing to do, or everything done and verified",
    "1": "a bug in reconciler",
    "2": "changes pending (plan --detailed-exitcode), drift, fmt --check",
    "3": "errors in manifests, policies or project; nothing is selected",
    "4": "refused: a guard, a policy, a missing approval or --allow, a no",
    "5": "the saved plan is stale",
    "6": "apply: something failed, diverged or was skipped; export: not proved",
    "7": "something is in doubt: run `reconciler resume`",
    "8": "the panel (comment: the forge) cannot be reached, or refuses us",
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
