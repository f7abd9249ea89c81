"""Explain topics other than kinds: keys of every manifest, secrets, consents, the project file.

Invariants: keys, types and meanings come from the schemas that editors use; every example is a
file that loads without a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.report.layout import joined, table
from reconciler.report.project_topics import PROJECT_TOPICS
from reconciler.report.schema_words import key_rows
from reconciler.report.topic import Topic

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]


_MANIFEST = ("client.schema.json", "properties")

TOPICS: Mapping[str, Topic] = {
    "metadata": Topic(
        "the name of a resource, and labels to select it by",
        """\
`KIND/NAME` is the address of a resource in reports, in `--only` and in other
manifests. The panel does not know the name, and the object's own name in the
panel may change freely. Names are unique within a kind. To rename a resource,
declare its former name: `reconciler explain lifecycle`.

`plan -l team=emea` plans the resources with that label. The labels of a Client
also apply to its inline lists.""",
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
        "what happens to a resource that is renamed, partly ignored or no longer declared",
        """\
`lifecycle` stands beside `spec`, in a manifest of any kind and in an inline
item. All keys are optional. The values of `onRemove`:

  keep       the object stays in the panel, and is no longer managed
  delete     the next apply deletes the object, within the guards
  suspend    the next apply suspends the service

`explain KIND` lists the values that a kind accepts, and its default.""",
        """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: acme-web}
lifecycle:
  onRemove: suspend
  protect: true
  ignore:
    - {field: ip, reason: the network team moves it, until: 2030-03-01}
  movedFrom: acme-site
spec:
  client: {email: billing@acme.example}
  type: vhost
  tariff: Web Start
  domain: acme.example
  ip: 203.0.113.7
""",
        (("KEY", (*_MANIFEST, "lifecycle")),),
        {"onRemove": ("one of the three", "what happens when the manifest is removed")},
    ),
    **PROJECT_TOPICS,
    "secrets": Topic(
        "references to passwords and keys",
        """\
A manifest contains a reference to a secret, never the secret:

  {env: NAME}             the environment variable NAME
  {file: secrets/panel}   a file below the project, without its last line end
  {command: [pass, show, panel]}
                          the output of a program, which is run without a shell

The secret is read when a request is built. No plan, log, report, journal or
inventory contains it. A password is sent when its object is created, and again
whenever `rotate`, a text of your choice, changes; it is never compared.""",
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
        "changes that need `--allow CLASS`",
        """\
A change of these classes is shown in the plan, and refused by `apply` (exit
code 4) without `--allow CLASS`; `--without CLASS` leaves it out and applies the
rest (exit code 6).

  charge      orders, renewals and add-ons that take money from a balance
  delete      more deletions than maxDeletes and maxDeleteShare permit
  reinstall   a new operating system: the content of the machine is lost
  history     a rate dated in the past is edited or deleted
  terminate   a service is deleted: its content is lost
  prune       an object that Git never managed is deleted, because a list of a
              Client leaves it out

  reconciler plan --out plan.json
  reconciler apply plan.json --without charge
  reconciler apply plan.json --allow charge

Ordering the service of this manifest needs `--allow charge`:""",
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
  maxPrice: {EUR: 10}
""",
    ),
    "inline": Topic(
        "authoritative lists inside a Client",
        """\
A Client may hold its accounts, discounts, taxRules, currencyRates and services
inline: the same fields without `client`, each with a `name`, and optionally a
`lifecycle`. A list that is left out manages nothing. A list that is given is
authoritative for that client; [] means none:

  in the list and in the panel   adopted, or updated to what is declared
  only in the list               created
  only in the panel              discounts and tax rules: deleted, with
                                 `--allow prune` if Git never managed them;
                                 others: kept, and reported as undeclared

A list stands whole in the document of its client. What other files declare for
the client, in documents of their own or in a ResourceSet, counts as listed.
A resource in a document of its own is not a list: other objects of the client
are not changed.""",
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
    "ResourceSet": Topic(
        "the same resources for many clients, in one manifest",
        """\
A ResourceSet chooses Client manifests by their labels and declares the same
resources for each. The result is the same as if they were written out: same
checks, same plan. In a client's inline list they count as listed.

  {client}       in a name: the name of the Client manifest
  {label:KEY}    in a name: the value of that label of the client

Nothing else is filled in, and other braces in a name are an error; a `movedFrom`
is filled in like a name. A client that needs other terms declares the resource
itself, with `lifecycle: {overrides: SET}`; without it, one address that is
declared twice is an error. `except` leaves a client out.

`reconciler explain value Discount/acme-yearly` names the set.""",
        """\
apiVersion: reconciler/v1
kind: Client
metadata:
  name: acme
  labels: {segment: agency}
spec:
  email: billing@acme.example
---
apiVersion: reconciler/v1
kind: ResourceSet
metadata: {name: agency-terms}
spec:
  clients:
    labels: {segment: agency}
    except: []
  resources:
    - kind: Discount
      name: "{client}-yearly"
      spec: {percentage: 15, type: Percentage discount, appliesTo: Renewal, periods: [12]}
""",
        (("KEY OF SPEC", ("resource-set.schema.json", "properties", "spec")),),
    ),
    "overlays": Topic(
        "other values for one target",
        """\
`targets.NAME.overlays` lists folders. A document in them is laid over the
manifest of the same address, for this target only:

  maps               merge: a key that is left out keeps its value
  texts, numbers     are replaced, and so are references, choices and secrets
  lists              are replaced, the inline lists of a client too; [] means none.
                     Lists of several overlays are not joined: the last one wins

An item of an inline list is laid over by a document of its own address, such as
Discount/acme-spring; so is a resource of a ResourceSet. A later folder lies over
an earlier one. An overlay that finds nothing to lie over, or that says nothing,
is an error.

  reconciler validate                             checks the overlays of all targets
  reconciler --target prod explain value Client/acme.email
                                                  shows who had a say, and who won

A document of a folder of overlays:""",
        """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: test@acme.example
  note: for tests only
""",
    ),
    "choices": Topic(
        "options of the panel and references to other resources, in a manifest",
        """\
A choice (country, currency, provider, tariff, type of a discount …) is the
label that the panel shows in English, or `{id: "182"}`; countries and
currencies may be ISO codes. A plan looks the choice up in the panel's own list,
and suggests similar labels if there is none. Whole numbers in `periods` are
months.

A reference names a manifest (`client: acme`), or an object without one:
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
        table((heading, "TYPE", "WHAT IT IS"), rows) for heading, rows in topic_keys(name, schemas)
    ]
    starred = any("* " in row for rows in tables for row in rows)
    legend = ["* is required."] if starred else []
    about = f"{name}: {topic.title}"
    return joined([[about], [topic.text], *tables, legend, *example_blocks(topic.example)])


def topic_keys(
    name: str, schemas: Mapping[str, Schema]
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return the tables of keys of a topic: a heading, and each key with type and meaning."""
    topic = TOPICS[name]
    return [(heading, _rows(topic, _found(schemas, way))) for heading, way in topic.keys]


def topic_words(name: str, schemas: Mapping[str, Schema]) -> list[str]:
    """Return the words that a topic explains: its name and its keys: ``guards.maxDeletes``."""
    keys = [row[0].rstrip("*") for _, rows in topic_keys(name, schemas) for row in rows]
    # ``clients.labels`` stands in the map ``clients``, which authors ask for as well.
    steps = [key.split(".") for key in keys]
    paths = [".".join(each[:end]) for each in steps for end in range(1, len(each) + 1)]
    return [name, *dict.fromkeys(f"{name}.{path}" for path in paths)]


def topic_rows() -> list[tuple[str, str]]:
    """Return the topics with their titles, to be listed."""
    return [(name, topic.title) for name, topic in TOPICS.items()]


def example_blocks(example: str) -> list[list[str]]:
    """Show an example last, as it is in a file, so that it can be copied to its end."""
    return [["Example:"], example.splitlines()] if example else []


def _rows(topic: Topic, schema: Schema) -> list[tuple[str, str, str]]:
    return [(key, *topic.said.get(key, (sort, doc))) for key, sort, doc in key_rows(schema)]


def _found(schemas: Mapping[str, Schema], way: tuple[str, ...]) -> Schema:
    found: Any = schemas
    for step in way:
        found = next(iter(found.values())) if step == "*" else found[step]
    whole: Schema = found
    return whole
