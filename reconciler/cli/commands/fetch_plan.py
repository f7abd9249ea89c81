"""``fetch-plan``: fetch the plan that was reviewed, for the apply of what was merged."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Succeeded


def declare(parser: ArgumentParser) -> None:
    """Declare ``fetch-plan``."""
    parser.usage = "reconciler fetch-plan COMMIT --out FILE [options]"
    parser.description = (
        "Fetch the plan that the pipeline of a pull request has kept, by the commit of its merge: "
        "the newest one of the commit that was reviewed, made before the merge. The command runs "
        "in a pipeline of GitHub, GitLab, Gitea or Forgejo, as `init` writes it, and asks the "
        "server that the pipeline's variables name, with the token in GITHUB_TOKEN, GITLAB_TOKEN "
        "or GITEA_TOKEN. It only fetches: `apply --require-signature` checks who made the plan. "
        "Exit code 8 means that there is none, or that the server cannot be reached or refuses."
    )
    parser.epilog = (
        "Examples:\n"
        '  reconciler fetch-plan "$COMMIT" --out approvals/plan.json\n'
        '  reconciler fetch-plan "$CI_COMMIT_SHA" --provider gitlab --out approvals/plan.json\n'
        "  reconciler fetch-plan 4f3c2b1a --out plan.json && reconciler show plan.json"
    )
    parser.add_argument("commit", metavar="COMMIT", help="the commit that a merge made, in full")
    parser.add_argument("--out", metavar="FILE", required=True, help="where the plan is written")
    parser.add_argument(
        "--provider",
        choices=("github", "gitlab", "gitea"),
        help="whose API to speak (default: the pipeline's); gitea is Forgejo's, too",
    )
    parser.add_argument(
        "--ca-file", metavar="FILE", help="the authority that signed the server's certificate"
    )


async def run(args: Namespace, console: Console) -> Succeeded:
    """Fetch the plan, check that it is one, and write it."""
    import os
    import re
    from pathlib import Path

    from reconciler.cli.exit_codes import Succeeded
    from reconciler.cli.github_files import write_outputs
    from reconciler.cli.paths import read_plan_file, require_writable
    from reconciler.cli.progress import ReportingClock
    from reconciler.errors import UsageError
    from reconciler.forge.connect import open_exchange
    from reconciler.forge.pipeline import authorities, find_provider, find_token, read_pipeline
    from reconciler.forge.reviewed_plan import fetch_reviewed_plan
    from reconciler.panel.clock import SystemClock
    from reconciler.report.escape import escape
    from reconciler.store.atomic_file import write_file

    if not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", args.commit):
        raise UsageError("COMMIT is the name of a commit in full: 40 hexadecimal digits")
    provider = find_provider(os.environ, args.provider)
    if provider is None:
        raise UsageError(
            "no variable of a pipeline names a server; to fetch a plan by hand, set "
            "GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN"
        )
    token = find_token(os.environ, provider)
    console.scrub.watch(lambda: [token] if token else [])
    pipeline = read_pipeline(os.environ, provider)
    require_writable(args.out)
    ca_file = authorities(os.environ, args.ca_file, provider)
    async with open_exchange(pipeline, ReportingClock(SystemClock()), ca_file=ca_file) as exchange:
        raw = await fetch_reviewed_plan(exchange, pipeline, args.commit)
    write_file(Path(args.out), raw)
    args.plan = args.out
    digest = str(read_plan_file(args)["digest"])
    write_outputs({"digest": digest})
    console.report(f"The plan {escape(digest)} of commit {args.commit} is in {escape(args.out)}.\n")
    return Succeeded()
