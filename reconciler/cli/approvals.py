"""Approvals on the command line: find them beside a plan, judge a plan by them, and give one.

Invariants: rules and approvers are those of the project file of this machine; a private key is read
by ``ssh-keygen`` alone, whose process receives no credential of a panel; a signature is written
only when it counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.cli.exit_codes import Succeeded
from reconciler.cli.paths import absolute, existing, read_for_review
from reconciler.cli.remedies import apply_all_line, approve_lines
from reconciler.documents.approval import approved_document
from reconciler.documents.plan import plan_document, refusals_of
from reconciler.documents.restore import read_plan
from reconciler.documents.values import listed
from reconciler.errors import ManifestsError, RefusedError, StoreError, UsageError
from reconciler.manifest.quote import did_you_mean, quote
from reconciler.model.approval import SignatureFile
from reconciler.model.refusal import Refusal
from reconciler.planning.saved_plan import require_applicable
from reconciler.policies.approvals import (
    ApprovalReview,
    GivenApproval,
    RejectedApproval,
    approved_bytes,
    read_approval,
    review_approvals,
)
from reconciler.policies.ssh_signature import NAMESPACE
from reconciler.project.load import load_project
from reconciler.report.approvals import approval_lines
from reconciler.report.clients import sums_lines
from reconciler.report.escape import escape
from reconciler.report.plan import plan_header
from reconciler.store.atomic_file import read_file, write_file

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.cli.console import Console
    from reconciler.cli.shards import WholePlan
    from reconciler.documents.plan import PlanDocument
    from reconciler.model.approval import Approver, PublicKey
    from reconciler.model.impact import Impact
    from reconciler.model.plan import Plan
    from reconciler.model.target import Project

_PROGRAM = "ssh-keygen"
# Anybody may read an approval: it holds a public key and a signature.
_PUBLIC = 0o644
_READ_AT_MOST = 1 << 20
# What ssh-keygen needs to ask for a passphrase, an agent or a hardware key; nothing of a panel.
_PASSED_ON = (
    *("HOME", "PATH", "TERM", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "USER", "LOGNAME"),
    *("SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "SSH_SK_PROVIDER"),
    *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"),
)


def review_saved(project: Project, document: PlanDocument, plan: str | None) -> ApprovalReview:
    """Return the approvals of a plan with those that stand beside its file, if it has one."""
    files = find_signatures(plan, project.approvers) if plan and project.approvals else ()
    return review_approvals(project.approvals, project.approvers, document, files)


def review_apply(
    args: Namespace,
    project: Project,
    saved: Mapping[str, object] | None,
    plan: Plan,
    *,
    impact_of: Callable[[Plan], Impact],
    whole: WholePlan | None = None,
) -> ApprovalReview:
    """Return the approvals of what is about to be applied.

    ``plan`` is the part that is applied of the plan that was made again just now. What is needed
    follows from it and from what ``impact_of`` finds that it comes to, and not from the saved plan,
    which anybody can write: neither its changes nor its impact are believed. What is approved is
    the digest of the saved plan. Without one nothing can be approved.

    Of a shard with its ``whole`` plan, that plan is what needs approvals and what is approved.
    """
    if not project.approvals:
        return ApprovalReview()
    files: Sequence[SignatureFile] = ()
    if saved is not None:
        files = (
            *find_signatures(whole.name if whole else args.plan, project.approvers),
            *(_read_signature(path) for path in args.approval),
        )
    approved = whole.saved if whole else saved
    digest = str(approved["digest"]) if approved is not None else ""
    made = plan_document(replace(plan, impact=impact_of(plan)), "")
    rules, approvers = project.approvals, project.approvers
    if whole is None:
        return review_approvals(rules, approvers, made, files, digest=digest)
    made.pop("shard", None)
    documents = (read_plan(whole.saved), made)
    return review_approvals(rules, approvers, documents, files, digest=digest)


def approver_words(key: PublicKey) -> str:
    """Return whose key an approval was made with, for the record: its owner and its fingerprint."""
    return f"{key.owner} ({key.fingerprint})" if key.owner != key.fingerprint else key.fingerprint


def approval_refusals(
    review: ApprovalReview, saved: Mapping[str, object] | None
) -> tuple[Refusal, ...]:
    """Return a reason for each approval that is missing."""
    if saved is not None:
        return tuple(each.refusal for each in review.missing)
    return tuple(
        Refusal(
            "approval-needs-plan",
            f"{each.refusal}, and only a saved plan can be approved",
        )
        for each in review.missing
    )


def find_signatures(plan: str, approvers: Mapping[str, Approver]) -> list[SignatureFile]:
    """Return the files beside a plan that may be approvals: ``PLAN.NAME.sig``."""
    names = {name: signature_path(plan, name) for name in approvers}
    return [_read_signature(path, name) for name, path in names.items() if os.path.lexists(path)]


def signature_path(plan: str, approver: str) -> str:
    """Return the path of an approver's approval of a plan."""
    return f"{plan}.{approver}.sig"


def shown_approvals(args: Namespace, console: Console, document: PlanDocument) -> ApprovalReview:
    """Return the approvals of a saved plan for a command that needs no project.

    Without a project there are no rules; one with errors is reported, and stops nothing.
    """
    try:
        project = _project(args)
    except UsageError:
        return ApprovalReview()
    except ManifestsError as error:
        console.tell(f"no approvals are shown: {escape(str(error))}: run `reconciler validate`")
        return ApprovalReview()
    return review_saved(project, document, args.plan)


def approve(args: Namespace, console: Console) -> Succeeded:
    """Sign the digest of a saved plan as an approver, and write the signature beside the plan.

    Raises: UsageError for who is no approver, StoreError for a plan that is damaged or edited and
            where no signature can be made, RefusedError for a key that does not count.
    """
    saved, plan = read_for_review(args)
    require_applicable(saved)
    document = read_plan(saved)
    project = _project(args)
    name = _approver_name(project, args.approver)
    path = signature_path(args.plan, name)
    message = approved_bytes(document["digest"])
    file = SignatureFile(path, _sign(args.key, message), approver=name)
    made = _require_own(args.key, name, read_approval(file, project.approvers.values(), message))
    review = _with_own(project, document, args.plan, file)
    write_file(Path(path), file.raw, mode=_PUBLIC)
    if console.json:
        console.document(
            approved_document(
                document["digest"],
                name,
                owner=made.key.owner,
                fingerprint=made.key.fingerprint,
                file=path,
            )
        )
        return Succeeded()
    refused, _ = refusals_of(document)
    lines = [plan_header(plan), *sums_lines(plan.changes), "", *approval_lines(review)]
    lines += [f"Refused when it was made: {escape(each)}" for each in refused]
    if name not in {each.approver for each in review.needed}:
        lines.append(f"No rule of the project asks {name}.")
    lines += ["", f"Saved as {escape(path)}."]
    lines += [f"  {escape(each)}" for each in approve_lines(args, args.plan, review.missing)]
    if not review.missing and not refused:
        lines.append(f"  to apply it: {escape(apply_all_line(args, args.plan, plan))}")
    console.report("".join(f"{line}\n" for line in lines))
    return Succeeded()


def _project(args: Namespace) -> Project:
    file = Path(args.project) if args.project else None
    return load_project(file, os.environ, manifests=existing(args.manifests, "--manifests"))


def _approver_name(project: Project, name: str) -> str:
    if name in project.approvers:
        return name
    if not project.approvers:
        raise UsageError(
            "the project file names no approvers: add spec.approvers, as `reconciler explain "
            "approvals` shows"
        )
    known = project.approvers
    hint = did_you_mean(name, known) or f"; there are {listed(known)}"
    raise UsageError(f"the project file has no approver {quote(name)}{hint}")


def _require_own(key: str, name: str, made: GivenApproval | RejectedApproval) -> GivenApproval:
    """Return an approval that its own approver made. Raises: RefusedError."""
    if isinstance(made, RejectedApproval):
        text = f"the signature with {key} does not count: {made.fault}"
        raise RefusedError([Refusal("not-an-approver", text)])
    if made.approver != name:
        text = f"{key} is a key of {made.approver}, not of {name}"
        raise RefusedError([Refusal("not-an-approver", text)])
    return made


def _with_own(
    project: Project, document: PlanDocument, plan: str, own: SignatureFile
) -> ApprovalReview:
    """Return the approvals of a plan with a new one.

    Raises: RefusedError where the same person approves as somebody else already, so that it would
            count for nothing.
    """
    rules, approvers = project.approvals, project.approvers
    others = [each for each in find_signatures(plan, approvers) if each.path != own.path]
    before = review_approvals(rules, approvers, document, others)
    after = review_approvals(rules, approvers, document, [*others, own])
    asked = own.approver in {each.approver for each in after.needed}
    if asked and len(after.given) == len(before.given):
        faults = [fault for each in after.missing for fault in each.faults]
        text = "; ".join(faults) or f"the approval of {own.approver} would not count"
        raise RefusedError([Refusal("approval-invalid", f"{text}: another person must approve")])
    return after


def _sign(key: str, message: bytes) -> bytes:
    """Return the signature that ``ssh-keygen`` makes with a key, or with the agent that has it.

    Raises: UsageError where there is no such file, StoreError where no signature was made.
    """
    program = which(_PROGRAM)
    if program is None:
        raise StoreError(f"{_PROGRAM} is not installed: install the package openssh-client")
    if not Path(key).is_file():
        raise UsageError(f"--key {key}: there is no such file")
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # It asks for a passphrase on the terminal. Without one it must not wait for its input.
    has_terminal = sys.stdin is not None and sys.stdin.isatty()
    with TemporaryDirectory(prefix="reconciler-") as folder:
        file = Path(folder) / "plan-digest"
        file.write_bytes(message)
        command = [program, "-q", "-Y", "sign", "-n", NAMESPACE, "-f", absolute(key), str(file)]
        try:
            subprocess.run(  # noqa: S603 - a fixed program, and no shell
                command,
                env=environment,
                stdin=None if has_terminal else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise StoreError(
                f"{_PROGRAM} made no signature with {key}, and its message is above; a key with a "
                "passphrase needs a terminal, or ssh-agent and --key with the .pub file"
            ) from error
        return _read_signature(f"{file}.sig").raw


def _read_signature(path: str, approver: str = "") -> SignatureFile:
    try:
        raw = read_file(Path(path), _READ_AT_MOST)
    except StoreError as error:
        return SignatureFile(path, fault=str(error).removeprefix(f"{path} "), approver=approver)
    if raw is None:
        return SignatureFile(path, fault="there is no such file", approver=approver)
    return SignatureFile(path, raw, approver=approver)
