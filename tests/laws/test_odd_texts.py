"""The law of odd texts: whatever a panel answers, the house's own errors are all that comes out."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from reconciler.documents.drift import drift_document
from reconciler.documents.outcome import outcome_document
from reconciler.documents.plan import plan_document
from reconciler.documents.values import shown
from reconciler.engine.apply.expenses import read_expenses
from reconciler.engine.offers.order_form import read_offer
from reconciler.errors import CodecError, ReconcilerError, WriteForbiddenError
from reconciler.mapping.decode import (
    plain_values,
    prove_columns,
    read_blank,
    read_form,
    read_members,
    read_row,
)
from reconciler.mapping.marker import split_suffix
from reconciler.mapping.prices import live_price, read_price
from reconciler.model.address import id_order, parse_element_id
from reconciler.model.number import PLAIN, UNPROVED, NumberShape
from reconciler.model.resource import Scope
from reconciler.model.value import Choice
from reconciler.panel.response import read_retry_after
from reconciler.planning.precondition import precondition
from reconciler.report.drift import drift_text
from reconciler.report.outcome import outcome_line, outcome_summary
from reconciler.report.plan import plan_text
from reconciler.sandbox import Sandbox
from reconciler.sandbox.seeding import mirror as copying
from reconciler.sandbox.seeding.amounts import MirrorError
from reconciler.wire.codec import read_money, read_number, split_list
from reconciler.wire.number import explain_doubt, is_doubtful, prove_shape
from reconciler.wire.period import months_of, months_offered, read_months, read_shown_months
from reconciler.wire.reply import Form, Row
from tests.support.odd_texts import fields_of, odd_or_broken, odd_texts, worded
from tests.support.order_forms import OrderFormReader, needing
from tests.support.planning import CATALOGUE, declare, kind_of
from tests.support.project import Project
from tests.support.rewording import RewordedPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.kinds.kind import ResourceKind
    from reconciler.wire.call import Call

SERVICE, DISCOUNT, ACCOUNT = map(kind_of, ("Service", "Discount", "ClientAccount"))
ids = st.sampled_from(["5", "personal_3", "x", "9" * 25]) | odd_texts
MANIFEST = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  realName: %(real)s
  provider: Main provider
  country: DE
  note: first
  groups: [Partners]
  accounts: [{name: acme-eur, provider: Main provider, currency: EUR, creditLimit: %(limit)s}]
  discounts:
    - name: acme-june
      percentage: %(rate)s
      type: Percentage discount
      appliesTo: Renewal
      periods: [3]
      from: 2027-01-01
      note: agreed
  taxRules: [{name: acme-vat, provider: Main provider, rate: %(rate)s}]
  currencyRates: [{name: acme-usd, base: EUR, relate: USD, rate: 1.%(rate)s, date: 2030-01-01}]
---
apiVersion: reconciler/v1
kind: Service
metadata: {name: acme-vm}
spec:
  client: acme
  type: vds
  tariff: Cloud S
  periodMonths: 1
  domain: vm.acme.example
  payFrom: balance
  autoRenewMonths: 3
  paidThrough: %(day)s
  addons: {"Memory, GB": %(memory)s}
"""
BEFORE = {"real": "Ann", "limit": 5000, "rate": 15, "day": "2026-11-22", "memory": 2}
# Far enough that an odd expiry may go beyond the calendar.
AFTER = {"real": "Bob", "limit": 6000, "rate": 16, "day": "9999-12-31", "memory": 4}
NEXT = {**AFTER, "day": "2027-01-22"}


def _attempt(operation: Callable[[Project], object], project: Project) -> None:
    try:
        operation(project)
    except (CodecError, WriteForbiddenError):
        raise  # a bug of ours, by its own message
    except ReconcilerError:
        return


def _say(project: Project) -> None:
    plan = project.plan()
    assert plan_text(plan)
    plan_document(plan, "")
    project.apply(plan)
    outcome_document(plan, project.outcomes)
    assert [outcome_line(each) for each in project.outcomes] or plan.empty or not plan.changes
    outcome_summary(project.outcomes)


def _drift(project: Project) -> None:
    report = project.drift()
    assert drift_text(report, apply="apply", accept="apply")
    drift_document(report)


def _round(project: Project, values: Mapping[str, object]) -> None:
    project.write(MANIFEST % values)
    for operation in (_say, _drift, Project.resume):
        _attempt(operation, project)


@dataclass(frozen=True, slots=True)
class Played:
    """A project with a panel where one round is done, and what the next one is answered."""

    folder: Path
    fields: list[tuple[str, str]]


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """Play two rounds, and keep what is there between them."""
    heard: set[tuple[str, str]] = set()

    def listen(asked: Mapping[str, str], said: bytes) -> bytes:
        heard.update(fields_of(asked.get("func", ""), said))
        return said

    with TemporaryDirectory() as folder:
        before, after = Path(folder) / "before", Path(folder) / "after"
        before.mkdir()
        with Sandbox(before / "panel.sqlite3", lag=timedelta(0)) as sandbox:
            project = Project(before, RewordedPanel(sandbox, listen))
            _round(project, BEFORE)
            assert project.plan().empty
        shutil.copytree(before, after)
        with Sandbox(after / "panel.sqlite3", lag=timedelta(0)) as sandbox:
            project = Project(after, RewordedPanel(sandbox, listen))
            for _ in range(2):  # the first one moves the price of the renewal
                _round(project, NEXT)
            assert {each.result for each in project.outcomes} == {"verified"}
        yield Played(before, sorted(heard))


@settings(max_examples=10)
@given(data=st.data(), text=odd_texts)
def test_malformed_text_in_a_reply_ends_in_a_reconciler_error(
    played: Played, data: st.DataObject, text: str
) -> None:
    """In a plan, an apply, a drift and a settling, also where the inventory is lost."""
    func, name = data.draw(st.sampled_from(played.fields))
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        shutil.copytree(played.folder, folder)
        if data.draw(st.booleans()):
            (folder / "inventory.json").unlink()
        with Sandbox(folder / "panel.sqlite3", lag=timedelta(0)) as sandbox:
            project = Project(folder, RewordedPanel(sandbox, worded(func, name, text)))
            for values in (AFTER, NEXT):
                _round(project, values)


@pytest.mark.parametrize(
    ("func", "name", "text"),
    [
        ("account.edit", "recovery", "sNaN"),
        ("account.edit", "try_phone", "1e9999999"),
        ("account.discount.edit", "note", "9" * 5000),
        ("vds", "real_expiredate", "9999-11-30"),
        ("vds", "period", "999999"),
        ("vds.edit", "period", "²"),
        ("subaccount.expense", "amount", "9" * 400),
    ],
)
def test_text_that_is_nearly_a_value_is_a_text(
    played: Played, tmp_path: Path, func: str, name: str, text: str
) -> None:
    """Examples of what some parser of the language takes, or fails on by another error."""
    shutil.copytree(played.folder, tmp_path / "project")
    with Sandbox(tmp_path / "project" / "panel.sqlite3", lag=timedelta(0)) as sandbox:
        project = Project(tmp_path / "project", RewordedPanel(sandbox, worded(func, name, text)))
        for values in (AFTER, NEXT):
            _round(project, values)


def _row(columns: Iterable[str], texts: st.SearchStrategy[str]) -> st.SearchStrategy[Row]:
    names = st.sampled_from(sorted(columns))
    return st.builds(
        Row,
        st.dictionaries(names, texts, max_size=12),
        st.dictionaries(names, texts, max_size=3),
        numbers=st.sampled_from([UNPROVED, PLAIN, NumberShape(",")]),
    )


def _form(names: Iterable[str], texts: st.SearchStrategy[str]) -> st.SearchStrategy[Form]:
    listed = st.sampled_from(sorted(names))
    return st.builds(
        Form,
        st.dictionaries(listed, texts, max_size=20),
        st.dictionaries(listed, st.dictionaries(texts, texts, max_size=4), max_size=4),
        st.dictionaries(listed, texts, max_size=3),
        numbers=st.sampled_from([UNPROVED, PLAIN, NumberShape(",")]),
    )


def _columns(kind: ResourceKind) -> set[str]:
    columns = {*kind.row_key, *kind.status, *kind.price, *kind.foreign, "currency_str"}
    return columns.union(*(facet.wire.columns for facet in kind.facets))


def _params(kind: ResourceKind) -> set[str]:
    params = {facet.param for facet in kind.facets} | {"addon_7", "addon_", "addon_x", *kind.price}
    return params.union(*({*f.wire.fallback, f.wire.options, f.wire.gate} for f in kind.facets))


@pytest.mark.parametrize("kind", CATALOGUE.resources, ids=lambda kind: kind.name)
@settings(max_examples=25)
@given(data=st.data())
def test_odd_rows_and_forms_are_read_or_refused(kind: ResourceKind, data: st.DataObject) -> None:
    """A row that does not say which object it is is refused; a field nobody can read is absent."""
    scope = Scope(kind.name, kind.variants[0], parse_element_id("7") if kind.parent else None)
    rows = data.draw(st.lists(_row(_columns(kind), odd_or_broken), min_size=1, max_size=3))
    form = data.draw(_form(_params(kind), odd_or_broken))
    proved = prove_columns(kind, rows)
    read_blank(kind, form)
    plain_values(kind, form)
    for row in rows:
        with suppress(CodecError):
            read_members((row,))
        try:
            observed = read_row(kind, scope, row, proved)
        except CodecError:
            continue
        live_price(kind, observed)
        read_form(kind, observed, form)
        precondition(kind, observed)


@given(text=odd_or_broken, shape=st.sampled_from([UNPROVED, PLAIN, NumberShape(",", " ")]))
def test_codecs_read_or_refuse(text: str, shape: NumberShape) -> None:
    """Each of them, and what else looks at a text of a panel by itself."""
    codecs = {facet.wire.codec for kind in CATALOGUE.resources for facet in kind.facets}
    for codec in codecs:
        try:
            value = codec.read(text, shape)
        except CodecError:
            continue
        codec.read(codec.write(value))
    for read in (read_months, read_shown_months, read_money, read_number, parse_element_id):
        with suppress(CodecError):
            read(text)
    for total in (explain_doubt, is_doubtful, id_order, split_list, split_suffix, read_retry_after):
        total(text)
    months_of(text, text)
    months_offered({text: text, "1": text})
    read_price([text, f"5 / {text}"], text, 12, shape)
    prove_shape([text, "1.234,5"])
    shown(frozenset({Choice(text, text), Choice("1", "2")}))


@settings(max_examples=25)
@given(data=st.data())
def test_malformed_expenses_neither_prove_nor_stop_anything(data: st.DataObject) -> None:
    """What was charged is then reported as planned."""
    columns = ("id", "amount", "notpayd")
    rows = tuple(data.draw(st.lists(_row(columns, odd_or_broken), max_size=3)))

    class Expenses(OrderFormReader):
        async def rows(self, call: Call) -> tuple[Row, ...]:
            del call
            return rows

    expenses = asyncio.run(read_expenses(Expenses(), SERVICE, parse_element_id("7")))

    assert expenses is None or len(expenses) <= len(rows)


@settings(max_examples=25)
@given(data=st.data())
def test_odd_order_forms_lead_to_an_order_or_to_a_reason(data: st.DataObject) -> None:
    """Whatever a step lists and a form shows."""
    names = {*_params(SERVICE), "pricelist", "desc", "order_available", "order_period"}
    rows = data.draw(st.lists(_row(names, odd_or_broken), max_size=3))
    sold = [Row({"pricelist": "5", "desc": "Cloud M"}), *rows]
    step, form = (data.draw(_form(names, odd_or_broken)) for _ in range(2))
    step = replace(step, lists={"tariflist": tuple(sold)})
    opened = needing("pricelist", form=form)
    spec = {"client": "acme", "type": "vds", "tariff": "Cloud M", "domain": "a.example"}
    spec |= data.draw(st.sampled_from([{}, {"autoRenewMonths": 3}, {"addons": {"x": 1, "7": 2}}]))
    wanted = declare("Service", "web", spec)
    for desk in (
        OrderFormReader(vds_order_param=opened, vds_order=step),
        OrderFormReader(v2_vds_order_param=opened, v2_vds_order=step),
        OrderFormReader(vds_order_param=form),
    ):
        offer = asyncio.run(read_offer(desk, SERVICE, wanted, login="a@b.example"))
        offer.price(SERVICE)
        assert offer.ordering or offer.obstacle or offer.findings


@settings(max_examples=25)
@given(data=st.data())
def test_malformed_captures_are_copied_or_refused_with_their_position(data: st.DataObject) -> None:
    """What a copy took it shows, in every list and form of the client."""
    service, terms = (f"{each}.edit" for each in ("vds", "account.discount"))
    forms = [
        copying.MirroredForm(func, data.draw(ids), "7", form.values, form.options, form.labels)
        for func, kind in ((service, SERVICE), (terms, DISCOUNT), ("subaccount.edit", ACCOUNT))
        for form in [data.draw(_form(_params(kind), odd_or_broken))]
    ]
    order = data.draw(_form(_params(SERVICE), odd_or_broken))
    row = data.draw(st.dictionaries(st.sampled_from(["balance", "price", "status"]), odd_or_broken))
    found = copying.MirrorSource(
        clients=[copying.MirroredClient("7", data.draw(odd_or_broken), data.draw(odd_or_broken))],
        sides={"project": {"1": data.draw(odd_or_broken)}},
        forms=forms,
        offers=[copying.MirroredOffer("vds", "7", order.values, order.options, order.labels, "4")],
        rows={(mirrored.func, mirrored.id): row for mirrored in forms},
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "copy.sqlite3"
        try:
            copying.mirror(file, found)
        except MirrorError:
            return
        with Sandbox(file, lag=timedelta(0)) as panel:
            for func in ("account", "vds", "item"):
                panel.call(func)
            for func in ("account.discount", "subaccount"):
                panel.call(func, elid="7")
            for mirrored in forms:
                panel.call(mirrored.func, elid=mirrored.id, plid="7")
