"""What a form's fields accept, how they keep it, and how they show it.

Invariants: money is kept as cents and shown with two decimals; an empty text is the absent value;
a refused value is an error ``value`` that names its field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal

from reconciler.sandbox.reply import PanelError

if TYPE_CHECKING:
    from reconciler.sandbox.reply import Pairs

Sort = Literal[
    "text", "area", "select", "multi", "flag", "money", "amount", "rate", "percent", "number",
    "date", "stamp", "secret", "shown",
]  # fmt: skip
TYPED_BY_HAND = {"text", "area", "money", "amount", "rate", "percent", "number", "date", "stamp"}
_WIDEST = Decimal(10) ** 13


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    ``column``: where it is kept, when not under its own name; ``options``: its option list;
    ``scope``: the field whose value narrows that list; ``fixed``: kept as it is, silently, once
    the object exists; ``kept``: false for what only steers the submit.
    """

    name: str
    sort: Sort = "text"
    column: str = ""
    options: str = ""
    scope: str = ""
    required: bool = False
    fixed: bool = False
    kept: bool = True
    default: str = ""

    @property
    def place(self) -> str:
        """The column that keeps the field."""
        return self.column or self.name


def accept(field: Field, text: str, keys: Pairs) -> Any:  # noqa: ANN401 - what SQLite takes
    """Check a submitted text and give what is kept of it.

    Raises: PanelError ``value`` with the field as its object.
    """
    text = text.strip()
    if field.sort == "select":
        return _select(field, text, keys)
    if field.sort == "multi":
        return _multi(field, text, keys)
    if field.sort == "flag":
        return "on" if text == "on" else "off"
    if not text:
        if field.required:
            raise PanelError("value", field.name)
        return 0 if field.sort == "money" else ""
    try:
        return _typed(field.sort, text)
    except (ValueError, InvalidOperation) as error:
        raise PanelError("value", field.name, text) from error


def show(field: Field, kept: Any) -> str:  # noqa: ANN401 - what SQLite gives
    """Return the text of a kept value as the form shows it."""
    if field.sort == "secret" or kept is None:
        return ""
    if field.sort == "money":
        return euros(int(kept))
    return str(kept)


def euros(cents: int) -> str:
    """Write cents with two decimals, whatever the currency."""
    sign, whole = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def _select(field: Field, text: str, keys: Pairs) -> str | None:
    if text in {"", "null"} and not field.required:
        return None
    if all(text != key for key, _ in keys):
        raise PanelError("value", field.name, text)
    return text


def _multi(field: Field, text: str, keys: Pairs) -> str:
    wanted = {part.strip() for part in text.split(",")} - {"", "null"}
    known = [key for key, _ in keys]
    for part in sorted(wanted):
        if part not in known:
            raise PanelError("value", field.name, part)
    if field.required and not wanted:
        raise PanelError("value", field.name)
    return ",".join(key for key in known if key in wanted)


def _typed(sort: str, text: str) -> Any:  # noqa: ANN401 - what SQLite takes
    match sort:
        case "money":
            return int(_decimal(text, Decimal("0.01")) * 100)
        case "amount":
            return str(_positive(_decimal(text, Decimal("0.01"))))
        case "rate":
            return str(_positive(_decimal(text, Decimal("0.0001"))))
        case "percent":
            return str(_share(_decimal(text.removesuffix("%"), Decimal("0.01"))))
        case "number":
            return str(int(text))
        case "date":
            return date.fromisoformat(text).isoformat()
        case "stamp":
            return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return text


def _decimal(text: str, step: Decimal) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number) >= _WIDEST:
        raise ValueError(text)
    return number.quantize(step, ROUND_HALF_UP)


def _positive(number: Decimal) -> Decimal:
    if number <= 0:
        raise ValueError(number)
    return number


def _share(number: Decimal) -> Decimal:
    if not 0 <= number <= 100:  # noqa: PLR2004 - percent
        raise ValueError(number)
    return number
