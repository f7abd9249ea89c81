"""The commands that explain: no panel, and mostly no project."""

from __future__ import annotations

# Not imported from ``typing``, which costs as much as the parser itself; checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser

SHELLS = ("bash", "zsh", "tcsh")


def declare_explain(parser: ArgumentParser) -> None:
    """Declare ``explain``."""
    parser.usage = "reconciler explain [WHAT]"
    parser.description = (
        "Explain a kind or one of its fields: type, when it is set, the panel's parameter; or "
        "a topic, such as lifecycle, Project, guards, secrets or consents. Each explanation "
        "has an example. Without an argument, list the kinds and topics."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler explain\n"
        "  reconciler explain TaxRule\n"
        "  reconciler explain Service.paidThrough\n"
        "  reconciler explain lifecycle\n"
        "  reconciler explain Policy"
    )
    parser.add_argument("subject", metavar="WHAT", nargs="?", help="default: list them all")


def declare_schema(parser: ArgumentParser) -> None:
    """Declare ``schema``."""
    parser.usage = "reconciler schema [--write DIR]"
    parser.description = (
        "Print the JSON Schemas of manifests, project file, policies and reports as one "
        "document, by file name, or write them to a folder for editors and checks."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler schema\n"
        "  reconciler schema --write schemas\n"
        "  reconciler schema | jq '.\"plan.schema.json\"'"
    )
    parser.add_argument("--write", metavar="DIR", help="write one file for each schema")


def declare_completion(parser: ArgumentParser) -> None:
    """Declare ``completion``."""
    parser.usage = "reconciler completion SHELL"
    parser.description = "Print the completion script of a shell."
    parser.epilog = (
        "Examples:\n"
        "  reconciler completion bash > ~/.local/share/bash-completion/completions/reconciler\n"
        "  reconciler completion zsh > ~/.zfunc/_reconciler\n"
        "  reconciler completion tcsh > ~/.reconciler.tcsh"
    )
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))


DECLARATIONS = {
    "explain": declare_explain,
    "schema": declare_schema,
    "completion": declare_completion,
}
