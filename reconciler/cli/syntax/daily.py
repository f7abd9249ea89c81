"""The commands of every day, and those that settle ownership by hand."""

from __future__ import annotations

from reconciler.cli import options

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser


def declare_init(parser: ArgumentParser) -> None:
    """Declare ``init``."""
    parser.usage = "reconciler init [DIR]"
    parser.description = (
        "Write a working project: reconciler.yaml with a target on the embedded panel, an "
        "example manifest, the draft of a policy, schemas for editors, and a CI workflow. In "
        "an existing repository, files that exist are kept and named, and a .gitignore gets "
        "the lines that it lacks."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler init\n"
        "  reconciler init billing\n"
        "  reconciler init billing && cd billing && reconciler plan"
    )
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: here")


def declare_validate(parser: ArgumentParser) -> None:
    """Declare ``validate``."""
    parser.usage = "reconciler validate [options] [PATH ...]"
    parser.description = (
        "Check the manifests and policies offline, and report every error with its file, line "
        "and column. Exit code 3 means that there are errors."
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
    options.declare_json(parser)


def declare_plan(parser: ArgumentParser) -> None:
    """Declare ``plan``."""
    parser.usage = "reconciler plan [options]"
    parser.description = (
        "Compare the manifests with the panel, and show the changes that an apply would make. "
        "The command only reads. Exit code 4 means that a guard or a policy refuses the plan; "
        "the plan is shown all the same."
    )
    parser.epilog = (
        "Signs: + create, ~ update, - delete, = adopt, x blocked, ! charges money\n\n"
        "Examples:\n"
        "  reconciler plan\n"
        "  reconciler plan --out plan.json --detailed-exitcode\n"
        "  reconciler plan --only Discount/acme-welcome\n"
        "  reconciler plan -l team=sales --json"
    )
    parser.add_argument("--out", metavar="FILE", help="save the plan, for `reconciler apply FILE`")
    parser.add_argument(
        "--detailed-exitcode", action="store_true", help="exit code 2 when changes are pending"
    )
    options.declare_key(parser, "sign the plan with the key in this variable")
    options.declare_selection(parser)
    options.declare_terms(parser)
    options.declare_format(parser)


def declare_show(parser: ArgumentParser) -> None:
    """Declare ``show``."""
    parser.usage = "reconciler show [options] PLAN"
    parser.description = (
        "Show a saved plan as it was made. The command needs no panel, no credentials and no "
        "project. Exit code 10 means that the plan is incomplete, was edited, or has a newer "
        "version."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler show plan.json\n"
        "  reconciler show plan.json --format json\n"
        "  reconciler show plan.json --color always | less -R"
    )
    parser.add_argument("plan", metavar="PLAN", help="a file written by `plan --out`")
    options.declare_format(parser)


def declare_apply(parser: ArgumentParser) -> None:
    """Declare ``apply``."""
    parser.usage = "reconciler apply [options] [PLAN]"
    parser.description = (
        "Change the panel to what the manifests declare, and read every change back. With "
        "PLAN, a file written by `plan --out`, exactly that plan is applied, or nothing if "
        "the manifests or the objects it touches have changed since (exit code 5). Without "
        "PLAN, a plan is made and shown, and you are asked for approval. Changes left out by "
        "--without are reported as skipped, each with the command that applies it (exit code "
        "6); a saved plan may then be applied once more."
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
    options.declare_making(parser)
    options.declare_selection(parser)
    options.declare_terms(parser)
    options.declare_without(parser)
    options.declare_json(parser)


def declare_rehearse(parser: ArgumentParser) -> None:
    """Declare ``rehearse``."""
    parser.usage = "reconciler rehearse [options] PLAN"
    parser.description = (
        "Copy what a saved plan touches into an embedded panel, apply the plan to the copy, "
        "and plan once more. The report shows the outcomes, the charges, and whether the "
        "second plan is empty. The real panel is only read. Exit code 4 means that the copy "
        "cannot show the plan, or that a guard or a policy refuses it; 6 means that a change "
        "was not done."
    )
    parser.epilog = (
        "Charges are those that the panel quoted. An order for a client that the plan itself "
        "creates cannot be rehearsed, because the panel has quoted no price for it.\n\n"
        "Examples:\n"
        "  reconciler rehearse plan.json\n"
        "  reconciler rehearse plan.json --allow charge\n"
        "  reconciler rehearse plan.json --json"
    )
    parser.add_argument("plan", metavar="PLAN", help="a saved plan")
    options.declare_making(parser)
    options.declare_allow(parser)
    parser.set_defaults(only=[], selector=[], no_adopt=False, without=[])
    options.declare_json(parser)


def declare_drift(parser: ArgumentParser) -> None:
    """Declare ``drift``."""
    parser.usage = "reconciler drift [options]"
    parser.description = (
        "Show what was changed in the panel since the last apply, apart from what the "
        "manifests changed since (pending), and how to restore or accept it. The command only "
        "reads. Exit code 2 means that there is drift."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler drift\n"
        "  reconciler drift --json --out drift.json\n"
        "  reconciler drift --format json"
    )
    parser.add_argument("--out", metavar="FILE", help="write the report to a file as well, as JSON")
    options.declare_format(parser)


def declare_resume(parser: ArgumentParser) -> None:
    """Declare ``resume``."""
    parser.usage = "reconciler resume [options]"
    parser.description = (
        "Read from the panel what happened to the requests that an interrupted apply left "
        "open. Nothing is ordered or charged. Exit code 7 means that a charge is still in "
        "doubt. If the panel cannot show it, say which object an order became (--link), or "
        "that none exists (--none-exists)."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler resume\n"
        "  reconciler resume --link Service/acme-vm 958\n"
        "  reconciler resume --none-exists Service/acme-vm"
    )
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument(
        "--link", nargs=2, metavar=("KIND/NAME", "ID"), help="the order became this object"
    )
    answer.add_argument("--none-exists", metavar="KIND/NAME", help="no order and no charge exists")
    options.declare_json(parser)


def declare_journal(parser: ArgumentParser) -> None:
    """Declare ``journal``."""
    parser.usage = "reconciler journal [options] [verify]"
    parser.description = (
        "Show the runs of apply, oldest first: when each was run, by whom, which values it "
        "set or deleted, and the result of each request. `journal verify` only proves that "
        "the chain is complete. Exit code 10 means that the journal is damaged. The command "
        "works offline."
    )
    parser.epilog = (
        "Examples:\n  reconciler journal\n  reconciler journal verify\n  reconciler journal --json"
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=["verify"],
        metavar="verify",
        help="only prove that the chain is complete",
    )
    options.declare_json(parser)


def declare_undo(parser: ArgumentParser) -> None:
    """Declare ``undo``."""
    parser.usage = "reconciler undo [options] [RUN]"
    parser.description = (
        "Plan the inverse of a run of apply, and report of each change whether it is undone "
        "exactly, in part, or not at all: money, e-mails and passwords cannot be undone. "
        "Objects that were changed since are not touched. The command only reads: save the "
        "plan with --out, and apply that file. Without RUN, list the runs, the latest first."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler undo\n"
        "  reconciler undo 20261121T093000Z-4be1d2\n"
        "  reconciler undo 20261121T093000Z-4be1d2 --out undo.json && reconciler apply undo.json"
    )
    parser.add_argument(
        "run", metavar="RUN", nargs="?", help="a run, as listed by `undo` or `journal`"
    )
    parser.add_argument("--out", metavar="FILE", help="save the plan, for `reconciler apply FILE`")
    options.declare_key(parser, "sign the plan with the key in this variable")
    options.declare_allow(parser)
    options.declare_format(parser)


def declare_unlock(parser: ArgumentParser) -> None:
    """Declare ``unlock``."""
    parser.usage = "reconciler unlock [options]"
    parser.description = (
        "Show who holds the lock of the target, and since when. A lock ends with its process, "
        "even if the process is killed. Exit code 9 means that a run holds it. --force breaks "
        "the lock of a machine that is gone: a run that still lives there stops before its "
        "next request; run `reconciler resume` afterwards."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler unlock\n"
        "  reconciler unlock --force\n"
        "  reconciler unlock --force && reconciler resume"
    )
    parser.add_argument("--force", action="store_true", help="break a lock that is held")


def declare_inventory(parser: ArgumentParser) -> None:
    """Declare ``inventory``."""
    parser.usage = "reconciler inventory [options]"
    parser.description = (
        "List the managed resources: each address with its id in the panel, as of the last "
        "apply. The command works offline."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler inventory\n"
        "  reconciler inventory --json\n"
        "  reconciler --target sandbox inventory"
    )
    options.declare_json(parser)


def declare_forget(parser: ArgumentParser) -> None:
    """Declare ``forget``."""
    parser.usage = "reconciler forget [options] KIND/NAME"
    parser.description = (
        "Remove one resource from the inventory. The object in the panel is not changed; the "
        "next plan adopts it again if a manifest still declares it. Discounts and services "
        "also carry an ownership marker in the panel, and stay recognised by it."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler forget Discount/acme-welcome\n"
        "  reconciler inventory && reconciler forget Discount/acme-welcome\n"
        "  reconciler --target sandbox forget Client/acme"
    )
    parser.add_argument("address", metavar="KIND/NAME", help="the resource")


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
