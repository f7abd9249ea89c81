"""The base of every spec: strict, closed, and honest about what was left out.

Invariant: a field that the author left out is in no parsed spec; ``null`` is refused wherever a
field does not say that it means *none*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from reconciler.kinds.validators import (
    check_addon_name,
    check_addresses,
    check_domain,
    check_email,
    check_line,
    check_login,
    check_phone,
    check_url,
)
from reconciler.model.address import NAME_PATTERN
from reconciler.model.text import fold_text
from reconciler.model.value import Choice, Ref, Secret
from reconciler.wire.period import count_months

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OPTION_KEY = re.compile(r"-?[A-Za-z0-9_.:-]+")
_CURRENCY = "^[A-Z]{3}$"
_CENT = Decimal("0.01")
_EXACT = Context(prec=100)
_LARGEST = 10**9
_LONGEST = 120
_ID = re.compile(r"[1-9][0-9]{0,18}")
_BOUNDS = {
    "gt": "exclusiveMinimum",
    "ge": "minimum",
    "lt": "exclusiveMaximum",
    "le": "maximum",
}
_VARIABLE = "[A-Za-z_][A-Za-z0-9_]*"
_CHOICE_SCHEMA: dict[str, Any] = {
    "description": "as the panel shows it in English, or its id",
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "integer"},
        {
            "type": "object",
            "properties": {
                "id": {"type": ["string", "integer"], "pattern": "^-?[A-Za-z0-9_.:-]+$"}
            },
            "required": ["id"],
            "additionalProperties": False,
        },
    ],
}
_PERIOD_SCHEMA: dict[str, Any] = {
    "description": "a number of months, or an option as the panel shows it, or its id",
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": _LONGEST},
        *(form for form in _CHOICE_SCHEMA["anyOf"] if form["type"] != "integer"),
    ],
}
_SECRET_SCHEMA: dict[str, Any] = {
    "description": "a reference to a secret, never the secret itself",
    "oneOf": [
        {
            "type": "object",
            "properties": {"env": {"type": "string", "pattern": f"^{_VARIABLE}$"}},
            "required": ["env"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"file": {"type": "string", "minLength": 1}},
            "required": ["file"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "command": {"type": "array", "items": {"type": "string"}, "minItems": 1}
            },
            "required": ["command"],
            "additionalProperties": False,
        },
    ],
}


class Spec(BaseModel):
    """A kind's fields; names in manifests are camelCase, attributes snake_case."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
        # A run builds the validators of those kinds that its manifests declare.
        defer_build=True,
    )


def parse_choice(raw: object) -> Choice:
    """Read a choice: a label, a whole number (its id), or ``{id: …}``.

    Raises: ValueError, for pydantic to place.
    """
    if isinstance(raw, str) and (label := raw.strip()):
        return _labelled(check_line(label))
    match raw:
        case Choice():
            return raw
        case bool():
            message = "write the option in quotes: YAML reads this as a flag"
            raise ValueError(message)
        case int():
            return Choice(id=str(raw))
        case {"id": (str() | int()) as key, **rest} if not rest and not isinstance(key, bool):
            return Choice(id=_option_key(str(key)))
    message = "expected the option's label, or {id: …}"
    raise ValueError(message)


@lru_cache(maxsize=4096)
def _labelled(label: str) -> Choice:
    """Return one choice for equal labels: most resources choose among a few options."""
    return Choice(label=label)


def parse_choices(raw: object) -> frozenset[Choice]:
    """Read a list of choices; the order means nothing and a repetition is refused."""
    if isinstance(raw, frozenset):
        return raw
    if not isinstance(raw, list):
        message = "expected a list"
        raise ValueError(message)  # noqa: TRY004 - pydantic places ValueError only
    choices = [parse_choice(item) for item in raw]
    if len({choice.meaning for choice in choices}) != len(choices):
        message = "an entry is repeated"
        raise ValueError(message)
    return frozenset(choices)


def parse_periods(raw: object) -> frozenset[Choice]:
    """Read a list of periods: whole numbers are months, other entries are choices."""
    items = [_period(item) for item in raw] if isinstance(raw, list) else raw
    return parse_choices(items)


def parse_secret(raw: object) -> Secret:
    """Read a reference to a secret; a literal is refused without being repeated."""
    match raw:
        case Secret():
            return raw
        case {"env": str() as name, **rest} if not rest and re.fullmatch(_VARIABLE, name):
            return Secret("env", (name,))
        case {"file": str() as path, **rest} if not rest and path:
            return Secret("file", (path,))
        case {"command": [str(), *_] as argv, **rest} if not rest:
            if all(isinstance(word, str) for word in argv):
                return Secret("command", tuple(argv))
    message = "a secret is a reference: {env: NAME}, {file: path} or {command: [argv…]}"
    raise ValueError(message)


def parse_ref(kind: str, raw: object) -> Ref:
    """Read a reference: a manifest's name, ``{email: …}`` or ``{id: "…"}``."""
    if isinstance(raw, str) and (name := raw.strip()):
        return Ref(kind, "name", name)
    match raw:
        case Ref():
            return raw
        case {"email": str() as email, **rest} if not rest:
            return Ref(kind, "email", check_email(email.strip()))
        case {"id": str() | int() as key, **rest} if not rest and _ID.fullmatch(str(key)):
            return Ref(kind, "id", str(key))
    message = f"expected the name of a {kind} manifest, {{email: …}} or {{id: …}}"
    raise ValueError(message)


def _option_key(text: str) -> str:
    if not _OPTION_KEY.fullmatch(text):
        message = "an option's id is letters and digits"
        raise ValueError(message)
    return text


def _period(raw: object) -> object:
    if not isinstance(raw, int) or isinstance(raw, bool):
        return raw
    if not 1 <= raw <= _LONGEST:
        message = f"a whole number is months, from 1 to {_LONGEST}; write a code as {{id: …}}"
        raise ValueError(message)
    return Choice(label=count_months(raw))


def _number(raw: object) -> object:
    return Decimal(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


def _whole(raw: object) -> object:
    if isinstance(raw, int) and abs(raw) > _LARGEST:
        message = f"expected a whole number between -{_LARGEST} and {_LARGEST}"
        raise ValueError(message)
    return raw


def _day(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    if not _DAY.fullmatch(raw):
        message = "expected a day as YYYY-MM-DD"
        raise ValueError(message)
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ValueError("it is not a day of the calendar") from None


def _amount(amount: Decimal) -> Decimal:
    if amount.quantize(_CENT, context=_EXACT) != amount:
        raise ValueError("an amount of money has two decimals at most: round it")
    return amount


def _addon_value(raw: object) -> str:
    match raw:
        case bool():
            return "on" if raw else "off"
        case int() | Decimal() if raw < 0:
            raise ValueError("an add-on cannot be below zero: write 0 for none")
        case str() if raw.strip():
            return check_line(raw)
        case int() | Decimal():
            return str(raw)
        case _:
            raise ValueError("expected a number, a text or a flag")


def _different(addons: Mapping[str, str]) -> Mapping[str, str]:
    if len({fold_text(name) for name in addons}) != len(addons):
        raise ValueError("an add-on is given twice: upper and lower case are the same")
    return addons


def _as_texts(prices: Mapping[str, Decimal]) -> Mapping[str, str]:
    return {unit: format(amount, "f") for unit, amount in prices.items()}


class _NumberSchema:
    """Gives a decimal the schema of a number, with its bounds and without the text it may be."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the schema; bounds that stand inside a union are under the names of Python."""
        found = handler(core)
        bounds = {_BOUNDS[key]: found[key] for key in found if key in _BOUNDS}
        number: dict[str, Any] = next(arm for arm in found["anyOf"] if arm["type"] == "number")
        number |= bounds
        whole = {
            key: int(at) for key, at in number.items() if isinstance(at, float) and at % 1 == 0
        }
        return number | whole


def _client_ref(raw: object) -> Ref:
    return parse_ref("Client", raw)


_REF_SCHEMA: dict[str, Any] = {
    "description": "the name of a Client manifest, or {email: …} / {id: …}",
    "anyOf": [
        {"type": "string", "pattern": NAME_PATTERN},
        {
            "type": "object",
            "properties": {"email": {"type": "string", "format": "email"}},
            "required": ["email"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"id": {"type": "string", "pattern": "^[1-9][0-9]*$"}},
            "required": ["id"],
            "additionalProperties": False,
        },
    ],
}

Text = Annotated[str, Field(max_length=65536)]
Line = Annotated[Text, AfterValidator(check_line)]
Email = Annotated[
    str, Field(pattern=r"^[^@\s,]+@[^@\s,]+$", max_length=254), AfterValidator(check_email)
]
Domain = Annotated[str, Field(pattern=r"^[^\s,/]+$", max_length=253), AfterValidator(check_domain)]
Addresses = Annotated[Text, AfterValidator(check_addresses)]
Login = Annotated[Text, AfterValidator(check_login)]
Phone = Annotated[Line, AfterValidator(check_phone)]
Url = Annotated[Text, AfterValidator(check_url)]
Flag = bool
Number = Annotated[Decimal, BeforeValidator(_number), _NumberSchema()]
Amount = Annotated[Number, AfterValidator(_amount)]
# No Field here: its bounds would outrank those that a spec states for a field of its own.
Whole = Annotated[int, BeforeValidator(_whole)]
# A bound that is to hold inside a union stands next to the type, or the schema does not know it.
Months = Annotated[int, Field(ge=1, le=_LONGEST), BeforeValidator(_whole)]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
OneChoice = Annotated[Choice, PlainValidator(parse_choice), WithJsonSchema(_CHOICE_SCHEMA)]
Choices = Annotated[
    frozenset[Choice],
    PlainValidator(parse_choices),
    WithJsonSchema({"type": "array", "items": _CHOICE_SCHEMA, "uniqueItems": True}),
]
Periods = Annotated[
    frozenset[Choice],
    PlainValidator(parse_periods),
    WithJsonSchema({"type": "array", "items": _PERIOD_SCHEMA, "uniqueItems": True}),
]
SecretRef = Annotated[Secret, PlainValidator(parse_secret), WithJsonSchema(_SECRET_SCHEMA)]
ClientRef = Annotated[Ref, PlainValidator(_client_ref), WithJsonSchema(_REF_SCHEMA)]
Addons = Annotated[
    dict[
        Annotated[str, AfterValidator(check_addon_name)],
        Annotated[str, PlainValidator(_addon_value)],
    ],
    AfterValidator(_different),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        }
    ),
]
CurrencyCode = Annotated[str, Field(pattern=_CURRENCY)]
Prices = Annotated[
    dict[CurrencyCode, Annotated[Amount, Field(ge=0)]],
    Field(min_length=1),
    AfterValidator(_as_texts),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": _CURRENCY},
            "additionalProperties": {"type": "number", "minimum": 0},
            "minProperties": 1,
        }
    ),
]
PayFrom = Literal["cart", "balance"]
