"""``from-log``: turn the panel's log into commands and manifests; offline.

Invariants: a log is not trusted: it is read in bounded pieces, and an unreadable line is a finding
with its line number and does not stop the reading.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from reconciler.cli.exit_codes import Validated
from reconciler.errors import UsageError
from reconciler.kinds.catalogue import discover
from reconciler.manifest.yaml.emit import manifest_text
from reconciler.mapping.import_call import ImportedResource, import_calls
from reconciler.model.finding import Finding, Source
from reconciler.report.escape import escape
from reconciler.report.finding import finding_lines
from reconciler.report.layout import counted
from reconciler.report.request_log import call_lines
from reconciler.wire.request_log import LONGEST, LoggedCall, UnreadableLine, is_change, read_line

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from reconciler.cli.console import Console
    from reconciler.model.address import Address


@dataclass(slots=True)
class _Tally:
    """The counts and requests of a log."""

    skipped: int = 0
    reads: int = 0
    found: list[tuple[str, LoggedCall]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def run(args: Namespace, console: Console) -> Validated:
    """Read the log and print the requests that changed something."""
    name = "standard input" if args.file == "-" else args.file
    tally = _read(args.file, name)
    for line in finding_lines(tally.findings, console.palette):
        console.tell(line)
    console.raw(_text(tally))
    console.tell(
        f"{counted(len(tally.found), 'change')}, {counted(tally.reads, 'request')} that only "
        f"read, {counted(tally.skipped, 'other line')}, {len(tally.findings)} unreadable"
    )
    return Validated(valid=not tally.findings)


def _read(path: str, name: str) -> _Tally:
    tally = _Tally()
    try:
        with nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb") as file:
            for number, raw in _lines(file):
                _sort(tally, raw, Source(name, number))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise UsageError(f"{escape(name)} cannot be read: {reason}") from error
    return tally


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield every line with its number, cut at the greatest length of a request."""
    number = 0
    while raw := file.readline(LONGEST + 2):
        number += 1
        yield number, raw
        while raw and not raw.endswith(b"\n"):  # the rest of a line that was cut
            raw = file.readline(LONGEST)


def _sort(tally: _Tally, raw: bytes, place: Source) -> None:
    text = raw.decode("utf-8", "replace")
    line = read_line(text)
    if isinstance(line, LoggedCall) and "\ufffd" in text:
        line = UnreadableLine("it is not UTF-8")
    match line:
        case None:
            tally.skipped += 1
        case UnreadableLine(reason):
            message = f"this request cannot be read: {reason}"
            tally.findings.append(Finding("error", "request", message, place))
        case LoggedCall():
            if is_change(line):
                tally.found.append((str(place), line))
            else:
                tally.reads += 1


def _text(tally: _Tally) -> str:
    catalogue = discover()
    lists = {kind.list for kind in catalogue.lookups.values()}
    parts = ["# Calls: run these to repeat the changes.\n"] if tally.found else []
    for place, logged in tally.found:
        parts += [f"{line}\n" for line in ["", *call_lines(logged, place, lists)]]
    declared: dict[Address, str] = {}
    for number, (place, logged) in enumerate(tally.found, start=1):
        made = import_calls(catalogue, logged, str(number), declared)
        if made is not None:
            declared[made.address] = _manifest(place, made)
    if declared:
        parts.append("\n# Manifests: save these to declare the same objects.\n")
    parts += declared.values()
    return "".join(parts)


def _manifest(place: str, made: ImportedResource) -> str:
    notes = "".join(f"#   {escape(note)}\n" for note in made.notes)
    return f"---\n# {escape(place)}\n{notes}{manifest_text(made.document)}"
