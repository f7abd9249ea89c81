"""What is no kind, explained: what every manifest may say, the project file, secrets, consents.

Invariants: keys, types and meanings come from the schemas that editors check by; every example is
a file that loads without a finding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.report.layout import joined, table
from reconciler.report.schema_words import key_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to explain: a title, what to know, the keys it is about, and a file as an example.

    ``keys`` are tables of keys: a heading, and the way to them through the schemas. ``said`` is the
    type and the meaning of keys of which each kind has its own.
    """

    title: str
    text: str
    example: str
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    said: Mapping[str, tuple[str, str]] = field(default_factory=dict)


_MANIFEST = ("manifest.schema.json", "oneOf", "0", "properties")
_PROJECT = ("project.schema.json", "properties")
_SPEC = (*_PROJECT, "spec", "properties")
_TARGET = (*_SPEC, "targets", "patternProperties", "*")

TOPICS: Mapping[str, Topic] = {
    "metadata": Topic(
        "the name of a resource, and labels to choose it by",
        """\
`KIND/NAME` is the address by which reports, `--only` and other manifests speak
of a resource. The name is ours alone; the panel's own name of the object may
change freely. Two resources of one kind have two names. To give a resource a
new name, say what it was called before: `reconciler explain lifecycle`.

`plan -l team=emea` plans what bears the label. The labels of a Client hold for
what it lists inline.""",
        """\
apiVersion: reconciler/v1
kind: Client
metadata:
  name: acme
  labels: {team: emea, segment: agency}
spec:
  email: billing@acme.example
""",
        (("KEY", (*_MANIFEST, "metadata")),),
    ),
    "lifecycle": Topic(
        "what becomes of a resource that is renamed, ignored in part, or no longer declared",
        """\
It stands beside `spec`, in a manifest of any kind and in an inline item. All
of it may be left out.

  keep       the object stays in the panel, and is no longer looked after
  delete     the object is deleted at the next apply, within the guards
  suspend    the service is switched off at the next apply

Which of them a kind knows, and which it does by itself, `explain KIND` says.""",
        """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: acme-web}
lifecycle:
  onRemove: suspend
  protect: true
  ignore:
    - {field: ip, reason: the network team moves it, until: 2027-03-01}
  movedFrom: acme-site
spec:
  client: {email: billing@acme.example}
  type: vhost
  tariff: Web Start
  domain: acme.example
""",
        (("KEY", (*_MANIFEST, "lifecycle")),),
        {"onRemove": ("one of the three", "what happens when the manifest disappears")},
    ),
    "Project": Topic(
        "the project file: where things are, which panels there are, what one plan may do",
        """\
`reconciler.yaml` stands at the root of the project; all paths are relative to
it. `metadata.name` is the namespace of our marks on the panel: keep it. A
target is chosen by `--target` or RECONCILER_TARGET, else `sandbox` is taken.""",
        """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: acme-billing}
spec:
  manifests: [manifests]
  inventory: file:.reconciler/inventory.json
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
        "how much one plan may do; a plan beyond them is refused",
        """\
They stand in the project file. A plan beyond one of them is shown, and its
apply is refused (exit code 4) before anything is written. null leaves a bound
off, and so does leaving it out, but for maxDeletes.

  maxDeletes, maxDeleteShare   yield to `--allow delete`
  maxRateMove                  yields to `--allow history`
  maxUpdateShare, maxCharge    yield to no consent: change the bound, in Git""",
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
    "secrets": Topic(
        "references to passwords and keys, which are never written down",
        """\
A secret is written as a reference, never as itself:

  {env: NAME}             the environment variable NAME
  {file: secrets/panel}   a file below the project, without its last line end
  {command: [pass, show, panel]}
                          what a program prints; it is run without a shell

It is read when a request is written, and is in no plan, log, report, journal
or inventory. A password is sent when its object is made, and again each time
that `rotate`, a label of yours, changes; it is never compared.""",
        """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  password: {env: ACME_PASSWORD}
  rotate: 2026-q4
""",
    ),
    "consents": Topic(
        "what an apply does only where it is allowed by name",
        """\
A change of these classes is shown in the plan, and refused by `apply` (exit
code 4) unless `--allow CLASS` names it; `--without CLASS` leaves it out and
does the rest (exit code 6).

  charge      orders, renewals and add-ons that take money from a balance
  delete      more deletions than maxDeletes and maxDeleteShare let pass
  reinstall   a new operating system: what is on the machine is lost
  history     a rate dated in the past is edited or deleted
  terminate   a service is deleted: what is on it is lost
  prune       what Git never knew is deleted, beyond a list declared whole

  reconciler plan --out plan.json
  reconciler apply plan.json --without charge
  reconciler apply plan.json --allow charge

A change of this manifest charges, as soon as the service is to be made:""",
        """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: acme-vm}
spec:
  client: {email: billing@acme.example}
  type: vds
  tariff: Cloud S
  domain: vm.acme.example
  payFrom: balance
""",
    ),
    "inline": Topic(
        "what a Client lists of its own, which is then the whole truth",
        """\
A Client may hold its accounts, discounts, taxRules, currencyRates and services
inline: the same fields without `client`, each with a `name`, and a `lifecycle`
where needed. A key that is left out manages nothing. A list that is there is
the whole truth for that client, and [] means none:

  in the list, and in the panel    adopted, or changed to what is declared
  in the list alone                made
  in the panel alone               deleted where the kind is deleted with its
                                   manifest (discounts, tax rules), with
                                   `--allow prune` where Git never knew it; all
                                   else is kept and reported as undeclared

The same resource as a document of its own is no list: what the panel has
besides is let alone.""",
        """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  provider: Main provider
  discounts:
    - name: acme-spring
      percentage: 15
      type: Percentage discount
      appliesTo: Order and renewal
  taxRules: []
""",
    ),
    "choices": Topic(
        "options of the panel and references to other resources, in a manifest",
        """\
A choice (country, currency, provider, tariff, type of a discount …) is written
as the panel shows it in English, or as `{id: "182"}`; countries and currencies
also by their ISO code. It is looked up in the panel's own list when a plan is
made, and a miss names the near ones. Whole numbers in `periods` are months.

A reference names a manifest (`client: acme`), or what stands in none:
`{email: billing@acme.example}` or `{id: "334"}`.""",
        """\
apiVersion: reconciler/v1
kind: Discount
metadata: {name: acme-yearly}
spec:
  client: {email: billing@acme.example}
  percentage: 10
  type: {id: "5"}
  appliesTo: Renewal
  periods: [12, 24]
""",
    ),
}


def topic_text(name: str, schemas: Mapping[str, Schema]) -> str:
    """Explain a topic: what to know, its keys, and a file that is valid as it stands."""
    topic = TOPICS[name]
    tables = [
        table((heading, "TYPE", "WHAT IT IS"), _rows(topic, _found(schemas, way)))
        for heading, way in topic.keys
    ]
    starred = any("* " in row for rows in tables for row in rows)
    legend = ["* must be given."] if starred else []
    about = f"{name}: {topic.title}"
    return joined([[about], [topic.text], *tables, legend, *example_blocks(topic.example)])


def topic_rows() -> list[tuple[str, str]]:
    """Return the topics with their titles, to be listed."""
    return [(name, topic.title) for name, topic in TOPICS.items()]


def example_blocks(example: str) -> list[list[str]]:
    """Show an example last, as it would stand in a file: it can be pasted to the end."""
    return [["Example:"], example.splitlines()] if example else []


def _rows(topic: Topic, schema: Schema) -> list[tuple[str, str, str]]:
    return [(key, *topic.said.get(key, (sort, doc))) for key, sort, doc in key_rows(schema)]


def _found(schemas: Mapping[str, Schema], way: tuple[str, ...]) -> Schema:
    found: Any = schemas
    for step in way:
        if isinstance(found, list):
            found = found[int(step)]
        else:
            found = next(iter(found.values())) if step == "*" else found[step]
    whole: Schema = found
    return whole
