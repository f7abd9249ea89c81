"""The project file's values: which panel, how to reach it, and how much may change at once.

Invariant: credentials are ``Secret`` references; nothing here holds their text.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from reconciler.model.number import UNPROVED, NumberShape
from reconciler.model.state import StateSettings

if TYPE_CHECKING:
    from decimal import Decimal

    from reconciler.model.approval import ApprovalRule, Approver
    from reconciler.model.finding import Level, LintCode
    from reconciler.model.value import Secret

AuthMethod = Literal["session", "authinfo", "key", "mgrctl"]
# Stands for every target of a project where a command names one.
ALL_TARGETS = "all"
Format = Literal["xml", "devel", "json", "sjson", "xjson", "bjson", "JSONdata"]


@dataclass(frozen=True, slots=True)
class Auth:
    """How we sign in. ``username`` and ``password`` are references, or plain text for a login."""

    method: AuthMethod = "session"
    username: Secret | str | None = None
    password: Secret | None = None
    key: Secret | None = None
    program: str = ""
    su: str = ""


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom we trust: the system's authorities, one CA file, or one pinned certificate."""

    ca_file: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once at most, and how long; seconds."""

    reads: int = 64
    writes: int = 4
    connect: float = 5.0
    read: float = 60.0
    settle: float = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """One panel; ``service_lists`` names the lists that hold a type, where the panel hides it."""

    name: str
    url: str
    auth: Auth = Auth()
    format: Format = "xml"
    tls: Tls = Tls()
    limits: Limits = Limits()
    overlays: tuple[str, ...] = ()
    numbers: NumberShape = UNPROVED
    resend_after_settle: bool = False
    whole_forms: bool = False
    service_lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Guards:
    """Bounds on one plan; None leaves that bound off.

    ``shards`` is the number of parts that the sums are judged for: each may do its share alone.
    """

    max_deletes: int | None = 10
    max_delete_share: Decimal | None = None
    max_update_share: Decimal | None = None
    max_charge: Mapping[str, Decimal] | None = None
    max_rate_move: Decimal | None = None
    shards: int = 1


@dataclass(frozen=True, slots=True)
class Project:
    """A project file: the namespace of our markers, where things are, the targets, the guards.

    ``root`` is the folder that the project file stands in; paths are relative to it. ``policies``
    is the folder of policies where the file names one; ``inventory`` is the path of its file, where
    the ``state`` is in a folder.
    ``levels`` are those of the rules of lint that the project has its own level for. ``approvals``
    say whose approval a plan needs, and ``approvers`` who that is, by name.
    """

    namespace: str
    root: str
    manifests: tuple[str, ...] = ("manifests",)
    policies: str | None = None
    inventory: str = ".reconciler/inventory.json"
    state: StateSettings = field(default_factory=StateSettings)
    targets: Mapping[str, Target] = field(default_factory=dict)
    guards: Guards = Guards()
    levels: Mapping[LintCode, Level] = field(default_factory=dict)
    approvals: tuple[ApprovalRule, ...] = ()
    approvers: Mapping[str, Approver] = field(default_factory=dict)

    def with_state(self, settings: StateSettings) -> Project:
        """Return the project with its state at another place."""
        inventory = f"{settings.folder}/inventory.json" if settings.folder else self.inventory
        return replace(self, state=settings, inventory=inventory)


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its address or as ``localhost``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
