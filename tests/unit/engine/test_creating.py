"""Panels on which discounts are made by another function than the one that edits them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pytest

from reconciler.sandbox import Sandbox
from reconciler.sandbox.install import Install
from tests.support.project import Project

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: billing@acme.example
  discounts:
    - {name: one, percentage: 10}
    - {name: two, percentage: 20, appliesTo: Order, type: Percentage discount, periods: [1, 3]}
"""


@pytest.mark.parametrize("key", ["number", "text"])
@pytest.mark.parametrize("way", ["edit", "add", "steps"])
def test_discount_is_made_by_the_function_that_makes_it(
    tmp_path: Path, way: Literal["edit", "add", "steps"], key: Literal["number", "text"]
) -> None:
    """It is asked which; a form that comes back is the next step; none is made twice."""
    install = replace(Install(), discount_create=way, discount_key=key)
    with Sandbox(lag=timedelta(0), install=install) as sandbox:
        project = Project(tmp_path, sandbox)
        project.write(CLIENT)

        results = project.apply()
        assert set(results.values()) == {"verified"}, [o.message for o in project.outcomes]
        assert project.plan().empty
        project.write(CLIENT.replace("20", "25"))
        assert project.apply() == {"Discount/two": "verified"}
        project.write(CLIENT[: CLIENT.index("    - {name: two")])
        assert set(project.apply().values()) == {"verified"}
        assert project.plan().empty
