"""Edits of one text: what is written, what stays, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import ManifestsError
from reconciler.manifest.edit.edit import ManifestEdit, edit_manifest
from reconciler.model.address import Address, parse_address
from reconciler.model.finding import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

CLIENT = """\
# yaml-language-server: $schema=../schemas/manifest.schema.json
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  # where bills go
  email: 'billing@acme.example'   # agreed in May
  name: Acme
  groups: [Partners, "Agencies"]
  discounts:
    # for ten years
    - name: loyal
      percentage: 10  # per cent
      # reviewed each year

    # for the spring
    - {name: spring, percentage: 5}
  taxRules: []  # none
"""
DISCOUNT = """\
apiVersion: reconciler/v1
kind: Discount
metadata: {name: summer}
spec: {client: acme, percentage: 20}
"""


def edit(address: str, line: int, column: int = 1, **changes: Any) -> ManifestEdit:
    """Return an edit of the resource that begins at a place."""
    return ManifestEdit(parse_address(address), Source("a.yaml", line, column), **changes)


def changed(text: str, edits: Sequence[ManifestEdit]) -> tuple[str, str]:
    """Return the lines that an edit took out of a text, and those that it put in."""
    before, after = text.splitlines(), edit_manifest(text, "a.yaml", edits).splitlines()
    while before and after and before[0] == after[0]:
        del before[0], after[0]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return dedent("\n".join(before)), dedent("\n".join(after))


@pytest.mark.parametrize(
    ("values", "before", "after"),
    [
        ({"name": "Acme GmbH"}, "name: Acme", "name: Acme GmbH"),
        (
            {"email": "pay@acme.example"},
            "email: 'billing@acme.example'   # agreed in May",
            "email: 'pay@acme.example'   # agreed in May",
        ),
        (
            {"groups": ["Agencies", "New"]},
            'groups: [Partners, "Agencies"]',
            'groups: ["Agencies", New]',
        ),
        ({"name": "a\nb"}, "name: Acme", 'name: "a\\u000ab"'),
        ({"name": None}, "name: Acme", "name: null"),
        ({"name": "2027-01-31"}, "name: Acme", "name: 2027-01-31"),
        ({"since": "2027-01-31"}, "", 'since: "2027-01-31"'),
        ({"groups": []}, 'groups: [Partners, "Agencies"]', "groups: []"),
        ({"language": "English"}, "", "language: English"),
        ({"onCreate.notify": True}, "", "onCreate: {notify: true}"),
    ],
)
def test_value_is_written_in_the_manner_of_the_one_before(
    values: dict[str, Any], before: str, after: str
) -> None:
    """One line changes, and keeps its quotes and its comment; a new field precedes inline lists."""
    assert changed(CLIENT, [edit("Client/acme", 2, values=values)]) == (before, after)


def test_inline_resource_is_edited_where_it_stands() -> None:
    """The items of an inline list are resources, in block style and in flow style."""
    edits = [
        edit("Discount/loyal", 12, 7, values={"percentage": Decimal("12.5"), "priority": 1}),
        edit("Discount/spring", 17, 7, values={"percentage": 6}, removed=("name",)),
    ]

    text = edit_manifest(CLIENT, "a.yaml", edits)

    assert "      percentage: 12.5  # per cent\n      priority: 1\n" in text
    assert "    - {percentage: 6}\n" in text


def test_children_are_added_behind_those_that_are_there() -> None:
    """A list that is empty or missing is made; its items stand as the other ones do."""
    child = {"name": "new", "percentage": 1}
    children = {"discounts": [child], "taxRules": [child], "currencyRates": [child]}

    _, after = changed(CLIENT, [edit("Client/acme", 2, children=children)])

    assert after == dedent(
        """\
            - name: new
              percentage: 1
          taxRules:  # none
            - name: new
              percentage: 1
          currencyRates:
            - name: new
              percentage: 1"""
    )


def test_deleted_item_goes_with_its_own_comments() -> None:
    """What is said of the neighbours stays, and so does the list when it has become empty."""
    loyal = edit("Discount/loyal", 12, 7, deleted=True)
    spring = edit("Discount/spring", 17, 7, deleted=True)

    assert changed(CLIENT, [loyal])[0] == dedent(
        """\
        # for ten years
        - name: loyal
          percentage: 10  # per cent
          # reviewed each year"""
    )
    assert "  discounts: []\n  taxRules: []  # none\n" in edit_manifest(
        CLIENT, "a.yaml", [loyal, spring]
    )


@pytest.mark.parametrize(
    ("text", "address", "line", "left"),
    [
        (f"{CLIENT}---\n{DISCOUNT}", "Discount/summer", 20, CLIENT),
        (f"{DISCOUNT}---\n{CLIENT}", "Discount/summer", 1, f"---\n{CLIENT}"),
        (f"# a\n\n# own\n{DISCOUNT}---\n{CLIENT}", "Discount/summer", 4, "# a\n\n---\n" + CLIENT),
        (f"---\n{DISCOUNT}\n# next\n---\n{CLIENT}", "Discount/summer", 2, f"# next\n---\n{CLIENT}"),
        (f"{CLIENT}---\n{DISCOUNT}".rstrip("\n"), "Discount/summer", 20, CLIENT.rstrip("\n")),
        (DISCOUNT, "Discount/summer", 1, ""),
    ],
)  # fmt: skip
def test_deleted_document_leaves_its_neighbours(
    text: str, address: str, line: int, left: str
) -> None:
    """The document goes with its separator; a file that holds nothing more is empty."""
    assert edit_manifest(text, "a.yaml", [edit(address, line, deleted=True)]) == left


def test_comments_behind_the_end_of_the_last_document_stay() -> None:
    """They are no document's, and outlive an edit as well as the last document."""
    text = f"{CLIENT}---\n{DISCOUNT}# done ...\n...\n# signed off\n"

    edited = edit_manifest(text, "a.yaml", [edit("Discount/summer", 20, values={"percentage": 7})])
    deleted = edit_manifest(text, "a.yaml", [edit("Discount/summer", 20, deleted=True)])

    assert edited == text.replace("percentage: 20", "percentage: 7")
    assert deleted == f"{CLIENT}# done ...\n# signed off\n"


def test_line_breaks_and_the_mark_of_the_encoding_stay() -> None:
    """New lines end as the others do."""
    text = "\ufeff" + CLIENT.replace("\n", "\r\n").rstrip("\r\n")

    after = edit_manifest(text, "a.yaml", [edit("Client/acme", 2, values={"language": "English"})])

    assert after == text.replace("  discounts:", "  language: English\r\n  discounts:")


def test_place_inside_of_a_resource_names_it_as_well() -> None:
    """An overlay is edited at the place of a value in it."""
    assert changed(CLIENT, [edit("Client/acme", 9, 11, values={"name": "B"})])[1] == "name: B"


@pytest.mark.parametrize(
    ("text", "change", "place", "reason"),
    [
        (CLIENT, edit("Client/other", 2, deleted=True), "a.yaml:2:1", "not declared here"),
        (CLIENT, edit("Client/acme", 99, deleted=True), "a.yaml:99:1", "not declared here"),
        ("a: [", edit("Client/acme", 1), "a.yaml:2:1", "not YAML"),
        (
            DISCOUNT.replace("{client: acme, ", "{? client : acme, "),
            edit("Discount/summer", 1, values={"client": "b"}),
            "a.yaml:4:10",
            "write {key: value}",
        ),
        (
            DISCOUNT,
            edit("Discount/summer", 1, values={"percentage.x": 1}),
            "a.yaml:4:34",
            "percentage is no map",
        ),
        (
            DISCOUNT.replace("20", "20, a: [b: c]"),
            edit("Discount/summer", 1, values={"a": [{"b": "d"}]}),
            "a.yaml:4:42",
            "a pair without braces",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_an_error_with_its_place(
    text: str, change: ManifestEdit, place: str, reason: str
) -> None:
    """Nothing is guessed, and nothing is written elsewhere."""
    with pytest.raises(ManifestsError) as caught:
        edit_manifest(text, "a.yaml", [change])

    assert [str(finding.source) for finding in caught.value.findings] == [place]
    assert reason in caught.value.findings[0].message


def test_value_that_no_manifest_may_hold_is_refused() -> None:
    """The new text is read again before anybody writes it."""
    change = ManifestEdit(Address("Client", "acme"), Source("a.yaml", 2, 1), {"name": "a\u202eb"})

    with pytest.raises(ManifestsError, match="unprintable"):
        edit_manifest(CLIENT, "a.yaml", [change])
