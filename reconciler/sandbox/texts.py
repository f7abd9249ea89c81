"""The panel's texts, in English and Russian.

Invariants: a text that nobody wrote down is made of the field's own name; messages of errors are
ours, a client has to go by type and object.
"""

from __future__ import annotations

from reconciler.sandbox.reply import ErrorReply, Node, NotFoundError, PanelError, Stack

LANGS = ("en", "ru")

_ERRORS = {
    "auth": ("The login or the password is wrong", "Логин или пароль не подходят"),
    "access": ("You have no right to __object__", "Нет прав на __object__"),
    "missed": ("There is no __object__ '__value__'", "Нет __object__ '__value__'"),
    "value": ("__object__ cannot be '__value__'", "__object__ не может быть '__value__'"),
    "exists": ("__object__ '__value__' is taken", "__object__ '__value__' уже есть"),
    "balance": ("The balance does not cover __value__", "Баланс меньше, чем __value__"),
    "wizard_unavailable": ("__object__ cannot be opened", "__object__ нельзя открыть"),
    "state": ("__object__ does not allow this now", "__object__ сейчас этого не допускает"),
}
_LABELS = {
    ("account.discount", "actiontype"): ("Discount type", "Тип скидки"),
    ("account.discount", "discount_type"): ("Type", "Тип"),
    ("account.discount.edit", "type"): ("Discount type", "Тип скидки"),
    ("account.discount.edit", "actiontype"): ("Type", "Тип"),
}
_COMMON = {
    "id": ("Id", "Код"),
    "name": ("Name", "Название"),
    "project": ("Provider", "Провайдер"),
    "currency": ("Currency", "Валюта"),
    "country": ("Country", "Страна"),
    "note": ("Note", "Заметка"),
    "status": ("Status", "Состояние"),
    "period": ("Period", "Период"),
    "pricelist": ("Tariff", "Тариф"),
}
UNSET = ("-- none --", "-- нет --")


def pick(texts: tuple[str, str], lang: str) -> str:
    """Choose one of the two languages."""
    return texts[lang == "ru"]


def label(func: str, name: str, lang: str) -> str:
    """Return the label of a column or a field."""
    texts = _LABELS.get((func, name)) or _COMMON.get(name)
    return pick(texts, lang) if texts else name.replace("_", " ").capitalize()


def gone(error: NotFoundError, way: str, lang: str, stack: Stack) -> ErrorReply:
    """Return the refusal for a missing object: as a type, as a text, or in a message alone."""
    if way in {"missed", "value"}:
        return failure(PanelError(way, error.subject, error.value), lang, stack)
    text = failure(PanelError("missed", error.subject, error.value), lang, stack).message
    return ErrorReply("", "", message=text, lang=lang, wordy=way == "message")


def failure(error: PanelError, lang: str, stack: Stack) -> ErrorReply:
    """Put an error into words."""
    if error.sort == "busy":
        text = "Request in process, please wait" if lang == "en" else "Запрос уже выполняется"
        return ErrorReply("", "", message=text, lang=lang)
    group = pick(_ERRORS[error.sort], lang)
    name = label("", error.subject, lang) if error.subject else ""
    params = (
        Node("param", error.subject, (("name", "object"), ("type", "msg"), ("msg", name))),
        *((Node("param", error.value, (("name", "value"),)),) if error.value else ()),
    )
    message = group.replace("__object__", name).replace("__value__", error.value)
    return ErrorReply(
        sort=error.sort,
        subject=error.subject,
        params=params if error.subject else (),
        group=group,
        message=message,
        lang=lang,
        stack=stack,
    )
