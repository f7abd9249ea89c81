"""Where a target is: its schema asks for what loading asks for."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from reconciler.kinds.catalogue import discover
from reconciler.project.schemas import json_schemas
from reconciler.project.spec import ProjectFile

LOCAL = {"method": "mgrctl", "program": "bin/mgrctl"}


@pytest.mark.parametrize(
    ("target", "accepted"),
    [
        ({"url": "https://billing.example.com/billmgr"}, True),
        ({"url": "sandbox:panel.sqlite3"}, True),
        ({"auth": LOCAL}, True),
        ({"auth": {**LOCAL, "su": "ann"}, "url": "https://billing.example.com/billmgr"}, True),
        ({}, False),
        ({"auth": {"username": "ann"}}, False),
        ({"auth": {"method": "authinfo", "username": "ann"}}, False),
    ],
)
def test_address_is_needed_unless_a_program_is_asked(
    target: dict[str, Any], *, accepted: bool
) -> None:
    """By the schema that editors check by, and by the loader."""
    document = {
        "apiVersion": "reconciler/v1",
        "kind": "Project",
        "metadata": {"name": "billing"},
        "spec": {"targets": {"prod": target}},
    }
    schema = json_schemas(discover())["project.schema.json"]

    assert jsonschema.Draft202012Validator(schema).is_valid(document) is accepted
    if accepted:
        ProjectFile.model_validate(document)
    else:
        with pytest.raises(ValidationError):
            ProjectFile.model_validate(document)
