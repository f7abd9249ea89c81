"""What a policy's expression can look at, from the same table that it is compiled by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.policy import VARIABLES
from reconciler.report.layout import joined, table
from reconciler.report.topic import example_blocks

if TYPE_CHECKING:
    from reconciler.model.policy import Subject

_ABOUT = """\
Policy: a rule over plans, kept in the project's folder of policies; plan and
apply ask it, each time as it is in the project then. It needs
`pip install 'reconciler[policies]'`.

  when         an expression in CEL (cel.dev), true where the policy is violated
  scope        change: asked of each change that matches; plan: asked once, of
               all that match
  match        kinds and actions; a policy that nothing matches is not asked,
               and what is blocked matches nothing
  severity     deny refuses the plan (exit 4, and --allow does not help); warn
               only says so
  exceptions   address, owner, until (the last day) and reason; no address in
               the scope plan"""
_RULES = """\
What cannot be judged (a field that is not there, a type that does not fit)
counts as violated: ask `has(change.after.percentage) &&` first. Decimals are
doubles: write 30.0, and add up only what plan.charges has not added up. Dates,
choices and references are texts as reports print them; dates compare as texts.
Of a secret, only where it comes from can be seen. An expression has 4096
characters at most, 32 levels, and walks 10,000 items; to walk many changes,
count or `exists` rather than `filter`. All judging of a run has 30 seconds of
computing and 1 GiB."""
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
    """Explain what a policy is and what its expression can name."""
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
