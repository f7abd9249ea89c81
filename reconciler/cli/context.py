"""The context of a run before the first request: project, target, secrets, inventory.

Invariant: nothing here opens a connection or imports a network library.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.paths import database_file, existing
from reconciler.cli.state import lock_state, open_state, targets_with_state
from reconciler.errors import UsageError
from reconciler.kinds.catalogue import Catalogue, discover
from reconciler.model.plan import TargetRef
from reconciler.model.target import Auth
from reconciler.model.value import Secret
from reconciler.planning.undo import follow_renames
from reconciler.project.load import load_project
from reconciler.project.secrets import SecretStore
from reconciler.project.targets import require_credentials, select_target

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping

    from reconciler.cli.console import Console
    from reconciler.model.address import Address
    from reconciler.model.inventory import InventoryEntry
    from reconciler.model.policy import Policy
    from reconciler.model.target import Project, Target
    from reconciler.model.undo import InverseChange
    from reconciler.ports import EditMemory, Inventory
    from reconciler.store.held_lock import Waiting
    from reconciler.store.journal import Journal
    from reconciler.store.state import State, UndoHistory

_SANDBOX = "sandbox:"
_EMBEDDED_LOGIN = "RECONCILER_EMBEDDED_PASSPHRASE"


@dataclass(frozen=True, slots=True)
class ProjectContext:
    """One project, one of its targets, and all kinds."""

    project: Project
    target: Target
    catalogue: Catalogue
    secrets: SecretStore
    state: State

    @property
    def root(self) -> Path:
        """The project's folder."""
        return Path(self.project.root)

    @property
    def name(self) -> TargetRef:
        """The target's name and URL."""
        return TargetRef(self.target.name, self.target.url)

    @property
    def inventory(self) -> Inventory:
        """The inventory of the target."""
        return self.state.inventory

    def managed(self) -> Mapping[Address, InventoryEntry]:
        """Return what is managed: the inventory, and what a killed run proved. Raises: StoreError.

        A run that was killed has not saved the inventory, and its journal has what it would hold.
        """
        return self.journal.with_proved(self.inventory.load())

    def save_managed(self, entries: Mapping[Address, InventoryEntry], journal: Journal) -> None:
        """Save what is managed, all of it, and let the journal know. Raises: StoreError."""
        self.inventory.save(entries)
        journal.mark_saved()

    @property
    def journal(self) -> Journal:
        """The journal of the target, read again where it is a file."""
        return self.state.journal

    def kept_elsewhere(self) -> list[str]:
        """Return the other targets of the project that have a journal."""
        kept = targets_with_state(self.project)
        return [name for name in self.project.targets if name != self.target.name and name in kept]

    @property
    def edit_effects(self) -> EditMemory:
        """The known effects of edits on the target."""
        return self.state.edits

    @property
    def undo(self) -> UndoHistory:
        """The inverse changes of the runs on the target."""
        return self.state.undo

    def policies(self) -> tuple[Policy, ...]:
        """Return the policies of the project as they are now. Raises: ManifestsError."""
        from reconciler.policies.load import read_policies

        return read_policies(self.root, self.project.policies, self.catalogue)

    def way_back(self, run: str) -> tuple[InverseChange, ...]:
        """Return the inverse changes of a run, under the addresses that its objects have now.

        Raises: UsageError for an unknown run, StoreError.
        """
        places = self.journal.objects_of(run)
        return follow_renames(self.undo.read(run), self.managed(), places)

    @property
    def is_embedded(self) -> bool:
        """Whether the target is the embedded panel, which needs no server."""
        return self.target.url.startswith(_SANDBOX)

    @property
    def database(self) -> Path:
        """The embedded panel's file. Raises: UsageError when the target is another panel."""
        if not self.is_embedded:
            raise UsageError(
                f"the target {self.target.name!r} is not an embedded panel: choose one with "
                "--target, or name a file with --database"
            )
        return database_file(self.root / self.target.url.removeprefix(_SANDBOX))


def open_context(args: Namespace, console: Console) -> ProjectContext:
    """Read the project file, choose the target, and check that it has credentials."""
    context = open_records(args, console)
    require_credentials(context.target)
    return context


def open_records(args: Namespace, console: Console) -> ProjectContext:
    """Read the project file and choose the target, for commands that read only its records."""
    file = Path(args.project) if args.project else None
    manifests = existing(args.manifests, "--manifests")
    project = load_project(file, os.environ, manifests=manifests)
    name = args.target or os.environ.get("RECONCILER_TARGET") or None
    target = select_target(project, name, os.environ)
    environ: Mapping[str, str] = os.environ
    if target.url.startswith(_SANDBOX) and target.auth.username is None:
        target, environ = _embedded(target, environ)
    secrets = SecretStore(Path(project.root), environ)
    console.scrub.watch(secrets.known)
    for key in ("username", "password", "key"):
        value = getattr(target.auth, key)
        if isinstance(value, Secret):
            secrets.locate(value, f"targets.{target.name}.auth.{key}")
    state = open_state(project, target, secrets)
    return ProjectContext(project, target, discover(), secrets, state)


@contextmanager
def locked(
    context: ProjectContext,
    purpose: str,
    *,
    parts: frozenset[str] = frozenset(),
    waiting: Waiting | None = None,
) -> Iterator[ProjectContext]:
    """Hold the lock of the target; only the yielded context can write its records.

    ``parts`` are the clients that are written to, where no other thing is: a backend then locks
    those alone. Raises: LockedError when another run holds the lock.
    """
    target, secrets = context.target, context.secrets
    with lock_state(
        context.project, target, secrets, purpose, parts=parts, waiting=waiting
    ) as ours:
        yield replace(context, state=ours)


def with_embedded_login(context: ProjectContext) -> tuple[Target, SecretStore]:
    """Return the target with the embedded panel's administrator as its user, and the secrets."""
    target, environ = _embedded(context.target, os.environ)
    return target, SecretStore(context.root, environ)


def _embedded(target: Target, environ: Mapping[str, str]) -> tuple[Target, Mapping[str, str]]:
    """Return the target and the environment to sign in as the embedded panel's administrator."""
    from reconciler.sandbox import ADMIN, PASSPHRASE

    auth = Auth(username=ADMIN, password=Secret("env", (_EMBEDDED_LOGIN,)))
    return replace(target, auth=auth), {**environ, _EMBEDDED_LOGIN: PASSPHRASE}
