"""Where the services of each type stand, as far as a target tells.

Invariant: everything here reads; a type whose lists are not certain is named with what to write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import PanelError
from reconciler.model.diagnostics import Check

if TYPE_CHECKING:
    from reconciler.engine.doctor.probe import Probe
    from reconciler.kinds.catalogue import Catalogue

NAME = "service lists"


async def check_types(survey: Probe, catalogue: Catalogue, login: str) -> Check:
    """Say which lists hold which type, and of which types that cannot be told."""
    told: list[str] = []
    uncertain: list[str] = []
    variants = [(kind, each) for kind in catalogue.resources for each in kind.variants if each]
    for kind, variant in variants:
        func = kind.func(kind.list, variant)
        found = await survey.type_lists(func, login)
        if isinstance(found, PanelError):
            return Check(
                NAME,
                "problem",
                str(found),
                "run `reconciler doctor` again when the panel's menu opens",
            )
        if found.others:
            told.append(f"{variant} in {', '.join((func, *found.others))}")
        elif not found.certain:
            uncertain.append(variant)
    if uncertain:
        message = (
            f"no menu tells where services of these types stand, and their lists are empty: "
            f"{', '.join(uncertain)}; none of them is ordered"
        )
        lists = ", ".join(f"{each}: [{each}, {each}.NAME]" for each in uncertain)
        return Check(
            NAME,
            "warning",
            message,
            f"look in the panel which lists do, and name them: serviceLists: {{{lists}}}",
        )
    return Check(NAME, "ok", "; ".join(told) or "each type is in its plain list")
