"""``fmt``: manifests in canonical form; comments and the author's order of lists stay."""

from __future__ import annotations

from reconciler.cli import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from reconciler.cli.console import Console
    from reconciler.cli.exit_codes import Formatted
    from reconciler.kinds.catalogue import Catalogue
    from reconciler.model.finding import Finding


def declare(parser: ArgumentParser) -> None:
    """Declare ``fmt``."""
    parser.usage = "reconciler fmt [options] [PATH ...]"
    parser.description = (
        "Write manifests in canonical form: keys in the order of their kind, two blanks a level. "
        "Comments, blank lines, quotes and the order of lists stay, and so do all values. A file "
        "is replaced whole or not at all. With --check nothing is written, and exit code 2 means "
        "that a file is not in this form. --json names the files that are not."
    )
    parser.epilog = (
        "Examples:\n"
        "  reconciler fmt\n"
        "  reconciler fmt manifests/clients/acme.yaml reconciler.yaml\n"
        "  reconciler fmt --check\n"
        "  reconciler fmt --check --json | jq -r '.changed[]'"
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        default=[],
        help="default: the project's manifests and overlays",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, and show what would change"
    )
    options.declare_json(parser)


def run(args: Namespace, console: Console) -> Formatted:
    """Format every file, and write those that change; nothing where one of them has an error."""
    from reconciler.cli.exit_codes import Formatted
    from reconciler.cli.write_files import write_files
    from reconciler.documents.formatted import formatted_document
    from reconciler.errors import ManifestsError
    from reconciler.kinds.catalogue import discover

    root, names, findings = _files(args)
    catalogue = discover()
    changed: dict[str, tuple[str, str]] = {}
    for name in names:
        try:
            changed |= _formatted(root, name, catalogue)
        except ManifestsError as error:
            findings += error.findings
    if findings:
        raise ManifestsError(findings)
    if not args.check:
        texts = {name: (old.encode(), new.encode()) for name, (old, new) in changed.items()}
        write_files(root, texts)
    if console.json:
        console.document(formatted_document(len(names), changed, is_check=args.check))
    else:
        console.report(_text(args, console, len(names), changed))
    return Formatted(found=bool(args.check and changed))


def _text(
    args: Namespace, console: Console, files: int, changed: Mapping[str, tuple[str, str]]
) -> str:
    from reconciler.cli.remedies import command_line
    from reconciler.report.accept_drift import patch_samples
    from reconciler.report.escape import escape
    from reconciler.report.layout import counted

    word = "is not in canonical form" if args.check else "formatted"
    lines = patch_samples(changed, console.palette) if args.check else []
    lines += [f"{escape(name)}: {word}" for name in changed]
    end = "to change." if args.check else "changed."
    lines.append(f"{counted(files, 'file')}, {len(changed)} {end}")
    if args.check and changed:
        lines.append(f"To write them: {command_line(args, 'fmt', *args.paths)}")
    return "".join(f"{line}\n" for line in lines)


def _files(args: Namespace) -> tuple[Path, list[str], list[Finding]]:
    """Return the folder that files are named in, the files, and what is no manifest."""
    import os
    from pathlib import Path

    from reconciler.cli.paths import existing
    from reconciler.errors import UsageError
    from reconciler.manifest.load.files import files_below
    from reconciler.project.load import load_project

    asked = [*existing(args.paths, "PATH"), *existing(args.manifests, "--manifests")]
    try:
        project = load_project(Path(args.project) if args.project else None, os.environ)
    except UsageError:
        if not asked:
            raise
        root, paths = Path.cwd(), []  # files can be formatted without a project
    else:
        root = Path(project.root)
        overlays = [path for each in project.targets.values() for path in each.overlays]
        paths = [*project.manifests, *overlays]
    names: set[str] = set()
    findings: list[Finding] = []
    for path in asked or paths:
        found, wrong = files_below(root, path)
        names.update(found)
        findings += wrong
    return root, sorted(names), _once(findings)


def _once(findings: Iterable[Finding]) -> list[Finding]:
    return list(dict.fromkeys(findings))


def _formatted(root: Path, name: str, catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    """Return the text of a file and its canonical form by its name; nothing where they are one."""
    from reconciler.errors import ManifestsError
    from reconciler.manifest.edit.canonical import format_manifest
    from reconciler.manifest.edit.field_ordering import ordering_of
    from reconciler.manifest.load.files import read_regular
    from reconciler.manifest.yaml.documents import compose
    from reconciler.manifest.yaml.positions import locate
    from reconciler.model.finding import Finding, Source

    path = root / name
    try:
        raw = read_regular(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"cannot be read: {reason}"
        raise ManifestsError([Finding("error", "unreadable", message, Source(name))]) from error
    documents, findings = compose(raw, name)
    for each in documents:
        value = each.value
        if value is not None and not (isinstance(value, dict) and "apiVersion" in value):
            message = "expected a map: apiVersion, kind, metadata, spec"
            place = locate(name, each.place)
            findings.append(Finding("error", "not-a-manifest", message, place))
    if findings:
        raise ManifestsError(findings)
    before = raw.decode()
    after = format_manifest(before, name, lambda value: ordering_of(value, catalogue))
    return {name: (before, after)} if after != before else {}
