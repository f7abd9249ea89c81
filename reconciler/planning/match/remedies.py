"""What an author writes so that a resource is an existing object, or takes a former name.

Invariant: what is proposed for a resource of a ResourceSet holds for all of its clients, or stands
in a document of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model.address import ElementId
    from reconciler.model.resource import Desired


def former_name_remedy(desired: Desired, former: str) -> str:
    """Return what to write so that a resource takes the place of one that bore another name."""
    if not desired.from_set:
        return f"add `lifecycle: {{movedFrom: {former}}}` to {desired.address}"
    client = desired.parent.key if desired.parent else ""
    # A set says one thing for all of its clients: the name of one of them would be wrong there.
    if client and client in former:
        pattern = former.replace(client, "{client}")
        return (
            f'add `lifecycle: {{movedFrom: "{pattern}"}}` to this {desired.address.kind} of '
            f"ResourceSet/{desired.from_set}"
        )
    return _declared_alone(desired, f"movedFrom: {former}")


def adopt_remedy(desired: Desired, row_id: ElementId) -> str:
    """Return what to write so that a resource is an object that the panel holds."""
    adopt = f'adopt: {{id: "{row_id}"}}'
    if desired.from_set:
        return _declared_alone(desired, adopt)
    return f"add `lifecycle: {{{adopt}}}` to {desired.address}"


def _declared_alone(desired: Desired, key: str) -> str:
    """Return how a resource of a set gets what no set may say."""
    return (
        f"declare {desired.address} in a document of its own, with `lifecycle: {{{key}, "
        f"overrides: {desired.from_set}}}`"
    )
