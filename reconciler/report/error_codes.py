"""The codes of failed commands: what each means, an example, and how to mend it.

Invariant: the code stands in the `error` of the JSON document; the exit code follows from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.documents.findings import ErrorCode

_DOCTOR = "reconciler doctor says what is wrong"

ERRORS: Mapping[ErrorCode, tuple[str, str, str]] = {
    "access": (
        "the panel signed us in, and the user has not the right",
        "a user who may read clients and not discounts",
        f"give the user the right; {_DOCTOR}",
    ),
    "commit": (
        "the manifests of the commit that --since names cannot be read",
        "a shallow clone, which does not hold the commit",
        "git fetch --unshallow; in GitHub Actions fetch-depth: 0; or leave --since out",
    ),
    "forge": (
        "GitHub, GitLab or Gitea cannot be reached, or refuses what `comment` sends",
        "a token without the right to write comments",
        "read the server's words in the message; --best-effort makes it a warning",
    ),
    "in-doubt": (
        "a charge of an earlier run is in doubt, and nothing is done before it is settled",
        "apply after an order whose answer was lost",
        "reconciler resume",
    ),
    "incomplete": (
        "a list of the panel cannot be proved complete, so it proves no absence",
        "a saved filter of the user hides rows",
        "reconciler doctor --clear-filters",
    ),
    "interrupted": (
        "somebody interrupted the command, or its reader ended",
        "Ctrl-C, or reconciler plan | head",
        "run it again; what was in doubt is resolved first",
    ),
    "locked": (
        "another run writes to the same target",
        "two applies at once",
        "wait; reconciler unlock shows who holds the lock",
    ),
    "lost-answer": (
        "a request left, and no usable answer came back",
        "a timeout of a proxy",
        f"run it again; {_DOCTOR}",
    ),
    "manifests": (
        "the manifests or the project file have errors",
        "an unknown field",
        "reconciler validate shows all of them with their places",
    ),
    "not-a-panel": (
        "what answers does not speak like a panel",
        "the page of a web server",
        "correct the URL of the target: it usually ends with /billmgr",
    ),
    "not-recorded": (
        "a plan asks something that its snapshot of the panel does not hold",
        "plan --live snapshot.json with a service for a client of whom nothing was recorded",
        "reconciler snapshot --out FILE with these manifests, or a plan against the panel",
    ),
    "panel": (
        "the panel did not serve a request",
        "an error that has no word of its own",
        _DOCTOR,
    ),
    "refused": (
        "a guard, a policy, a missing consent or the answer no refuses the plan",
        "an apply with an order and without --allow charge",
        "read the reasons; reconciler explain consents and reconciler explain guards",
    ),
    "rejected": (
        "the panel answered with an error of its own",
        "a value that the panel does not take",
        "read the panel's words in the message, and correct the value",
    ),
    "secret": (
        "a reference to a secret leads nowhere",
        "{env: ACME_PASSWORD} without that variable",
        "set the variable, or correct the reference: reconciler explain secrets",
    ),
    "security-stop": (
        "nothing further may be sent: the certificate, a redirect or the size of an answer",
        "a certificate that nobody known has signed",
        f"mend the connection; tls.caFile names a private authority; {_DOCTOR}",
    ),
    "selection": (
        "a selection on the command line finds nothing",
        "plan --only Discount/acme-sprin",
        "correct the address or the label; the message suggests one",
    ),
    "sign-in": (
        "the panel gives no session for these credentials",
        "a wrong password, or a second factor",
        "correct auth of the target; use a user of its own for reconciler",
    ),
    "stale-plan": (
        "what a saved plan touches, or the manifests, changed since it was made",
        "apply plan.json after a colleague edited the discount",
        "make a new plan, and have it reviewed: reconciler plan --out plan.json",
    ),
    "store": (
        "the journal, the inventory or a plan file cannot be read or written",
        "a full disk",
        "mend the cause that the message names; do not delete the journal",
    ),
    "unexpected": (
        "an error that nobody foresaw: a bug in reconciler",
        "a traceback with -v",
        "report it, with the output of the command with -v",
    ),
    "unreachable": (
        "the request did not leave: nothing can have happened",
        "a name that no DNS knows, or a closed port",
        f"correct the URL of the target; {_DOCTOR}",
    ),
    "usage": (
        "the command line asks for something that means nothing",
        "plan --onyl Discount/acme",
        "reconciler COMMAND --help",
    ),
}
