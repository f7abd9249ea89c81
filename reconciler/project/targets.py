"""A checked project file becomes the project's values; a target is chosen and completed.

Invariant: what the environment overrides is checked by the same rules as what the file says, and
credentials from it stay references until a request is written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import ManifestsError, UsageError
from reconciler.manifest.quote import did_you_mean, quote
from reconciler.model.approval import Approver
from reconciler.model.finding import Finding, Source
from reconciler.model.number import UNPROVED, NumberShape
from reconciler.model.state import FILE, StateSettings
from reconciler.model.target import ALL_TARGETS, Auth, Guards, Limits, Project, Target, Tls
from reconciler.model.value import Secret
from reconciler.project.validators import SANDBOX, check_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.project.spec import ProjectFile, ProjectSpec, TargetSpec

_ENVIRONMENT = Source("the environment")
# The target of whom no command names another, where it is an embedded panel.
DEFAULT_TARGET = "sandbox"
# How reports name a panel that is asked on its own machine, and has no address.
_LOCAL = "mgrctl:"


def to_project(file: ProjectFile, root: Path) -> Project:
    """Turn a checked project file into values; the root is the folder that it stands in."""
    guards = file.spec.guards
    return Project(
        namespace=file.metadata.name,
        root=str(root),
        manifests=tuple(file.spec.manifests),
        policies=file.spec.policies,
        inventory=_inventory(file.spec),
        state=file.spec.state.settings() if file.spec.state else StateSettings(),
        targets={name: _target(name, each, root) for name, each in file.spec.targets.items()},
        guards=Guards(
            max_deletes=guards.max_deletes,
            max_delete_share=guards.max_delete_share,
            max_update_share=guards.max_update_share,
            max_charge=dict(guards.max_charge) if guards.max_charge is not None else None,
            max_rate_move=guards.max_rate_move,
        ),
        levels=dict(file.spec.lint.levels),
        approvals=tuple(each.rule() for each in file.spec.approvals),
        approvers={
            name: Approver(name, tuple(each.keys)) for name, each in file.spec.approvers.items()
        },
    )


def _inventory(spec: ProjectSpec) -> str:
    """Return the path of the inventory's file, where the state is in a folder."""
    folder = spec.state.settings().folder if spec.state else None
    return f"{folder}/inventory.json" if folder else spec.inventory.removeprefix(FILE)


def select_target(project: Project, name: str | None, environ: Mapping[str, str]) -> Target:
    """Choose a target and lay ``RECONCILER_URL``, ``_USERNAME`` and ``_PASSWORD`` over it.

    Without a name it is the only target, or else the one called ``sandbox`` when that is an
    embedded panel, where a mistake costs nothing.
    Raises: UsageError when there is no such target or none can be chosen, ManifestsError for an
    address in the environment that is none.
    """
    target = _chosen(project, name)
    url = environ.get("RECONCILER_URL")
    if url:
        target = replace(target, url=_checked(url), limits=_settled(target, url))
    auth = target.auth
    if environ.get("RECONCILER_USERNAME"):
        auth = replace(auth, username=Secret("env", ("RECONCILER_USERNAME",)))
    if environ.get("RECONCILER_PASSWORD"):
        auth = replace(auth, password=Secret("env", ("RECONCILER_PASSWORD",)))
    return replace(target, auth=auth)


def chosen_targets(project: Project, names: str) -> list[str]:
    """Return the targets that ``all`` or ``a,b`` names. Raises: UsageError."""
    if names == ALL_TARGETS:
        return list(project.targets)
    found = names.split(",")
    for name in found:
        if not name:
            raise UsageError(f"--target {names} holds an empty name")
        select_target(project, name, {})
        if found.count(name) > 1:
            raise UsageError(f"--target {names} names {name} twice")
    return found


def require_credentials(target: Target) -> None:
    """Check that a target can be signed in to; no secret is resolved for that.

    Raises: ManifestsError.
    """
    if target.url.startswith(SANDBOX) or target.auth.method in {"key", "mgrctl"}:
        return
    missing = [
        f"target {quote(target.name)} has no {name}: write auth.{name}, or set "
        f"RECONCILER_{name.upper()}"
        for name, value in (("username", target.auth.username), ("password", target.auth.password))
        if not value
    ]
    if missing:
        place = Source("reconciler.yaml")
        raise ManifestsError([Finding("error", "credentials", each, place) for each in missing])


def _target(name: str, spec: TargetSpec, root: Path) -> Target:
    plain = Limits()
    times = spec.timeouts
    settle = 0.0 if spec.url.startswith(SANDBOX) else plain.settle
    return Target(
        name=name,
        url=spec.url or f"{_LOCAL}{spec.auth.program}",
        auth=Auth(
            method=spec.auth.method,
            username=spec.auth.username,
            password=spec.auth.password,
            key=spec.auth.key,
            program=_program(spec.auth.program, root),
            su=spec.auth.su,
        ),
        format=spec.format,
        numbers=NumberShape(spec.numbers.decimal, spec.numbers.thousands)
        if spec.numbers
        else UNPROVED,
        tls=Tls(ca_file=spec.tls.ca_file, fingerprint=spec.tls.fingerprint),
        limits=Limits(
            reads=spec.concurrency.reads,
            writes=spec.concurrency.writes,
            connect=plain.connect if times.connect is None else float(times.connect),
            read=plain.read if times.read is None else float(times.read),
            settle=settle if times.settle is None else float(times.settle),
        ),
        resend_after_settle=spec.orders.resend_after_settle,
        overlays=tuple(spec.overlays),
        whole_forms=spec.whole_forms,
        service_lists={name: tuple(lists) for name, lists in spec.service_lists.items()},
    )


def _program(path: str, root: Path) -> str:
    """Return where a program is; one that is written as a path is found from the project."""
    return str(root / path) if "/" in path else path


def _chosen(project: Project, name: str | None) -> Target:
    known = project.targets
    if name:
        if name in known:
            return known[name]
        hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise UsageError(f"the project file has no target {quote(name)}{hint}")
    if len(known) == 1:
        return next(iter(known.values()))
    sandbox = known.get(DEFAULT_TARGET)
    if sandbox is not None and sandbox.url.startswith(SANDBOX):
        return sandbox
    raise UsageError(f"several targets: choose one with --target: {', '.join(known)}")


def _checked(url: str) -> str:
    try:
        return check_url(url)
    except ValueError as error:
        fault = Finding("error", "project", f"RECONCILER_URL: {error}", _ENVIRONMENT)
        raise ManifestsError([fault]) from None


def _settled(target: Target, url: str) -> Limits:
    """Keep a real panel's settle time when the file's target was the embedded one."""
    was, now = target.url.startswith(SANDBOX), url.startswith(SANDBOX)
    if was == now:
        return target.limits
    return replace(target.limits, settle=0.0 if now else max(target.limits.settle, Limits().settle))
