"""``comment``: show a plan on its pull request, or drift as an issue."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``comment``."""
    parser.usage = "reconciler comment [options] FILE"
    parser.description = (
        "Write a saved plan as a comment on its pull request, and update that comment at each "
        "further run; several targets have several comments. With --issue, FILE is a report of "
        "drift: an issue is opened when there is drift, updated, and closed when there is none. "
        "The command runs in a pipeline of GitHub, GitLab, Gitea or Forgejo and sends to the "
        "server that the pipeline's variables name. The token is in GITHUB_TOKEN, GITLAB_TOKEN "
        "or GITEA_TOKEN; without one the command prints what it would write. Exit code 8 means "
        "that the server cannot be reached, or refuses."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler comment plan.json\n"
        "  reconciler comment plan.json --provider gitlab --pr 12 --best-effort\n"
        "  reconciler drift --json --out drift.json; reconciler comment drift.json --issue"
    )
    parser.add_argument(
        "file", metavar="FILE", help="written by `plan --out`, or by `drift --out` for --issue"
    )
    parser.add_argument(
        "--provider",
        choices=("github", "gitlab", "gitea"),
        help="whose API to speak (default: the pipeline's); gitea is Forgejo's, too",
    )
    parser.add_argument("--pr", metavar="N", help="the pull request (default: the pipeline's own)")
    parser.add_argument(
        "--issue", action="store_true", help="open, update or close the issue about drift"
    )
    parser.add_argument(
        "--label",
        metavar="NAME",
        action="append",
        default=[],
        help="with --issue: a label for a new issue; repeatable",
    )
    parser.add_argument(
        "--best-effort",
        action="store_true",
        help="warn and exit with 0 when the server cannot be reached, or refuses",
    )
    parser.add_argument(
        "--ca-file", metavar="FILE", help="the authority that signed the server's certificate"
    )
    options.declare_json(parser)


async def run(args: Namespace, console: Console) -> Succeeded:
    """Write the comment, or keep the issue up to date."""
    from reconciler.cli.comment import run

    return await run(args, console)
