"""Print reports to standard output, and everything else to standard error.

Invariants: in any format but text standard output has one document; secrets are removed from every
text; a question is asked only on a terminal.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import error_code
from reconciler.cli.formats import render
from reconciler.cli.redact import Redactor
from reconciler.cli.streams import write_aside, write_report
from reconciler.documents.canonical import canonical_json
from reconciler.errors import (
    ManifestsError,
    OutputError,
    PanelError,
    ReconcilerError,
    RefusedError,
    StalePlanError,
    StoreError,
)
from reconciler.report.colors import COLOURED, PLAIN, Colors
from reconciler.report.escape import escape
from reconciler.report.finding import finding_lines
from reconciler.report.layout import counted, fitted
from reconciler.report.reports import Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

    from reconciler.documents.findings import ErrorDocument
    from reconciler.report.reports import Report

# The formats for people show places from the project's folder, as an editor there finds them.
_OWN_PLACES = frozenset({"text", "json", "markdown"})
# A command in a sentence or on its own line; one with options is complete already.
_NAMED_COMMAND = re.compile(r"(?:`|^  )reconciler (?=[a-z])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Console:
    """The output of a command, and its format; ``width`` is 0 without a terminal.

    ``given`` are the options that chose the project and the target: every command in a message is
    printed with them, because without them it would use another panel. ``project`` is the project
    file that they name, if any. ``sink`` takes what is for standard output.
    """

    form: str = "text"
    palette: Colors = PLAIN
    scrub: Redactor = field(default_factory=Redactor)
    width: int = 0
    full: bool = False
    given: str = ""
    project: str | None = None
    sink: Callable[[str], None] = write_report

    @property
    def json(self) -> bool:
        """Whether a program reads the output, errors included."""
        return self.form == "json"

    @property
    def text(self) -> bool:
        """Whether people read the output as it comes; otherwise it is one document."""
        return self.form == "text"

    @property
    def interactive(self) -> bool:
        """Whether a question can be asked."""
        return self.text and sys.stdin is not None and sys.stdin.isatty()

    def show(self, report: Report) -> None:
        """Print the report of a command in the chosen format."""
        folder = "" if self.form in _OWN_PLACES else self._folder()
        text = render(report, self.form, Layout(self.palette, self.width, self.full, folder))
        (self.report if self.text else self.raw)(text)
        if self.form == "github":
            from reconciler.cli.github_files import write_github_files

            write_github_files(report, self.scrub)

    def report(self, text: str) -> None:
        """Print a report, whose text ends with a line end, fitted to the terminal."""
        text = self._pasteable(text)
        self.raw(fitted(text, self.width) if self.width else text)

    def raw(self, text: str) -> None:
        """Print a text for a program, without breaking lines."""
        self.sink(self.scrub(text))

    def document(self, document: Mapping[str, object]) -> None:
        """Print one JSON document."""
        self.raw(canonical_json(document))

    def tell(self, line: str) -> None:
        """Print one line to standard error."""
        line = self._pasteable(line)
        width = _width_of(sys.stderr)
        write_aside(self.scrub(fitted(f"{line}\n", width) if width else f"{line}\n"))

    def _pasteable(self, text: str) -> str:
        if not self.given:
            return text
        return _NAMED_COMMAND.sub(lambda found: f"{found[0]}{self.given} ", text)

    def refuse(self, reason: str) -> None:
        """Print to standard error why something is refused."""
        self.tell(f"{self.palette.paint('error')}: refused: {escape(reason)}")

    async def confirm(self, question: str) -> bool:
        """Ask a question; every answer but ``y`` or ``yes`` means no."""
        write_aside(f"{question} [y/N] ")
        await _readable(sys.stdin)
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def fail(self, error: BaseException) -> None:
        """Print why a command failed, as text or as the one JSON document."""
        if self.json and not isinstance(error, OutputError):
            self.document(_failure_document(error))
            return
        for line in _failure_lines(error, self.palette):
            self.tell(line)
        if self.form == "github" and not isinstance(error, OutputError | BrokenPipeError):
            self._annotate(error)

    def _annotate(self, error: BaseException) -> None:
        """Print annotations of a failure, and add it to the summary of the job."""
        from reconciler.cli.github_files import write_github_failure
        from reconciler.report.github import failure_commands

        code = error_code(error)
        reasons = [_message(error)]
        if isinstance(error, RefusedError | StalePlanError):
            reasons = [str(reason) for reason in error.reasons]
        findings = error.findings if isinstance(error, ManifestsError) else ()
        self.raw(failure_commands(code, reasons, findings, self._folder()))
        try:
            write_github_failure(code, reasons, self.scrub)
        except StoreError as fault:
            self.tell(f"{self.palette.paint('warning')}: {escape(str(fault))}")

    def _folder(self) -> str:
        """Return the path from the root of the repository to the project."""
        from reconciler.cli.paths import folder_in_repository

        return folder_in_repository(self.project)


def make_console(
    *,
    form: str,
    color: str,
    environ: Mapping[str, str],
    given: str = "",
    project: str | None = None,
    full: bool = False,
) -> Console:
    """Choose format and colours once, for the whole run."""
    if color == "auto":
        plain = environ.get("NO_COLOR") or environ.get("TERM") == "dumb"
        coloured = not plain and sys.stdout.isatty()
    else:
        coloured = color == "always"
    palette = COLOURED if coloured and form == "text" else PLAIN
    width = _width_of(sys.stdout)
    return Console(form=form, palette=palette, width=width, full=full, given=given, project=project)


def _width_of(stream: TextIO) -> int:
    """Return the width of a terminal; 0 where there is none or its width is unknown."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):
        return 0


def _failure_document(error: BaseException) -> ErrorDocument:
    # The document types load pydantic, which is slow and not needed for help.
    from reconciler.documents.findings import error_document

    reasons = error.reasons if isinstance(error, RefusedError | StalePlanError) else ()
    findings = error.findings if isinstance(error, ManifestsError) else ()
    return error_document(error_code(error), _message(error), reasons=reasons, findings=findings)


def _failure_lines(error: BaseException, palette: Colors) -> list[str]:
    sign = palette.paint("error")
    match error:
        case ManifestsError():
            return [*finding_lines(error.findings, palette), f"{sign}: {_message(error)}"]
        case RefusedError():
            reasons = [f"{sign}: refused: {escape(reason)}" for reason in error.reasons]
            return [*reasons, *(f"  {escape(remedy)}" for remedy in error.remedies)]
        case StalePlanError():
            return [f"{sign}: the plan is stale: {escape(reason)}" for reason in error.reasons]
        case PanelError() if error.place:
            hint = "run `reconciler doctor`"
            return [f"{sign}: {escape(error.place)}: {escape(_message(error))}; {hint}"]
        case _:
            return [f"{sign}: {escape(_message(error))}"]


def _message(error: BaseException) -> str:
    match error:
        case ManifestsError():
            errors = [finding for finding in error.findings if finding.severity == "error"]
            files = {finding.source.file for finding in errors if finding.source}
            where = files.pop() if len(files) == 1 else f"{len(files)} files" if files else ""
            return f"{counted(len(errors), 'error')}{f' in {where}' if where else ''}"
        case ReconcilerError():
            return str(error)
        case KeyboardInterrupt() | BrokenPipeError():
            return "interrupted"
        case _:
            name = type(error).__name__
            return f"unexpected {name}: {error} (a bug in reconciler; -v shows where)"


async def _readable(stream: TextIO) -> None:
    # A blocking `readline` would keep the event loop from handling an interrupt.
    import asyncio

    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(stream.fileno(), ready.set)
    except (OSError, NotImplementedError):
        return  # a plain file, which is readable immediately, or a loop that cannot watch files
    try:
        await ready.wait()
    finally:
        loop.remove_reader(stream.fileno())
