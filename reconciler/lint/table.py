"""All rules as one table, in the order of their codes.

Invariant: each code of ``LintCode`` has one rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.lint.rules import (
    accounts,
    clients,
    discounts,
    lifecycles,
    rates,
    references,
    secrets,
    services,
    structure,
    taxes,
    waivers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.lint.rule import Rule

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *accounts.RULES,
            *clients.RULES,
            *discounts.RULES,
            *lifecycles.RULES,
            *rates.RULES,
            *references.RULES,
            *secrets.RULES,
            *services.RULES,
            *structure.RULES,
            *taxes.RULES,
            *waivers.RULES,
        ),
        key=lambda rule: rule.code,
    )
)
BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in RULES}
