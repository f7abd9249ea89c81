"""The commands of every day, and those that settle ownership by hand."""

from __future__ import annotations

from reconciler.cli.syntax import option

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser


def declare_init(parser: ArgumentParser) -> None:
    """Declare ``init``."""
    parser.usage = "reconciler init [DIR]"
    parser.description = (
        "Write a working project: reconciler.yaml with a target on the embedded panel, example\n"
        "manifests and the draft of a policy, the schemas that an editor checks them by, and a CI\n"
        "workflow. It works inside a repository, too: what is there is kept, and named,\n"
        "and a .gitignore gets the lines that it lacks."
    )
    parser.epilog = "Examples:\n  reconciler init billing && cd billing\n  reconciler plan"
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: here")


def declare_validate(parser: ArgumentParser) -> None:
    """Declare ``validate``."""
    parser.usage = "reconciler validate [options] [PATH ...]"
    parser.description = (
        "Read the manifests and policies and say all that is wrong with them, each with file,\n"
        "line and column. Nothing is sent to any panel. Exit code 3 when there are errors."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler validate\n"
        "  reconciler validate manifests/acme.yaml\n"
        "  reconciler validate --json | jq '.findings[].message'"
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", default=[], help="default: the project's manifests"
    )
    option.declare_json(parser)


def declare_plan(parser: ArgumentParser) -> None:
    """Declare ``plan``."""
    parser.usage = "reconciler plan [options]"
    parser.description = (
        "Compare the manifests with the panel and show what an apply would do. It only reads.\n"
        "A plan beyond the project's guards, or against its policies, is shown, too, and exits\n"
        "with 4."
    )
    parser.epilog = (
        "Signs: + create, ~ update, - delete, = adopt, x blocked, ! charges money\n\n"
        "Examples:\n"
        "  reconciler plan\n"
        "  reconciler plan --out plan.json --detailed-exitcode\n"
        "  reconciler plan --only Discount/acme-spring\n"
        "  reconciler plan -l team=emea --json"
    )
    parser.add_argument("--out", metavar="FILE", help="save the plan, for `reconciler apply FILE`")
    parser.add_argument(
        "--detailed-exitcode", action="store_true", help="exit code 2 when changes are pending"
    )
    option.declare_key(parser, "sign the plan with the key in this variable")
    option.declare_selection(parser)
    option.declare_terms(parser)
    option.declare_format(parser)


def declare_show(parser: ArgumentParser) -> None:
    """Declare ``show``."""
    parser.usage = "reconciler show [options] PLAN"
    parser.description = (
        "Show a saved plan as it was made. It needs no panel, no credentials and no project. Exit\n"
        "code 10 for a plan that is cut, was edited, or is of a newer version."
    )
    parser.epilog = (
        "Examples:\n  reconciler show plan.json\n  reconciler show plan.json --format json"
    )
    parser.add_argument("plan", metavar="PLAN", help="a file written by `plan --out`")
    option.declare_format(parser)


def declare_apply(parser: ArgumentParser) -> None:
    """Declare ``apply``."""
    parser.usage = "reconciler apply [options] [PLAN]"
    parser.description = (
        "Make the panel hold what the manifests say, and prove each change by reading it back.\n"
        "With PLAN, a file written by `plan --out`, exactly that plan is applied, or none of it\n"
        "when the manifests or anything it touches have moved since (exit code 5). Without it, a\n"
        "plan is made and shown, and you are asked. What --without leaves out is reported as\n"
        "skipped, with the command that does it (exit code 6); a saved plan may then be applied\n"
        "once more, for what was left out."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler apply\n"
        "  reconciler apply plan.json --max-plan-age 24h\n"
        "  reconciler apply --yes --allow charge --report outcome.json\n"
        "  reconciler apply plan.json --without charge --without delete\n"
        "  reconciler apply plan.json --allow charge"
    )
    parser.add_argument("plan", metavar="PLAN", nargs="?", help="a saved plan")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only plan, and send nothing")
    parser.add_argument("--report", metavar="FILE", help="write the outcome to a file, as JSON")
    option.declare_making(parser)
    option.declare_selection(parser)
    option.declare_terms(parser)
    option.declare_without(parser)
    option.declare_json(parser)


def declare_rehearse(parser: ArgumentParser) -> None:
    """Declare ``rehearse``."""
    parser.usage = "reconciler rehearse [options] PLAN"
    parser.description = (
        "Copy what a saved plan touches into an embedded panel, apply the plan there for real,\n"
        "and plan once more: the outcomes, the charges, and that nothing is left. The panel\n"
        "itself is only asked. Exit code 4 when the copy cannot show the plan, or a guard or a\n"
        "policy would refuse it, 6 when not all of it was done."
    )
    parser.epilog = (
        "A charge is what the panel quoted. An order for a client that the plan itself makes\n"
        "cannot be rehearsed: nobody has been quoted its price.\n\n"
        "Examples:\n  reconciler rehearse plan.json"
    )
    parser.add_argument("plan", metavar="PLAN", help="a saved plan")
    option.declare_making(parser)
    option.declare_allow(parser)
    parser.set_defaults(only=[], selector=[], no_adopt=False, without=[])
    option.declare_json(parser)


def declare_drift(parser: ArgumentParser) -> None:
    """Declare ``drift``."""
    parser.usage = "reconciler drift [options]"
    parser.description = (
        "Show what the panel changed by itself since the last apply, told apart from what the\n"
        "manifests changed (pending), and how to put it back or to accept it. Reads only. Exit\n"
        "code 2 when there is drift."
    )
    parser.epilog = "Examples:\n  reconciler drift\n  reconciler drift --json --out drift.json"
    parser.add_argument("--out", metavar="FILE", help="write the report to a file, too, as JSON")
    option.declare_format(parser)


def declare_resume(parser: ArgumentParser) -> None:
    """Declare ``resume``."""
    parser.usage = "reconciler resume [options]"
    parser.description = (
        "Settle what an interrupted apply left open, by looking at the panel; nothing is ordered\n"
        "or charged. Exit code 7 while a charge is still in doubt. Where only a person can know,\n"
        "say which object an order became (--link), or that there is none (--none-exists)."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler resume\n"
        "  reconciler resume --link Service/acme-vm 958\n"
        "  reconciler resume --none-exists Service/acme-vm"
    )
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument(
        "--link", nargs=2, metavar=("KIND/NAME", "ID"), help="it became this object"
    )
    answer.add_argument("--none-exists", metavar="KIND/NAME", help="no order and no charge exists")
    option.declare_json(parser)


def declare_journal(parser: ArgumentParser) -> None:
    """Declare ``journal``."""
    parser.usage = "reconciler journal [options] [verify]"
    parser.description = (
        "Show what applies meant to do and what became of it, oldest first: when, who ran it, and\n"
        "which values were set or lost. `journal verify` only proves that the chain is whole.\n"
        "Exit code 10 when it is damaged. Offline."
    )
    parser.epilog = "Examples:\n  reconciler journal\n  reconciler journal verify"
    parser.add_argument(
        "what", nargs="?", choices=["verify"], metavar="verify", help="only prove it"
    )
    option.declare_json(parser)


def declare_undo(parser: ArgumentParser) -> None:
    """Declare ``undo``."""
    parser.usage = "reconciler undo [options] [RUN]"
    parser.description = (
        "Plan the way back from a run of apply, and say of each change whether it is taken back\n"
        "exactly, in part, or not at all: money, letters and passwords cannot be. It only reads;\n"
        "save the plan with --out and apply that file. What was changed again since is left\n"
        "alone. Without RUN it lists the runs, the latest first."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler undo\n"
        "  reconciler undo 20261121T093000Z-4be1d2 --out undo.json && reconciler apply undo.json"
    )
    parser.add_argument("run", metavar="RUN", nargs="?", help="as the list, or the journal, has it")
    parser.add_argument("--out", metavar="FILE", help="save the plan, for `reconciler apply FILE`")
    option.declare_key(parser, "sign the plan with the key in this variable")
    option.declare_allow(parser)
    option.declare_format(parser)


def declare_unlock(parser: ArgumentParser) -> None:
    """Declare ``unlock``."""
    parser.usage = "reconciler unlock [options]"
    parser.description = (
        "Say who holds the lock of the target, and since when. A lock ends with its process, also\n"
        "when that is killed, so a lock whose process is gone needs nothing. Exit code 9 while a\n"
        "run holds it. --force breaks it all the same, for a machine that is gone: a run that\n"
        "still lives stops before its next request; run `reconciler resume` afterwards."
    )
    parser.epilog = "Examples:\n  reconciler unlock\n  reconciler unlock --force"
    parser.add_argument("--force", action="store_true", help="break a lock that is held")


def declare_inventory(parser: ArgumentParser) -> None:
    """Declare ``inventory``."""
    parser.usage = "reconciler inventory [options]"
    parser.description = (
        "List what is owned: each address with its id in the panel, as of the last apply.\n"
        "Nothing is sent to any panel."
    )
    parser.epilog = "Examples:\n  reconciler inventory\n  reconciler inventory --json"
    option.declare_json(parser)


def declare_forget(parser: ArgumentParser) -> None:
    """Declare ``forget``."""
    parser.usage = "reconciler forget [options] KIND/NAME"
    parser.description = (
        "Drop one resource from the inventory. The object in the panel is not touched; the next\n"
        "plan adopts it again if a manifest still declares it. An object that bears our mark (a\n"
        "discount, a service) stays recognised by that mark."
    )
    parser.epilog = "Examples:\n  reconciler forget Discount/acme-spring"
    parser.add_argument("address", metavar="KIND/NAME", help="what to forget")


DECLARATIONS = {
    "init": declare_init,
    "validate": declare_validate,
    "plan": declare_plan,
    "show": declare_show,
    "rehearse": declare_rehearse,
    "apply": declare_apply,
    "drift": declare_drift,
    "resume": declare_resume,
    "undo": declare_undo,
    "journal": declare_journal,
    "unlock": declare_unlock,
    "inventory": declare_inventory,
    "forget": declare_forget,
}
