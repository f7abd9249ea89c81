"""Build commands to paste: the given command with the missing options.

Invariant: the options that chose the project, the target and the resources are repeated, so that
the command works on the same plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.help import PROGRAM
from reconciler.planning.guards import CONSENTED
from reconciler.report.request_log import shell_word

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Iterator

    from reconciler.model.plan import Plan
    from reconciler.planning.exclusions import ExcludedChange
    from reconciler.planning.guards import ConsentHints
    from reconciler.policies.approvals import MissingApproval

# Options that are repeated; a saved plan contains its selection already.
_SAID_AGAIN = {"project": "--project", "target": "--target", "manifests": "--manifests"}
_OF_A_FRESH_PLAN = {"selector": "-l", "only": "--only"}
_OF_A_SHOWN_PLAN = {**_OF_A_FRESH_PLAN, "since": "--since", "at": "--at", "live": "--live"}
_OF_A_SAVED_PLAN = {
    "max_plan_age": "--max-plan-age",
    "sign_key_env": "--sign-key-env",
    "approval": "--approval",
    "whole": "--whole",
}
# The key that ssh-keygen makes where nobody names another; the shell fills in the home folder.
_USUAL_KEY = "~/.ssh/id_ed25519"
_USUAL_PLAN = "plan.json"


def command_line(args: Namespace, command: str, *words: str) -> str:
    """Return a command to paste, for the chosen project and target."""
    given = [PROGRAM, *_options(args, _SAID_AGAIN), command, *words]
    return " ".join(map(shell_word, given))


def apply_line(
    args: Namespace, file: str | None, *, allow: Iterable[str] = (), without: Iterable[str] = ()
) -> str:
    """Return the command that applies a saved plan, or a fresh one, with these classes."""
    words = [file] if file else []
    words += _options(args, _OF_A_SAVED_PLAN if file else _OF_A_FRESH_PLAN)
    words += ["--require-signature"] if getattr(args, "require_signature", False) else []
    words += ["--no-adopt"] if getattr(args, "no_adopt", False) else []
    words += ["--yes"] if getattr(args, "yes", False) and not file else []
    for flag, names in (("--allow", allow), ("--without", without)):
        words += [word for name in sorted(set(names)) for word in (flag, name)]
    return command_line(args, "apply", *words)


def full_line(args: Namespace) -> str:
    """Return the command that shows each change of a plan."""
    file = getattr(args, "out", None) or getattr(args, "plan", None)
    if file:
        return command_line(args, "show", str(file), "--full")
    if run := getattr(args, "run", None):
        return command_line(args, "undo", str(run), "--full")
    return command_line(args, "plan", *_options(args, _OF_A_SHOWN_PLAN), "--full")


def apply_all_line(args: Namespace, file: str, plan: Plan) -> str:
    """Return the command that applies all of a saved plan, with the consents that it needs."""
    needed = CONSENTED & {name for change in plan.changes for name in change.classes}
    return apply_line(args, file, allow=needed)


def way_lines(args: Namespace, ways: ConsentHints, file: str | None) -> list[str]:
    """Return the commands that apply a refused plan, completely or in part."""
    lines = []
    given = set(getattr(args, "allow", ()))
    left = set(getattr(args, "without", ()))
    if ways.allow is not None:
        command = apply_line(args, file, allow=given | ways.allow, without=left)
        lines.append(f"to apply all of it: {command}")
    if ways.without is not None:
        command = apply_line(args, file, allow=given, without=left | ways.without)
        lines.append(f"to apply the rest of it: {command}")
    return lines


def approve_lines(
    args: Namespace, file: str | None, missing: Iterable[MissingApproval]
) -> list[str]:
    """Return the commands with which the missing approvals of a plan are given.

    An approval is for a saved plan: where there is none, the first command saves it.
    """
    lines = [
        f"to approve it as {name}: "
        f"{command_line(args, 'approve', file or _USUAL_PLAN, '--as', name)} --key {_USUAL_KEY}"
        for name in (each.needed.approver for each in missing)
    ]
    if file or not lines:
        return lines
    words = ["--out", _USUAL_PLAN, *_options(args, _OF_A_FRESH_PLAN)]
    save = f"to save it for approval: {command_line(args, 'plan', *words)}"
    return [save, *lines, f"to apply it then: {command_line(args, 'apply', _USUAL_PLAN)}"]


def left_out_words(args: Namespace, left: ExcludedChange) -> str:
    """Return why a change was left out, and the command that applies it."""
    why = f"it needs {left.needs}, which is " if left.needs else ""
    names = ", ".join(sorted(left.classes))
    allow = set(args.allow) | (left.classes & CONSENTED)
    rest = set(args.without) - left.classes
    command = apply_line(args, args.plan, allow=allow, without=rest)
    return f"{why}left out ({names}); to do it: {command}"


def _options(args: Namespace, flags: dict[str, str]) -> Iterator[str]:
    for name, flag in flags.items():
        value = getattr(args, name, None) or []
        for each in [value] if isinstance(value, str) else value:
            yield from (flag, str(each))
