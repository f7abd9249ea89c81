"""Rates, discounts and taxes of a plan by the days on which they hold, as a table with bars.

Invariants: every bar repeats the days beside it; a day that the plan does not hold is called so;
what reads the same for many clients is one line. No name of a kind or a field stands here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from reconciler.kinds.money_fields import AccountFields, DiscountFields, RateFields, TaxFields
from reconciler.report.clients import client_words
from reconciler.report.html.element import tag
from reconciler.report.html.page import plural
from reconciler.report.value import value_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.kinds.catalogue import Catalogue
    from reconciler.kinds.money_fields import MoneyFields
    from reconciler.model.plan import Change
    from reconciler.model.value import Fields, Value
    from reconciler.report.html.element import Element

_MOST = 40
# Days further away than this are drawn as open: a day like 9999-12-31 means no end.
_FAR = timedelta(days=365 * 6)
_SHORTEST = timedelta(days=90)
_FIRST, _LAST = date(1900, 1, 1), date(2200, 1, 1)
_MOST_TICKS = 8
# Words that begin beyond this, in per cent, would be cut.
_ROOM = 90
_STEPS = (1, 3, 6, 12, 24, 60)
# How a line is drawn: what holds after the apply, what held before it, and what ends.
State = Literal["after", "before", "gone"]
_STATES: dict[State, str] = {
    "after": "after the apply",
    "before": "until now",
    "gone": "is deleted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineFields:
    """The fields that a line shows: a value in a unit, its first and last day, and of what it is.

    Without a first day a value holds from the apply on.
    """

    value: str
    unit: str = ""
    first: str = ""
    last: str = ""
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One value with the days on which it holds; None is a day that is open or not known.

    ``start_words`` and ``end_words`` say which of the two.
    """

    kind: str
    value: str
    of: str
    state: State
    start: date | None
    end: date | None
    start_words: str
    end_words: str


def timeline(changes: Sequence[Change], catalogue: Catalogue, today: date | None) -> Element | None:
    """Return the time line of a plan, or None where nothing in it has a day."""
    whose: defaultdict[TimelineEntry, list[Change]] = defaultdict(list)
    for change in changes:
        kind = catalogue.by_name.get(change.address.kind)
        roles = _roles_of(kind.money) if kind and change.action != "blocked" else None
        if roles:
            for span in _spans(change, roles, today):
                whose[span].append(change)
    if not whose:
        return None
    ordered = sorted(whose, key=lambda each: _order(each, whose[each][0]))
    scale = TimelinePeriod.of(ordered, today)
    head = tag("tr")
    for words in ("What", "Value", "From", "To"):
        head.append(tag("th", words, scope="col"))
    head.append(tag("th", scale.axis(), scope="col", class_="axis"))
    body = tag("tbody")
    body.extend(_row(span, whose[span], scale) for span in ordered[:_MOST])
    caption = tag("caption", "When the rates, discounts and taxes of this plan hold")
    table = tag("table", caption, tag("thead", head), body, class_="timeline")
    if len(ordered) > _MOST:
        words = f"{plural(len(ordered) - _MOST, 'more line')}: see the changes"
        body.append(tag("tr", tag("td", words, colspan=5, class_="more")))
    return table


@dataclass(frozen=True, slots=True)
class TimelinePeriod:
    """The days that are drawn; ``today`` is the day on which the plan was made, if known."""

    first: date
    last: date
    today: date | None

    @classmethod
    def of(cls, spans: Iterable[TimelineEntry], today: date | None) -> TimelinePeriod:
        """Return the days from the first to the last that is known, but for those far away."""
        days = sorted(day for span in spans for day in (span.start, span.end) if day)
        middle = today or (days[len(days) // 2] if days else _FIRST + (_LAST - _FIRST) / 2)
        near = [day for day in days if abs(day - middle) <= _FAR] + [middle]
        first, last = min(near), max(near)
        margin = max((last - first) / 10, _SHORTEST / 2)
        return cls(_moved(first, -margin), _moved(last, margin), today)

    def place(self, day: date) -> float:
        """Return where a day is, in per cent of the width."""
        share = (day - self.first) / (self.last - self.first) * 100
        return min(max(share, 0.0), 100.0)

    def ticks(self) -> list[date]:
        """Return the first days of months that are marked: as many as there is room for."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        step = next((step for step in _STEPS if months / step <= _MOST_TICKS), _STEPS[-1])
        start = self.first.year * 12 + self.first.month - 1
        numbers = range(start - start % step + step, start + months + 1, step)
        return [date(number // 12, number % 12 + 1, 1) for number in numbers]

    def axis(self) -> Element:
        """Return the marks of the axis with their words."""
        days = f"From {self.first} to {self.last}"
        made = tag("svg", role="img", aria_label=days, focusable="false")
        made.extend(self.lines())
        for day in self.ticks():
            words = str(day.year) if day.month == 1 else f"{day:%Y-%m}"
            if self.place(day) < _ROOM:
                made.append(tag("text", words, x=f"{self.place(day):.2f}%", y=13, dx=3))
        return made

    def lines(self) -> list[Element]:
        """Return the lines at the marks, and that of the day of the plan."""
        made = [self._line(day, "tick") for day in self.ticks()]
        return made + ([self._line(self.today, "today")] if self.today else [])

    def _line(self, day: date, name: str) -> Element:
        place = f"{self.place(day):.2f}%"
        return tag("line", class_=name, x1=place, x2=place, y1="0", y2="100%")


def _moved(day: date, by: timedelta) -> date:
    """Return a day some time away, within what can be drawn: a clock may be wrong by centuries."""
    return _drawn(_drawn(day) + by)


def _drawn(day: date) -> date:
    return min(max(day, _FIRST), _LAST)


def _roles_of(money: MoneyFields | None) -> TimelineFields | None:
    match money:
        case DiscountFields(share=value, first=first, last=last):
            of = (money.action, money.periods)
            return TimelineFields(value=value, unit="%", first=first, last=last, of=of)
        case TaxFields(rate=value):
            return TimelineFields(value=value, unit="%", of=(money.seller, money.products))
        case RateFields(rate=value, first=first):
            return TimelineFields(value=value, first=first, of=(money.base, money.relate))
        case AccountFields() | None:
            return None


def _spans(change: Change, roles: TimelineFields, today: date | None) -> list[TimelineEntry]:
    """Return what holds before a change and after it; one of them where it does not move."""
    before = {**(change.observed.fields if change.observed else {})}
    after = dict(before)
    for edit in change.edits:
        after[edit.field] = edit.after
        before.setdefault(edit.field, edit.before)
    if change.desired:
        after |= change.desired.fields
    old, new = _span(change, roles, before), _span(change, roles, after)
    if not roles.first:
        old = replace(old, end=today, end_words="the apply")
        new = replace(new, start=today, start_words="the apply")
    if change.action == "delete":
        return [replace(old, state="gone")]
    if change.action == "create":
        return [new]
    shown_fields = {roles.value, roles.first, roles.last, *roles.of}
    moved = any(edit.root in shown_fields for edit in change.edits)
    return [replace(old, state="before"), new] if moved else [new]


def _span(change: Change, roles: TimelineFields, fields: Fields) -> TimelineEntry:
    missing = "not known" if change.action == "delete" else "unchanged"
    value = value_words(fields[roles.value]) if roles.value in fields else missing
    unit = f" {roles.unit}" if roles.unit and roles.value in fields else ""
    kind = change.address.kind
    held = (value_words(fields[name], kind, name) for name in roles.of if fields.get(name))
    start, end = _day(fields.get(roles.first)), _day(fields.get(roles.last))
    return TimelineEntry(
        kind=kind,
        value=f"{value}{unit}",
        of=" · ".join(held),
        state="after",
        start=start,
        end=end,
        start_words=_day_words(change, roles.first, fields),
        end_words=_day_words(change, roles.last, fields),
    )


def _day_words(change: Change, field: str, fields: Fields) -> str:
    if fields.get(field):
        return value_words(fields[field])
    if field and field not in fields and change.action not in {"create", "delete"}:
        return "unchanged"
    return "open"


def _day(value: Value) -> date | None:
    try:
        # In a saved plan a day is a text.
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return day if isinstance(day, date) and _FIRST <= day < _LAST else None


def _order(span: TimelineEntry, change: Change) -> tuple[object, ...]:
    client = client_words(change.client).lower() if change.client else ""
    return (client, span.kind, change.address.name, span.state != "before", span.value)


def _row(span: TimelineEntry, changes: Sequence[Change], scale: TimelinePeriod) -> Element:
    first = changes[0]
    what = tag("th", scope="row")
    if len(changes) == 1:
        what.append(tag("code", str(first.address)))
        client = client_words(first.client) if first.client else ""
    else:
        what.append(tag("strong", f"{len(changes):,} × {first.address.kind}"))
        clients = {client_words(change.client) for change in changes if change.client}
        client = plural(len(clients), "client")
    about = " · ".join(words for words in (client and f"of {client}", span.of) if words)
    what.append(tag("small", f" {about}"))
    value = tag("td", span.value, class_="number")
    if span.state != "after":
        value.append(tag("small", f" {_STATES[span.state]}"))
    days = [tag("td", tag("time", words)) for words in (span.start_words, span.end_words)]
    drawn = tag("svg", *scale.lines(), *_bar(span, scale), aria_hidden="true", focusable="false")
    return tag("tr", what, value, *days, tag("td", drawn, class_="axis"), class_=span.state)


def _bar(span: TimelineEntry, scale: TimelinePeriod) -> list[Element]:
    if "unchanged" in {span.start_words, span.end_words} and not (span.start or span.end):
        return []
    start = scale.place(span.start) if span.start else 0.0
    end = scale.place(span.end + timedelta(days=1)) if span.end else 100.0
    bar = tag(
        "rect",
        class_=f"span {span.state}",
        x=f"{start:.2f}%",
        width=f"{max(end - start, 0.5):.2f}%",
        y="25%",
        height="50%",
        rx=3,
    )
    return [bar]
