"""The answers of a recording as JSON, and back.

Invariant: the order of answers does not depend on that of reading; the order of options is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from reconciler.documents.call import part_documents
from reconciler.model.number import UNPROVED, NumberShape
from reconciler.wire.recording import Question, RecordedRefusal, Recording
from reconciler.wire.reply import CodedOptions, Form, Identity, ReplyPart, Row, TypeLists

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.documents.answers import (
        AnsweredForm,
        AnsweredIdentity,
        AnsweredList,
        AnsweredTypeLists,
        AnswersDocument,
        RecordedForm,
        RecordedRow,
        RefusedDocument,
        SharedMap,
    )
    from reconciler.documents.call import PartDocument
    from reconciler.wire.reply import Options

Sent = TypeVar("Sent")


def answers_document(recording: Recording) -> AnswersDocument:
    """Return all answers as JSON, in one order."""
    shared = _SharedMaps()
    forms = [_form(question, found, shared) for question, found in _sorted(recording.forms)]
    return {
        "identities": [_identity(su, found) for su, found in sorted(recording.identities.items())],
        "typeLists": [
            _type_lists(func, su, found)
            for (func, su), found in sorted(recording.type_lists.items())
        ],
        "lists": [_list(question, found) for question, found in _sorted(recording.lists)],
        "forms": forms,
        "maps": shared.maps,
    }


def read_answers(document: AnswersDocument) -> Recording:
    """Return the answers of a document. Raises: IndexError for a map that is not there."""
    maps = [_as_map(each) for each in document["maps"]]
    return Recording(
        {each["su"]: _as_identity(each) for each in document["identities"]},
        {(each["func"], each["su"]): _as_type_lists(each) for each in document["typeLists"]},
        {_question(each): _as_list(each) for each in document["lists"]},
        {
            _question(each)._replace(labels=each["labels"]): _as_form(each, maps)
            for each in document["forms"]
        },
    )


class _SharedMaps:
    """The maps that forms share, each once, in the order of their first use."""

    def __init__(self) -> None:
        self.maps: list[SharedMap] = []
        self._places: dict[tuple[tuple[tuple[str, str], ...], ...], int] = {}

    def place(self, options: Options) -> int:
        codes = options.codes if isinstance(options, CodedOptions) else {}
        key = (tuple(options.items()), tuple(sorted(codes.items())))
        if key not in self._places:
            self._places[key] = len(self.maps)
            shared: SharedMap = {"texts": list(options.items())}
            if isinstance(options, CodedOptions):
                shared["codes"] = dict(codes)
            self.maps.append(shared)
        return self._places[key]


def _sorted(answers: Mapping[Question, Sent]) -> list[tuple[Question, Sent]]:
    return sorted(answers.items(), key=lambda item: item[0])


def _identity(su: str, found: Identity | RecordedRefusal) -> AnsweredIdentity:
    if isinstance(found, RecordedRefusal):
        return {"su": su, "refused": _refused(found)}
    return {
        "su": su,
        "identity": {
            "name": found.name,
            "level": found.level,
            "email": found.email,
            "id": found.id,
            "version": found.version,
        },
    }


def _type_lists(func: str, su: str, found: TypeLists | RecordedRefusal) -> AnsweredTypeLists:
    if isinstance(found, RecordedRefusal):
        return {"func": func, "su": su, "refused": _refused(found)}
    return {"func": func, "su": su, "others": list(found.others), "certain": found.certain}


def _list(question: Question, found: tuple[Row, ...] | RecordedRefusal) -> AnsweredList:
    asked: AnsweredList = {"func": question.func, "params": dict(question.params)}
    if isinstance(found, RecordedRefusal):
        return {**asked, "refused": _refused(found)}
    return {**asked, "rows": [_row(row) for row in found]}


def _form(question: Question, found: Form | RecordedRefusal, shared: _SharedMaps) -> AnsweredForm:
    asked: AnsweredForm = {
        "func": question.func,
        "params": dict(question.params),
        "labels": question.labels,
    }
    if isinstance(found, RecordedRefusal):
        return {**asked, "refused": _refused(found)}
    form: RecordedForm = {
        "values": dict(found.values),
        "options": {name: shared.place(menu) for name, menu in found.options.items()},
        "labels": shared.place(found.labels),
    }
    if found.inputs:
        form["inputs"] = sorted(found.inputs)
    if found.controls:
        form["controls"] = dict(found.controls)
    if found.withheld:
        form["withheld"] = sorted(found.withheld)
    if found.lists:
        form["lists"] = {name: [_row(row) for row in rows] for name, rows in found.lists.items()}
    if found.parts:
        form["parts"] = part_documents(found.parts)
    if found.numbers != UNPROVED:
        form["numbers"] = [found.numbers.decimal, found.numbers.thousands]
    return {**asked, "form": form}


def _row(row: Row) -> RecordedRow:
    found: RecordedRow = {"values": dict(row.values)}
    if row.codes:
        found["codes"] = dict(row.codes)
    if row.parts:
        found["parts"] = part_documents(row.parts)
    if row.numbers != UNPROVED:
        found["numbers"] = [row.numbers.decimal, row.numbers.thousands]
    return found


def _refused(refusal: RecordedRefusal) -> RefusedDocument:
    return {
        "sort": refusal.sort,
        "message": refusal.message,
        "code": refusal.code,
        "object": refusal.object,
    }


def _question(asked: AnsweredList | AnsweredForm) -> Question:
    return Question(asked["func"], tuple(sorted(asked["params"].items())))


def _as_refusal(raw: RefusedDocument) -> RecordedRefusal:
    return RecordedRefusal(raw["sort"], raw["message"], raw["code"], raw["object"])


def _as_identity(raw: AnsweredIdentity) -> Identity | RecordedRefusal:
    return _as_refusal(raw["refused"]) if "refused" in raw else Identity(**raw["identity"])


def _as_type_lists(raw: AnsweredTypeLists) -> TypeLists | RecordedRefusal:
    if "refused" in raw:
        return _as_refusal(raw["refused"])
    return TypeLists(tuple(raw["others"]), raw["certain"])


def _as_list(raw: AnsweredList) -> tuple[Row, ...] | RecordedRefusal:
    return _as_refusal(raw["refused"]) if "refused" in raw else _as_rows(raw["rows"])


def _as_form(raw: AnsweredForm, maps: Sequence[Options]) -> Form | RecordedRefusal:
    if "refused" in raw:
        return _as_refusal(raw["refused"])
    form = raw["form"]
    return Form(
        form["values"],
        {name: maps[place] for name, place in form["options"].items()},
        maps[form["labels"]],
        frozenset(form.get("inputs", ())),
        form.get("controls", {}),
        frozenset(form.get("withheld", ())),
        {name: _as_rows(rows) for name, rows in form.get("lists", {}).items()},
        tuple(map(_as_part, form.get("parts", ()))),
        _as_numbers(form.get("numbers")),
    )


def _as_rows(raw: Iterable[RecordedRow]) -> tuple[Row, ...]:
    return tuple(
        Row(
            each["values"],
            each.get("codes", {}),
            tuple(map(_as_part, each.get("parts", ()))),
            _as_numbers(each.get("numbers")),
        )
        for each in raw
    )


def _as_part(raw: PartDocument) -> ReplyPart:
    return ReplyPart(
        raw["name"], raw["text"], raw["attributes"], tuple(map(_as_part, raw["parts"]))
    )


def _as_numbers(raw: Sequence[str | None] | None) -> NumberShape:
    if raw is None:
        return UNPROVED
    decimal, thousands = raw
    return NumberShape(decimal or "", thousands)


def _as_map(raw: SharedMap) -> Options:
    texts = dict(raw["texts"])
    return CodedOptions(texts, raw["codes"]) if "codes" in raw else texts
