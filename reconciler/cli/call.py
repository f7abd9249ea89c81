"""``call``: call any function of the panel once, and show its reply.

Invariants: a call that is not known to only read is sent only with ``--confirm``, and one that only
reads is sent by a client that cannot write; nothing is sent twice, and a call that is neither
confirmed nor refused is never reported as done.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.context import locked, open_context
from reconciler.cli.exit_codes import Answered
from reconciler.cli.paths import absolute, require_writable
from reconciler.cli.progress import shown_progress
from reconciler.cli.remedies import command_line
from reconciler.cli.wiring import inspecting, operating
from reconciler.documents.call import answer_document
from reconciler.documents.canonical import canonical_json
from reconciler.errors import (
    AccessError,
    CodecError,
    DoubtError,
    LostAnswerError,
    RefusedError,
    RejectedError,
    UsageError,
)
from reconciler.model.refusal import Refusal
from reconciler.model.value import Secret
from reconciler.panel.readonly import read_functions
from reconciler.report.call_reply import answer_text
from reconciler.report.escape import escape
from reconciler.store.atomic_file import write_output
from reconciler.wire.call import CONFIRMING
from reconciler.wire.functions import classify_call
from reconciler.wire.raw_call import raw_call
from reconciler.wire.reply import Confirmation, FileReply, Form, OtherReply, Rows

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console
    from reconciler.cli.context import ProjectContext
    from reconciler.wire.call import Call, Params
    from reconciler.wire.functions import CallRisk
    from reconciler.wire.reply import Answer

_LOOK = "check in the panel before you send it again"
# Calls of these sorts only return data, even with a confirming parameter.
_SHOWN = frozenset({"list", "document", "file"})
_REFERENCES = {"@env:": "env", "@file:": "file"}


async def run(args: Namespace, console: Console) -> Answered:
    """Call the function and show its reply."""
    require_writable(args.out)
    context = open_context(args, console)
    params = tuple(read_param(text) for text in args.params)
    demand = _demand(args.func, params, context)
    call = _call(args, params, demand)
    _require_consent(args, console, demand)
    try:
        with shown_progress(wanted=not (console.json or args.no_progress)):
            answer = await _ask(context, call, demand)
    except (RejectedError, AccessError) as error:
        raise RefusedError([Refusal("panel-refused", str(error))]) from error
    except LostAnswerError as error:
        if demand.writes:
            error.asked = f"{call.title} was sent and may have taken effect: {_LOOK}"
        if demand.charges:
            raise DoubtError(str(error)) from error
        raise
    _show(args, console, answer)
    applied = _is_applied(call, demand, answer)
    if applied is None:
        console.tell(f"{call.title} may have taken effect: {_LOOK}")
    elif not applied:
        console.refuse("the panel returned a form: nothing was applied")
    return Answered(applied, demand.charges)


def _is_applied(call: Call, demand: CallRisk, answer: Answer) -> bool | None:
    """Return whether a call took effect; None where the reply neither confirms nor refuses it."""
    confirmed = CONFIRMING.intersection(name for name, _ in call.params)
    if not (demand.writes and (confirmed or demand.sort == "action")):
        return True
    match answer:
        case Confirmation():
            return True if answer.confirmed else None
        case Form():  # the panel did not accept it: it asks for other values
            return False
        case Rows() | OtherReply() | FileReply():
            return True if demand.sort in _SHOWN else None


def read_param(text: str) -> tuple[str, str | Secret]:
    """Read ``key=value``, where the value may refer to a secret.

    Shape:  ``key=text``, ``key=@env:VARIABLE``, ``key=@file:PATH``; ``key=@@text`` is ``@text``.
    Raises: UsageError, which does not repeat the value.
    """
    name, sign, value = text.partition("=")
    if not (sign and name):
        raise UsageError("a parameter is written KEY=VALUE")
    if value.startswith("@@"):
        return name, value[1:]
    for prefix, kind in _REFERENCES.items():
        if value.startswith(prefix):
            reference = value.removeprefix(prefix)
            if not reference:
                raise UsageError(f"{name}: {prefix} is followed by a name")
            return name, Secret("env" if kind == "env" else "file", (reference,))
    return name, value


def _demand(func: str, params: Params, context: ProjectContext) -> CallRisk:
    plain = {name: value if isinstance(value, str) else "(secret)" for name, value in params}
    lists = {kind.list for kind in context.catalogue.lookups.values()}
    return classify_call(func, plain, lists & read_functions(context.catalogue))


def _call(args: Namespace, params: Params, demand: CallRisk) -> Call:
    try:
        return raw_call(args.func, params, demand, su=args.su or "")
    except CodecError as error:
        raise UsageError(str(error)) from error


def _require_consent(args: Namespace, console: Console, demand: CallRisk) -> None:
    if not demand.writes:
        return
    if not args.confirm:
        reasons = demand.warnings or (f"{args.func} changes something",)
        reasons = (*reasons, "nothing was sent: add --confirm to send it")
        words = [args.func, *args.params]
        for flag, value in (("--su", args.su), ("--out", args.out)):
            words += [flag, value] if value else []
        remedy = f"to send it: {command_line(args, 'call', *words, '--confirm')}"
        raise RefusedError([Refusal("unconfirmed", text) for text in reasons], [remedy])
    for warning in demand.warnings:
        console.tell(f"{console.palette.paint('warning')}: {escape(warning)}")


async def _ask(context: ProjectContext, call: Call, demand: CallRisk) -> Answer:
    if demand.writes:
        with locked(context, "reconciler call"):
            async with operating(context) as operator:
                answer = await operator.answer(call)
        return Confirmation(confirmed=False) if answer == OtherReply(()) else answer
    async with inspecting(context, also=(call.func,)) as inspector:
        if demand.sort == "list":
            return Rows(await inspector.rows(call))
        return await inspector.answer(call)


def _show(args: Namespace, console: Console, answer: Answer) -> None:
    text, document = answer_text(answer), answer_document(args.func, answer)
    if args.out:
        shown = canonical_json(document) if console.json else text
        raw = answer.body if isinstance(answer, FileReply) else console.scrub(shown).encode()
        write_output(Path(absolute(args.out)), raw)
    if console.json:
        console.document(document)
    else:
        console.report(text)
        if isinstance(answer, FileReply) and not args.out:
            console.tell("write it to a file with --out")
