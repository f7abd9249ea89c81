"""How one installation of the panel differs from another.

Invariants: every key has a default, which is what was captured or what most installations do; an
install holds no data of the panel, only its ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, ClassVar, Literal


def camel(name: str) -> str:
    """Return the key of an attribute as an install file writes it."""
    first, *further = name.split("_")
    return first + "".join(part.title() for part in further)


_WRITTEN: dict[str, Any] = {"extra": "forbid", "alias_generator": camel, "validate_by_name": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """How amounts and rates are printed.

    ``decimals``: always, or only where they are not zero. ``forms``: forms print them so as well,
    and read them back.
    """

    decimal: str = "."
    decimals: Literal["always", "needed"] = "always"
    forms: bool = True
    thousands: str = ""

    __pydantic_config__: ClassVar[dict[str, Any]] = _WRITTEN

    def __post_init__(self) -> None:
        """Refuse what nobody could read.

        Raises: ValueError.
        """
        if len(self.decimal) != 1 or self.decimal.isdigit():
            raise ValueError("decimal is one sign that is no digit")
        if len(self.thousands) > 1 or self.thousands.isdigit() or self.thousands == self.decimal:
            raise ValueError("thousands is one sign at most, no digit, and not that of decimals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """The ways of one installation.

    ``allow_delete_item``, ``allow_suspend_item``: clients may delete, suspend and resume services.
    ``all_services``: the one list that holds the services of all types.
    ``bjson_ids``: in ``bjson`` a new id is a text, or an object that holds it as ``v``.
    ``cart``: where unpaid orders wait: ``basket`` with ``itemlist``, ``cart`` with ``lineitems``.
    ``codes``: beside the words of a cell, or in their place.
    ``columns``: all that lists were seen to carry, or the vendor's documented ones alone.
    ``deleted_form``: what the form of a deleted object answers: an error ``missed`` or ``value``, a
    bare text, or a message alone.
    ``discount_create``: what makes a discount: ``.edit``, ``.add``, or ``.add`` in two steps.
    ``discount_key``: the ``idname`` of a discount is a number, or a text.
    ``country_flags``: the options of a country carry the image of its flag.
    ``edits``: what an edit does not name is left as it is, or cleared.
    ``empty_fields``: forms show empty fields, or leave them out.
    ``empty_total``: an empty list shows its total, or none.
    ``hidden_columns``, ``hidden_lists``: columns and rows that a right is missing for.
    ``labels``: options have labels, or empty ones, or two of them the same.
    ``lag``: the time that opening, closing and reinstalling a service take, in seconds.
    ``levels``: functions that ask for another level than usual.
    ``menu``: there is a menu, which names the lists of services.
    ``money``: how amounts and rates are printed.
    ``names``: of the columns of payments and accounts: as captured, or plainer, with bare sums.
    ``new_id``: new ids as ``<id>`` and orders as ``<item.id>``; else how all of them are shown.
    ``orders``: order forms open with tariff, place and period, or bare, or under newer names.
    ``order_answer``: a confirmed order says ok, or nothing at all.
    ``order_steps``: of ``<type>.order`` and ``.order.pricelist`` the one that shows the tariffs.
    ``page``: the largest page of a list.
    ``second_factor``: a session asks for a code.
    ``service_lists``: types whose services stand in a list of another, dotted name.
    ``single_row``: JSON writes a row that stands alone as an array of one, or as an object.
    ``sort``: lists begin with the newest row, or with the oldest.
    ``tax``: prices contain the tax, or it is added to them.
    ``texts``: notes are kept as they come, or as a browser's form sends them.
    ``units``: rates in lists carry a unit.
    """

    allow_delete_item: bool = False
    allow_suspend_item: bool = False
    all_services: Literal["none", "item", "service"] = "none"
    bjson_ids: Literal["text", "object"] = "text"
    cart: Literal["basket", "cart"] = "basket"
    codes: Literal["marked", "bare"] = "marked"
    columns: Literal["full", "documented"] = "full"
    deleted_form: Literal["missed", "value", "text", "message"] = "missed"
    discount_create: Literal["edit", "add", "steps"] = "edit"
    discount_key: Literal["number", "text"] = "number"
    country_flags: bool = True
    edits: Literal["partial", "clearing"] = "partial"
    empty_fields: Literal["shown", "absent"] = "shown"
    empty_total: Literal["shown", "missing"] = "shown"
    hidden_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden_lists: tuple[str, ...] = ()
    labels: Literal["full", "missing", "doubled"] = "full"
    lag: timedelta = timedelta(milliseconds=200)
    levels: Mapping[str, int] = field(default_factory=dict)
    menu: bool = True
    money: Money = field(default_factory=Money)
    names: Literal["captured", "plain"] = "captured"
    new_id: Literal["usual", "id", "table", "both", "none"] = "usual"
    orders: Literal["wizard", "bare", "v2"] = "wizard"
    order_answer: Literal["ok", "nothing"] = "ok"
    order_steps: Literal["both", "order", "pricelist"] = "both"
    page: int = 1000
    second_factor: bool = False
    service_lists: Mapping[str, str] = field(default_factory=dict)
    single_row: Literal["array", "object"] = "array"
    sort: Literal["newest", "oldest"] = "newest"
    tax: Literal["included", "added"] = "included"
    texts: Literal["kept", "normalised"] = "kept"
    units: bool = False

    __pydantic_config__: ClassVar[dict[str, Any]] = _WRITTEN

    def __post_init__(self) -> None:
        """Refuse what no panel does.

        Raises: ValueError.
        """
        if self.page < 1:
            raise ValueError("a page holds at least one row")
        for kind, dotted in self.service_lists.items():
            if not dotted.startswith(f"{kind}.") or dotted == f"{kind}.":
                raise ValueError(f"the list of {kind} is named {kind} with a dot and a word")


def keys(part: str = "") -> tuple[str, ...]:
    """Return the keys of an install file, or of a map in it; empty for a map without a shape."""
    of = {"": Install, "money": Money}.get(part)
    return tuple(camel(each.name) for each in fields(of)) if of else ()
