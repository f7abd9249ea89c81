"""Topics of the project file: paths and panels, guards, approvals.

Invariant: every example is a project file that loads without a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.topic import Topic

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROJECT = ("project.schema.json", "properties")
_SPEC = (*_PROJECT, "spec", "properties")
_TARGET = (*_SPEC, "targets", "patternProperties", "*")
# Keys that sign nothing: nobody has the private ones.
_ANNA = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBbmRkS9J4BH3aMK01BDdvjA4ZLpWD4jKwwGGBoiyDiB "
    "anna@acme.example"
)
_BEN = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEg8Gz5WtSrLlerfmDj50YHJ58WNgjnXBMO5uJC9OFeD "
    "ben@acme.example"
)

PROJECT_TOPICS: Mapping[str, Topic] = {
    "Project": Topic(
        "the project file: paths, panels, and what one plan may do",
        """\
`reconciler.yaml` is at the root of the project; all paths are relative to it.
`metadata.name` is the namespace of the ownership markers in the panel: do not
change it. `--target` or RECONCILER_TARGET chooses a target; the default is
`sandbox`.""",
        """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: acme-billing}
spec:
  manifests: [manifests]
  state: file:.reconciler
  targets:
    sandbox: {url: "sandbox:.reconciler/sandbox.sqlite3"}
    prod:
      url: https://billing.example.com/billmgr
      auth:
        username: {env: BILLMANAGER_USER}
        password: {env: BILLMANAGER_PASSWORD}
      tls: {caFile: panel-ca.pem}
      timeouts: {read: 90}
  guards: {maxDeletes: 10, maxCharge: {EUR: 500}}
""",
        (
            ("KEY OF SPEC", _SPEC[:-1]),
            ("KEY OF A TARGET", _TARGET),
        ),
    ),
    "guards": Topic(
        "bounds on what one plan may do",
        """\
Guards are in the project file. A plan that exceeds one is shown, and `apply`
refuses it (exit code 4) before anything is written. A guard that is null or left
out does not exist, except maxDeletes, whose default is 10.

  maxDeletes, maxDeleteShare   lifted by `--allow delete`
  maxRateMove                  lifted by `--allow history`
  maxUpdateShare, maxCharge    lifted by no option: change the guard, in Git""",
        """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: acme-billing}
spec:
  targets:
    sandbox: {url: "sandbox:.reconciler/sandbox.sqlite3"}
  guards:
    maxDeletes: 10
    maxDeleteShare: 0.2
    maxUpdateShare: 0.5
    maxCharge: {EUR: 500, USD: 300}
    maxRateMove: 0.2
""",
        (("KEY", (*_SPEC, "guards")),),
    ),
    "approvals": Topic(
        "plans that are applied only as somebody approved them",
        """\
A rule names the plans that it is about, and the approvers: one approval of each
of them is needed, by different people. All conditions of a rule must hold.

  classes: [delete]                         a change of one of these classes
  chargesNow: {above: {EUR: 500}}           charges more than that
  recurring: {decreaseAbove: {EUR: 200}}    what recurs each month falls by more;
                                            increaseAbove: it rises by more

Equal is not above. An unknown amount, and a currency without a limit, are above.
A key is a line of a .pub file. Its comment is its owner: keys with one comment
are one person's. `apply` takes the rules from the project file, never from a
plan, and refuses a plan without its approvals (exit code 4):

  reconciler plan --out plan.json
  reconciler approve plan.json --as finance --key ~/.ssh/id_ed25519
  reconciler apply plan.json""",
        f"""\
apiVersion: reconciler/v1
kind: Project
metadata: {{name: acme-billing}}
spec:
  targets:
    sandbox: {{url: "sandbox:.reconciler/sandbox.sqlite3"}}
  approvals:
    - {{when: {{classes: [delete, terminate]}}, from: [ops]}}
    - {{when: {{chargesNow: {{above: {{EUR: 500}}}}}}, from: [ops, finance]}}
  approvers:
    ops: {{keys: [{_BEN}]}}
    finance: {{keys: [{_ANNA}]}}
""",
        (
            ("KEY OF A RULE", (*_SPEC, "approvals", "items")),
            ("KEY OF AN APPROVER", (*_SPEC, "approvers", "patternProperties", "*")),
        ),
        {
            "when.classes": (
                "list of classes",
                "a change of one of them: reconciler explain consents",
            )
        },
    ),
}
