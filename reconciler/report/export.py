"""What an export did, as text: the files, what was left out by kind, and the proof.

Invariant: each object that was left out is named with its client, up to a bound; JSON has all.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.report.colors import PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.layout import INDENT, counted, joined
from reconciler.report.plan import target_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.model.export import ExportReport, Omission, ProofFailure

# So many of one kind are named; the others are counted.
_NAMED = 10


def export_text(report: ExportReport, folder: str, palette: Colors = PLAIN) -> str:
    """Show what was written, what was not, and what a plan of it says."""
    return joined(
        [
            [f"Export of {target_words(report.target)} to {escape(folder)}"],
            _files(report),
            _apart(report),
            _missing(report),
            _omissions(report.omissions),
            _failures(report.failures, palette),
            [_verdict(report)],
        ]
    )


def _files(report: ExportReport) -> list[str]:
    counts = Counter(report.files.values())
    files = ", ".join(f"{counted(number, 'file')} {did}" for did, number in sorted(counts.items()))
    what = f"{counted(report.clients, 'client')}, {counted(report.objects, 'object')}"
    return [f"  {what}, {counted(report.requests, 'request')}: {files or 'no files'}"]


def _apart(report: ExportReport) -> list[str]:
    """Name the clients whose file would be too large, up to a bound."""
    lines = [
        f"  {escape(client)}: a manifest has at most 1 MiB, so each {' and each '.join(kinds)} of "
        "this client is a document of its own, in further files"
        for client, kinds in sorted(report.apart.items())
    ]
    rest = len(lines) - _NAMED
    return [*lines[:_NAMED], f"  and {rest} more: --json names all"] if rest > 0 else lines


def _missing(report: ExportReport) -> list[str]:
    lines = [f"  {address}: declared, but not in the panel" for address in sorted(report.missing)]
    return lines + [f"  {each}: {escape(why)}" for each, why in sorted(report.kept.items())]


def _omissions(omissions: Sequence[Omission]) -> list[str]:
    lines: list[str] = []
    for kind, number in sorted(Counter(each.kind for each in omissions).items()):
        lines.append(f"  left out of {kind}: {number}")
        mine = [each for each in omissions if each.kind == kind]
        lines += [f"{INDENT}{_omission(each)}" for each in mine[:_NAMED]]
        if number > _NAMED:
            lines.append(f"{INDENT}and {number - _NAMED} more: --json names all")
    return lines


def _omission(omission: Omission) -> str:
    place = f", id {omission.id}" if omission.id else ""
    name = f", {omission.field}" if omission.field else ""
    whose = f"{omission.client}{place}".removeprefix(", ")
    return escape(f"{whose}{name}: {omission.reason}".removeprefix(": "))


def _failures(failures: Sequence[ProofFailure], palette: Colors) -> list[str]:
    sign = palette.paint("error")
    lines = [f"  {sign}: {escape(_failure(each))}" for each in failures[:_NAMED]]
    rest = len(failures) - _NAMED
    return [*lines, f"  and {rest} more: --json names all"] if rest > 0 else lines


def _failure(failure: ProofFailure) -> str:
    fields = f" ({', '.join(failure.fields)})" if failure.fields else ""
    reason = f": {failure.reason}" if failure.reason else ""
    return f"{failure.address or 'the manifests'}: {failure.action}{fields}{reason}"


def _verdict(report: ExportReport) -> str:
    if not report.verified:
        return "Not verified: run `reconciler plan` to see what a plan of it holds."
    if report.failures:
        return "Not proved: a plan of what was written would change something."
    return "Proved: a plan of what was written adopts it, and changes nothing."
