"""Explain policies: their keys, and the variables of an expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.policy import VARIABLES
from reconciler.report.explain_topics import example_blocks
from reconciler.report.layout import joined, table

if TYPE_CHECKING:
    from reconciler.model.policy import Subject

_ABOUT = """\
Policy: a rule over plans, in the project's folder of policies; plan and apply
evaluate it as it is in the project at that moment. It needs
`pip install 'reconciler[policies]'`.

  when         an expression in CEL (cel.dev), true if the policy is violated
  scope        change: evaluated for each matching change; plan: evaluated once,
               for all matching changes
  match        kinds and actions; without a matching change the policy is not
               evaluated; blocked changes never match
  severity     deny refuses the plan (exit code 4; no --allow lifts it); warn
               only reports it
  exceptions   address, owner, until (the last day) and reason; no address in
               the scope plan"""
_RULES = """\
An expression that cannot be evaluated (a missing field, a wrong type) counts as
violated: test with `has(change.after.percentage) &&` first. Decimals are
doubles: write 30.0, and use the sums in plan.charges. Dates, choices and
references are texts as reports print them; dates compare as texts. Of a secret,
only the reference is visible. An expression has at most 4096 characters and 32
levels, and walks at most 10,000 items; for many changes use `exists` or a count
rather than `filter`. All policies of a run have 30 seconds of CPU time and 1 GiB
of memory together."""
_EXAMPLE = """\
apiVersion: reconciler/v1
kind: Policy
metadata: {name: no-deep-discounts}
spec:
  severity: deny
  match: {kinds: [Discount], actions: [create, adopt, update]}
  when: has(change.after.percentage) && change.after.percentage > 30.0
  message: discounts above 30 % need the head of sales
  exceptions:
    - address: Discount/acme-launch
      owner: alice@example
      until: 2099-01-31
      reason: the launch of the shop
"""


def policy_text() -> str:
    """Explain what a policy is, and the variables of its expression."""
    return joined(
        [
            [_ABOUT],
            _variables("change"),
            _variables("plan"),
            [_RULES],
            *example_blocks(_EXAMPLE),
        ]
    )


def _variables(subject: Subject) -> list[str]:
    rows = [(each.name, each.type, each.doc) for each in VARIABLES[subject]]
    return table((f"SCOPE {subject.upper()}", "TYPE", "WHAT IT IS"), rows)
