"""The menu: what an installation has, as its interface shows it.

Invariants: a list of services stands in the group of services, a dotted one beside its plain type.
Source: ``menu``.
Doubt: the names of the groups, and whether a plain type stays in the menu beside its dotted one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.call import ADMIN, CLIENT
from reconciler.sandbox.functions.endpoint import Endpoint
from reconciler.sandbox.functions.service import KINDS, UNSOLD
from reconciler.sandbox.reply import Node, RawReply
from reconciler.sandbox.texts import label

if TYPE_CHECKING:
    from reconciler.sandbox.call import Call
    from reconciler.sandbox.install import Install
    from reconciler.sandbox.reply import Reply

_CUSTOMERS = ("account",)
_FINANCE = ("payment",)
_CATALOGUE = ("project", "pricelist", "datacenter", "country", "currency")


def _menu(call: Call) -> Reply:
    office = call.actor.level >= ADMIN
    everywhere = call.settings.all_services
    services = [*(() if everywhere == "none" else (everywhere,))]
    for kind in KINDS:
        services += [kind, *filter(None, [call.settings.service_lists.get(kind)])]
    services += UNSOLD
    groups = (
        ("customers", _CUSTOMERS if office else ()),
        ("services", tuple(services)),
        ("finance", _FINANCE),
        ("catalogue", _CATALOGUE if office else ()),
    )
    nodes = tuple(_group(call, name, actions) for name, actions in groups if actions)
    about = (("level", str(call.actor.level)), ("user", call.actor.login))
    return RawReply((Node("mainmenu", attrs=about, kids=nodes),))


def _group(call: Call, name: str, actions: tuple[str, ...]) -> Node:
    kids = tuple(
        Node(
            "node",
            attrs=(
                ("name", action),
                ("action", action),
                ("type", "list"),
                ("msg", label("", action, call.lang)),
            ),
        )
        for action in actions
    )
    return Node("node", attrs=(("name", name), ("msg", label("", name, call.lang))), kids=kids)


def _there(install: Install) -> bool:
    return install.menu


FUNCTIONS = {"menu": Endpoint(_menu, CLIENT, there=_there)}
