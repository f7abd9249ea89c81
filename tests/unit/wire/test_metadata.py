"""What the panel's own description says of lists and forms."""

from __future__ import annotations

from reconciler.wire.formats.decode import decode
from reconciler.wire.replies.list import parse_list
from reconciler.wire.replies.replies import parse_form
from tests.support.panel_replies import DEVEL_LIST, LIST, xml

DEVEL_FORM = xml(
    '<metadata type="form"><form><page name="main"><field name="email"><input name="email"/>'
    '</field><field name="passwd"><input type="password" name="passwd"/></field></page></form>'
    "</metadata><email>a@b.example</email><passwd>*****</passwd>",
    "account.edit",
)


def test_list_tells_its_columns_and_what_its_toolbar_offers() -> None:
    """Both are known only where the panel describes the list."""
    devel = parse_list(decode(DEVEL_LIST, "devel"), "client")
    plain = parse_list(decode(LIST, "xml"), "client")

    assert devel.columns == {"number"}
    assert devel.offered == {"client.add"}
    assert not plain.columns | plain.offered


def test_form_tells_inputs_whose_values_are_hidden() -> None:
    """A masked value is unknown, and its field is known all the same."""
    form = parse_form(decode(DEVEL_FORM, "devel"), "account.edit")

    assert form.inputs == {"email", "passwd"}
    assert form.values == {"email": "a@b.example"}
