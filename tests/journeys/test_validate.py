"""What can be known without a panel is told without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.journeys.conftest import Project

WRONG = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: ann..lee@acme.example
  note: "ours [git:shop/acme]"
  services:
    - name: acme-web
      type: vhost
      tariff: Web Start
      domain: acme.example:8080
      ip: 300.1.1.1
      addons:
        sok: ok
        Disk,CPU: 1
  currencyRates:
    - {name: acme-rate, base: EUR, relate: EUR, rate: 1, date: 2026-02-30}
"""


def test_what_no_panel_could_take_is_told_by_validate_and_by_plan(project: Project) -> None:
    """Every place at once, the same from both, and the panel is not asked."""
    project.write("manifests/acme.yaml", WRONG)

    offline = project.run("validate", "--json", code=3).document["findings"]
    planned = project.run("plan", "--json", code=3).document["error"]["findings"]

    assert [(each["source"]["line"], each["source"]["column"]) for each in offline] == [
        *((5, 10), (6, 9), (11, 15), (12, 11), (14, 14), (15, 19), (17, 44), (17, 64)),
    ]
    assert {each["severity"] for each in offline} == {"error"}
    assert planned == offline
    assert project.asked() == []


def test_what_a_new_object_needs_is_told_offline_and_blocks_its_creation(project: Project) -> None:
    """Offline it may live for all we know; once the panel was asked it is known to be missing."""
    project.edit("manifests/june.yaml", "  percentage: 15\n", "")

    offline = project.run("validate").out
    planned = project.run("plan").out

    assert "manifests/june.yaml:1:1: warning[needed-at-creation]" in offline
    assert "Discount/globex-june" in planned
    assert "none can be made without percentage: declare it" in " ".join(planned.split())
    assert "1 blocked" in planned
