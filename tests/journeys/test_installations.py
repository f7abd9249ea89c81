"""The client's whole round on every known installation: what each of them lets it do, and says.

Invariant: an install whose round differs from the usual has a file of the same name in
``tests/installs/rounds``, with the step, the exit code, the words and the remedy that they tell.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, get_args

import pytest
from ruamel.yaml import YAML

from reconciler.model.target import Format
from reconciler.sandbox import PASSPHRASE, Sandbox, audit, keep_install, ledger, load_install
from tests.support.installs import FOLDER, INSTALLATIONS, SPEAKS, file_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command_line import CommandLineProject

STEPS = ("create", "order", "addon", "rename", "edit", "adopt", "delete", "terminate")
REHEARSED = {"create", "order", "addon", "delete"}
CONSENTS = {
    "order": ("charge",),
    "addon": ("charge",),
    "adopt": ("adopt",),
    "delete": ("delete",),
    "terminate": ("delete", "terminate"),
}
CLIENT = """\
apiVersion: reconciler/v1
kind: Client
metadata: {{name: globex}}
spec:
  email: pay@globex.example
  name: Globex
  realName: {real}
  provider: {provider}
  country: {country}
  note: |-
    first line
    second line
  accounts: [{{name: globex-eur, provider: {provider}, currency: {eur}, creditLimit: 5000}}]
"""
TERMS = """\
apiVersion: reconciler/v1
kind: TaxRule
metadata: {{name: globex-vat}}
spec: {{client: globex, provider: {provider}, rate: {tax}}}
---
apiVersion: reconciler/v1
kind: CurrencyRate
metadata: {{name: globex-usd}}
spec: {{client: globex, base: {eur}, relate: {usd}, rate: 1.0821, date: 2030-01-01}}
"""
DISCOUNT = """\
apiVersion: reconciler/v1
kind: Discount
metadata: {{name: globex-june}}
spec: {{client: globex, percentage: {percentage}, type: {type}, appliesTo: {action}, note: agreed}}
"""
SERVICE = """\
apiVersion: reconciler/v1
kind: Service
metadata: {{name: {name}}}
lifecycle: {{onRemove: delete{moved}}}
spec:
  client: globex
  type: vds
  tariff: {tariff}
  periodMonths: {months}
  domain: vm.globex.example
  payFrom: balance
  addons: {addons}
"""
ADOPTED = """\
apiVersion: reconciler/v1
kind: Client
metadata: {{name: old}}
spec: {{email: {email}, realName: Adopted}}
---
apiVersion: reconciler/v1
kind: Discount
metadata: {{name: old-discount}}
spec: {{client: old, percentage: {given}, type: {{id: "{sort}"}}, appliesTo: {{id: "{applied}"}}}}
"""
# What the orders of the round are taxed with.
TAX = 19
LABELS = {
    "provider": "Main provider",
    "country": "Germany",
    "eur": "EUR",
    "usd": "USD",
    "tariff": "Cloud S",
    "type": "Percentage discount",
    "action": "Renewal",
}
IDS = {
    "provider": "SELECT id FROM project WHERE name = ?",
    "country": "SELECT id FROM country WHERE name = ?",
    "eur": "SELECT id FROM currency WHERE iso = ?",
    "usd": "SELECT id FROM currency WHERE iso = ?",
    "tariff": "SELECT id FROM pricelist WHERE name = ?",
    "type": "SELECT key FROM choice WHERE list = 'discount_type' AND name = ?",
    "action": "SELECT key FROM choice WHERE list = 'discount_action' AND name = ?",
}


@dataclass
class Author:
    """The author of a project's manifests, who does what its messages say."""

    project: CommandLineProject
    choices: dict[str, str] = field(default_factory=lambda: dict(LABELS))
    months: int = 1
    lives: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """Read what a client who lives already was given by hand."""
        sql = (
            "SELECT a.email, d.percentage, d.type, d.actiontype FROM discount d"
            " JOIN account a ON a.id = d.account ORDER BY d.id"
        )
        self.lives = dict(zip(("email", "given", "sort", "applied"), self._ask(sql), strict=True))

    def write(self, step: str) -> None:
        """Declare what is to be there at one step of the round."""
        at = STEPS.index(step)
        values = {**self.choices, **self.lives, "months": self.months}
        values |= {"real": "Ann", "tax": TAX, "percentage": 15, "name": "globex-vm", "moved": ""}
        values |= {"addons": '{"Memory, GB": 4}' if at >= STEPS.index("addon") else "{}"}
        if at >= STEPS.index("rename"):
            values |= {"name": "globex-web", "moved": ", movedFrom: globex-vm"}
        if at >= STEPS.index("edit"):
            values |= {"real": "Bob", "tax": 20, "percentage": 20}
        texts = {
            "globex": CLIENT,
            "terms": TERMS,
            "june": DISCOUNT if at < STEPS.index("delete") else "",
            "vm": SERVICE if STEPS.index("order") <= at < STEPS.index("terminate") else "",
            "old": ADOPTED if at >= STEPS.index("adopt") else "",
        }
        for name, text in texts.items():
            if text:
                self.project.write(f"manifests/{name}.yaml", text.format(**values))
            else:
                (self.project.root / f"manifests/{name}.yaml").unlink(missing_ok=True)

    def heed(self, remedy: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Do what a message of the round said."""
        match remedy:
            case list():
                for each in remedy:
                    self.heed(each)
            case {"target": str(line)}:
                url = "url: sandbox:.reconciler/sandbox.sqlite3"
                self.project.edit("reconciler.yaml", url, f"{url}\n      {line}")
            case {"choices": "id"}:
                found = {name: self._ask(IDS[name], label)[0] for name, label in LABELS.items()}
                self.choices = {name: f'{{id: "{key}"}}' for name, key in found.items()}
            case {"months": int(months)}:
                self.months = months
            case {"right": str(func)}:
                with closing(Sandbox(self.project.database)) as sandbox:
                    install = sandbox.settings
                rest = tuple(each for each in install.hidden_lists if each != func)
                keep_install(self.project.database, replace(install, hidden_lists=rest))
                self.project.run("resume")
            case _:
                raise AssertionError(remedy)

    def _ask(self, sql: str, *given: object) -> tuple[Any, ...]:
        with closing(Sandbox(self.project.database)) as sandbox, sandbox.reading() as db:
            return tuple(db.execute(sql, given).fetchone())


def exceptions(name: str) -> dict[str, Any]:
    """Read at which steps of its round an install differs from the usual."""
    file = FOLDER / "rounds" / f"{name}.yaml"
    return dict(YAML(typ="safe").load(file) or {}) if file.exists() else {}


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_round_is_played_by_the_client_on_every_installation(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Each step is planned, rehearsed, applied and found done; what it takes is charged once."""
    monkeypatch.setenv("PANEL_PASSWORD", PASSPHRASE)
    project.run("sandbox", "seed", "--clients", "3", "--install", str(file_of(name)))
    for guard in ("maxDeletes: 10", "maxDeleteShare: 0.2", "maxUpdateShare: 0.5"):
        project.edit("reconciler.yaml", f"    {guard}\n", "")
    author, differing = Author(project), exceptions(name)
    author.heed({"target": f"format: {SPEAKS.get(name, 'xml')}"})

    for step in STEPS:
        author.write(step)
        if step in differing:
            play(project, step, **differing[step])
            author.heed(differing[step]["remedy"])
            author.write(step)
        play(project, step)
        finish_work(project)

    charged = [(each.what, each.amount) for each in ledger(project.database)]
    assert charged == [
        (what, due(Decimal(price) * author.months, name))
        for what, price in (("order", "5"), ("addon", "4.5"))
    ]
    orders = [each for each in audit(project.database) if each.wrote and ".order." in each.func]
    assert len(orders) == 1


def due(price: Decimal, name: str) -> Decimal:
    """Return what a price comes to on an install, with the tax of the round where it is added."""
    rate = TAX if load_install(file_of(name)).tax == "added" else 0
    return (price * (100 + rate) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def finish_work(project: CommandLineProject) -> None:
    """Let the panel have done what it is at work on, so that nothing changes under a plan."""
    with closing(Sandbox(project.database)) as sandbox, sandbox.reading() as db:
        db.execute("UPDATE item SET due = '2000-01-01 00:00:00' WHERE due IS NOT NULL")


def play(
    project: CommandLineProject,
    step: str,
    *,
    plan: int = 0,
    apply: int = 0,
    says: tuple[str, ...] = (),
    remedy: object = None,
) -> None:
    """Take one step, and expect how it ends; where that is well, nothing is left to do."""
    del remedy
    consents = [word for name in CONSENTS.get(step, ()) for word in ("--allow", name)]
    result = project.run(
        "plan", "--out", "plan.json", *consents, *["--detailed-exitcode"][: plan == 2], code=plan
    )
    if not plan and not apply and step in REHEARSED:
        assert "The second plan is empty." in project.run("rehearse", "plan.json", *consents).out
    if not plan:
        result = project.run("apply", "plan.json", *consents, code=apply)
    for words in says:
        assert words in result.out + result.err, step
    if not plan and not apply:
        assert "No changes." in project.run("plan", "--detailed-exitcode").out
        assert "No drift." in project.run("drift").out


def test_installs_that_differ_in_a_format_are_asked_in_it() -> None:
    """No installation that answers in XML shows what only JSON can; every format is played."""
    read = {name: load_install(file_of(name)) for name in INSTALLATIONS}

    assert {"xml", *SPEAKS.values()} == set(get_args(Format))
    for name, install in read.items():
        if install.single_row == "object":
            assert "json" in SPEAKS.get(name, "").lower()
        if install.bjson_ids == "object":
            assert SPEAKS[name] == "bjson"


def test_every_difference_belongs_to_an_installation() -> None:
    """A file of what differs is beside an install, and names steps of the round."""
    files: list[Path] = sorted((FOLDER / "rounds").glob("*.yaml"))

    assert {file.stem for file in files} <= set(INSTALLATIONS)
    for file in files:
        assert set(exceptions(file.stem)) <= set(STEPS)
