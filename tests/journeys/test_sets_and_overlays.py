"""One declaration for many clients, and other values for one target, as a user meets them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.command_line import CLIENT

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

HEAD = "apiVersion: reconciler/v1\n"
NAMES = ("acme", "kite", "moon")
CLIENTS = "---\n".join(
    f"{HEAD}kind: Client\nmetadata: {{name: {name}, labels: {{segment: agency}}}}\n"
    f"spec:\n  email: {name}@x.example\n  provider: Main provider\n  discounts: []\n"
    for name in NAMES
)
TERMS = f"""\
{HEAD}kind: ResourceSet
metadata: {{name: agency-terms}}
spec:
  clients: {{labels: {{segment: agency}}}}
  resources:
    - kind: Discount
      name: "{{client}}-yearly"
      spec: {{percentage: 10, type: Percentage discount, appliesTo: Renewal, periods: [12]}}
"""
TARGET = "      url: sandbox:.reconciler/sandbox.sqlite3\n"


def declare_terms(project: CommandLineProject) -> None:
    """Declare three agencies, and one set for them."""
    project.write("manifests/clients.yaml", CLIENTS)
    project.write("manifests/sets/terms.yaml", TERMS)


def lay_over(project: CommandLineProject, text: str) -> None:
    """Give the sandbox a folder of overlays."""
    project.edit("reconciler.yaml", TARGET, f"{TARGET}      overlays: [overlays/sandbox]\n")
    project.write("overlays/sandbox/over.yaml", f"{HEAD}{text}")


def addresses(document: dict[str, Any]) -> list[str]:
    """Return what a plan changes."""
    return sorted(each["address"] for each in document["changes"])


def test_changed_set_is_one_line_and_those_that_differ_stand_alone(
    project: CommandLineProject,
) -> None:
    """What is alike is read once; JSON has every change, with the set that it comes from."""
    declare_terms(project)
    made = project.run("plan").out
    assert "  + 3 × Discount of ResourceSet/agency-terms" in made
    project.run("apply", "--yes")
    assert "No changes" in project.run("plan", "--detailed-exitcode").out

    project.edit("manifests/sets/terms.yaml", "percentage: 10", "percentage: 15")
    owned = project.run("inventory", "--json").document["resources"]
    kite = next(each for each in owned if each["address"] == "Discount/kite-yearly")
    project.panel(
        "account.discount.edit", elid=kite["id"], plid=kite["parent"], percentage="12", sok="ok"
    )
    text = project.run("plan", "--out", "plan.json").out
    document = project.run("show", "plan.json", "--format", "json").document

    row, *below = text[text.index("  ~ 2 × Discount") :].splitlines()[:4]
    assert row == "  ~ 2 × Discount of ResourceSet/agency-terms    of 2 clients"
    assert [each.strip() for each in below] == [
        "percentage: 10 → 15",
        "Discount/acme-yearly, Discount/moon-yearly",
        "declared at manifests/sets/terms.yaml:7",
    ]
    assert "  ~ Discount/kite-yearly  (id" in text
    assert "      percentage: 12 → 15\n" in text
    assert "3 to update" in text
    assert [each["set"] for each in document["changes"]] == ["agency-terms"] * 3
    schema = json.loads((project.root / "schemas" / "plan.schema.json").read_text())
    Draft202012Validator(schema).validate(document)
    assert "2 × Discount of ResourceSet/agency-terms" in project.run("show", "plan.json").out


def test_resource_of_a_set_is_selected_by_its_address_and_by_the_labels_of_its_client(
    project: CommandLineProject,
) -> None:
    """A label takes the clients with all that belongs to them."""
    declare_terms(project)

    by_label = project.run("plan", "--json", "-l", "segment=agency").document
    by_name = project.run("plan", "--json", "--only", "Discount/kite-yearly").document

    assert len(addresses(by_label)) == 6
    assert addresses(by_name) == ["Discount/kite-yearly"]


def test_wrong_choice_of_a_set_is_one_error(project: CommandLineProject) -> None:
    """It is one mistake at one place, whatever the number of clients."""
    declare_terms(project)
    project.run("apply", "--yes")  # the form of a client's discounts has the options
    project.edit("manifests/sets/terms.yaml", "Percentage discount", "Percntage discount")

    (error,) = project.run("plan", "--json", code=3).document["error"]["findings"]

    assert error["message"].startswith("Discount/acme-yearly, for Client/acme: type: the panel")
    assert error["message"].endswith("; the same for 2 more of the set")


def test_guards_count_every_resource_of_a_set(project: CommandLineProject) -> None:
    """A set that is deleted takes all of its discounts along, and each is a deletion."""
    declare_terms(project)
    project.edit("reconciler.yaml", "maxDeletes: 10", "maxDeletes: 2")
    project.run("apply", "--yes")
    (project.root / "manifests/sets/terms.yaml").unlink()

    refused = project.run("apply", "--yes", code=4)

    assert "3 deletes are more than maxDeletes (2)" in refused.err


def test_set_counts_as_listed_beside_an_empty_list(project: CommandLineProject) -> None:
    """What a client's own list does not name is not pruned where a set declares it."""
    declare_terms(project)
    project.run("apply", "--yes")

    assert "No changes" in project.run("plan", "--detailed-exitcode").out


def test_target_is_planned_and_applied_with_its_overlays(project: CommandLineProject) -> None:
    """The target that has them gets their values, every other one those of the base."""
    lay_over(project, "kind: Discount\nmetadata: {name: globex-june}\nspec: {percentage: 33}\n")

    here = project.run("plan", "--json").document
    project.run("apply", "--yes")
    drift = project.run("drift").out
    edits = {each["field"]: each["after"] for each in here["changes"][-1]["edits"]}

    assert edits["percentage"] == "33"
    assert "No drift" in drift


def test_every_say_is_explained_in_its_order(project: CommandLineProject) -> None:
    """The base, the overlays, the set below an exception, and what a kind fills in."""
    declare_terms(project)
    lay_over(project, "kind: Discount\nmetadata: {name: kite-yearly}\nspec: {percentage: 33}\n")
    project.edit(
        "manifests/clients.yaml",
        "kite@x.example\n  provider: Main provider\n  discounts: []",
        "kite@x.example\n  provider: Main provider\n"
        "  taxRules: [{name: kite-vat, provider: Main provider, rate: 1}]\n  discounts:\n"
        "    - {name: kite-yearly, percentage: 20, lifecycle: {overrides: agency-terms}}",
    )

    value = project.run("explain", "value", "Discount/kite-yearly.percentage").out
    whole = project.run("explain", "value", "TaxRule/kite-vat").out

    assert [line.split() for line in value.splitlines()[3:]] == [
        ["percentage", "manifests/sets/terms.yaml:9:26", "(ResourceSet/agency-terms)", "10"],
        ["manifests/clients.yaml:17:39", "20"],
        ["overlays/sandbox/over.yaml:4:20", "33", "wins"],
    ]
    assert "productTypes    spec default" in whole


@pytest.mark.parametrize(
    ("asked", "code", "words"),
    [
        ("Client/globx.note", 3, "no manifest declares 'Client/globx.note'; did you mean"),
        ("Client/globex.nte", 64, "Client has no field 'nte'; did you mean 'note'?"),
        ("Client/globex.labels.x.y", 64, "Client has no field 'labels.x.y'"),
        ("globex", 3, "no manifest declares 'globex'"),
    ],
)
def test_unknown_value_names_the_near_one(
    project: CommandLineProject, asked: str, code: int, words: str
) -> None:
    """A misspelt address and a misspelt field are distinguished."""
    assert words in project.run("explain", "value", asked, code=code).err


def _explained(project: CommandLineProject, asked: str) -> list[list[str]]:
    """Return the rows of an explanation, each split at its columns."""
    lines = project.run("explain", "value", asked).out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("FIELD"))
    return [re.split(r" {2,}", line.strip()) for line in lines[start + 1 :]]


EMPTIED = """\
kind: Client
metadata: {name: globex, labels: {tier: gold, area: north}}
lifecycle: {protect: false}
spec: {groups: [], discounts: []}
"""


def test_list_labels_and_lifecycle_are_explained_with_every_say(
    project: CommandLineProject,
) -> None:
    """The overlay that empties a list wins over the file that fills it, as in a field."""
    item = "{name: globex-one, percentage: 5, type: Percentage discount}"
    project.write(
        "manifests/globex.yaml",
        f"{CLIENT}  groups: [Partners]\n  discounts: [{item}]\nlifecycle: {{protect: true}}\n",
    )
    (project.root / "manifests/june.yaml").unlink()
    listed = _explained(project, "Client/globex.discounts")
    assert listed == [["discounts", "manifests/globex.yaml:10:14", "[Discount/globex-one]", "wins"]]
    assert _explained(project, "Discount/globex-one.client") == [
        ["client", "manifests/globex.yaml:10:15", "Client/globex", "wins"]
    ]
    assert _explained(project, "Discount/globex-one.labels") == [
        ["labels.team", "manifests/globex.yaml:5:18", "emea", "wins"]
    ]
    lay_over(project, EMPTIED)

    over = "overlays/sandbox/over.yaml"
    lists = [
        ["groups", "manifests/globex.yaml:9:11", "[Partners]"],
        [f"{over}:5:16", "[]", "wins"],
    ]
    emptied = [
        ["discounts", "manifests/globex.yaml:10:14", "[Discount/globex-one]"],
        [f"{over}:5:31", "[]", "wins"],
    ]
    labels = [
        ["labels.team", "manifests/globex.yaml:5:18", "emea", "wins"],
        ["labels.tier", f"{over}:3:41", "gold", "wins"],
        ["labels.area", f"{over}:3:53", "north", "wins"],
    ]
    life = [
        ["lifecycle.protect", "manifests/globex.yaml:11:22", "true"],
        [f"{over}:4:22", "false", "wins"],
    ]
    assert _explained(project, "Client/globex.groups") == lists
    assert _explained(project, "Client/globex.discounts") == emptied
    assert _explained(project, "Client/globex.labels") == labels
    assert _explained(project, "Client/globex.lifecycle.protect") == life
    by_kind = [["lifecycle.onRemove", "spec default", "keep", "wins"]]
    assert _explained(project, "Client/globex.lifecycle") == [*by_kind, *life]
    assert _explained(project, "Client/globex")[2:] == [*lists, *emptied, *life, *labels]
    gone = project.run("explain", "value", "Discount/globex-one.percentage", code=3).err
    assert f"{over}:5:31 takes Discount/globex-one out of the list of Client/globex" in gone
    assert "needs one resource" in project.run("explain", "value", code=64).err


def test_lifecycle_of_a_set_is_explained(project: CommandLineProject) -> None:
    """It holds for each resource of the set, whose labels are those of its client."""
    declare_terms(project)
    project.edit(
        "manifests/sets/terms.yaml", "      spec:", "      lifecycle: {onRemove: keep}\n      spec:"
    )

    (life,) = _explained(project, "Discount/kite-yearly.lifecycle.onRemove")

    assert life[0] == "lifecycle.onRemove"
    assert life[1].startswith("manifests/sets/terms.yaml:")
    assert life[2:] == ["keep", "wins"]
    assert _explained(project, "Discount/kite-yearly.labels") == _explained(
        project, "Client/kite.labels"
    )


def test_value_that_no_manifest_sets_is_not_managed(project: CommandLineProject) -> None:
    """The question is answered, though no overlay changes it."""
    assert "not managed" in project.run("explain", "value", "Client/globex.note").out


def test_validate_checks_the_overlays_of_all_targets_or_of_one(
    project: CommandLineProject,
) -> None:
    """A mistake is reported once, in the overlay's file, whichever targets share it."""
    project.edit("reconciler.yaml", "      # overlays: ", "      overlays: ")
    lay_over(project, "kind: Client\nmetadata: {name: globex}\nspec: {note: x}\n")
    project.write(
        "overlays/prod/over.yaml",
        f"{HEAD}kind: Client\nmetadata: {{name: globx}}\nspec: {{a: 1}}\n",
    )

    every = project.run("validate", "--json", code=3).document
    one = project.run("validate", "--target", "sandbox", "--json").document
    path = project.run("validate", "overlays/sandbox", "--json").document

    assert [each["source"]["file"] for each in every["findings"]] == ["overlays/prod/over.yaml"]
    assert one["findings"] == path["findings"] == []
    assert one["resources"] == 2
    project.run("validate", "--target", "nowhere", code=64)


def test_drift_of_a_sets_resource_is_not_accepted_into_the_set(
    project: CommandLineProject,
) -> None:
    """The set holds for all of its clients; what one of them has is declared beside it."""
    declare_terms(project)
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    kite = next(each for each in owned if each["address"] == "Discount/kite-yearly")
    moon = next(each for each in owned if each["address"] == "Discount/moon-yearly")
    by_hand = {"plid": kite["parent"], "elid": kite["id"], "sok": "ok"}
    project.panel("account.discount.edit", percentage="12", **by_hand)
    project.panel("account.discount.delete", plid=moon["parent"], elid=moon["id"])

    terms = (project.root / "manifests/sets/terms.yaml").read_bytes()

    reported = project.run("drift", "--accept", "--yes", code=2).out

    declared = "declared by ResourceSet/agency-terms (manifests/sets/terms.yaml:7)"
    alone = "declare it alone, with `lifecycle: {overrides: agency-terms}`\n"
    kept = "not accepted: Discount/kite-yearly: percentage: "
    assert f"{kept}{declared} for all of its clients; {alone}" in reported
    assert (project.root / "manifests/sets/terms.yaml").read_bytes() == terms
    assert "to leave this one out, add moon to `except`" in reported


def test_drift_of_a_value_of_an_overlay_is_accepted_there(project: CommandLineProject) -> None:
    """A value is changed where it stands."""
    lay_over(project, "kind: Discount\nmetadata: {name: globex-june}\nspec: {percentage: 33}\n")
    project.run("apply", "--yes")
    owned = project.run("inventory", "--json").document["resources"]
    june = next(each for each in owned if each["address"] == "Discount/globex-june")
    by_hand = {"plid": june["parent"], "elid": june["id"], "sok": "ok"}
    project.panel("account.discount.edit", percentage="12", **by_hand)

    reported = project.run("drift", "--accept", "--yes").out

    assert "-spec: {percentage: 33}\n+spec: {percentage: 12}\n" in reported
    assert "overlays/sandbox/over.yaml: written\n" in reported
    project.run("drift")


def test_renamed_resource_of_a_set_is_one_line_whose_remedy_works_for_all_clients(
    project: CommandLineProject,
) -> None:
    """The name of one client in a set would claim one object for every client."""
    declare_terms(project)
    project.run("apply", "--yes")
    project.edit("manifests/sets/terms.yaml", "{client}-yearly", "{client}-annual")

    blocked = project.run("plan")
    line = 'lifecycle: {movedFrom: "{client}-yearly"}'
    assert "  x 3 × Discount of ResourceSet/agency-terms" in blocked.out
    assert f"add `{line}` to this Discount of ResourceSet/agency-terms" in blocked.out
    assert "3 blocked" in blocked.out
    assert blocked.out.count("is blocked: ") == 1

    project.edit("manifests/sets/terms.yaml", "      spec: ", f"      {line}\n      spec: ")
    renamed = project.run("plan")
    assert "  ~ 3 × Discount of ResourceSet/agency-terms" in renamed.out
    assert "marker: takes the new name" in renamed.out
    notes = f"{renamed.out}{renamed.err}"
    assert notes.count("[renamed]") == 1
    assert "(and 2 more of ResourceSet/agency-terms)" in notes
    assert len(project.run("plan", "--json").document["findings"]) == 3
    project.run("apply", "--yes")
    assert "No changes" in project.run("plan", "--detailed-exitcode").out


def test_former_name_without_the_client_is_declared_beside_the_set(
    project: CommandLineProject,
) -> None:
    """No pattern of the set leads to such a name; the document that is proposed does."""
    declare_terms(project)
    own = f"{HEAD}kind: Discount\nmetadata: {{name: old}}\nspec: {{client: kite, percentage: 10, "
    own += "type: Percentage discount, appliesTo: Renewal, periods: [12]}\n"
    project.write("manifests/own.yaml", own)
    project.edit(
        "manifests/sets/terms.yaml", "segment: agency}", "segment: agency}, except: [kite]"
    )
    project.run("apply", "--yes")
    (project.root / "manifests/own.yaml").unlink()
    project.edit("manifests/sets/terms.yaml", ", except: [kite]", "")

    life = "lifecycle: {movedFrom: old, overrides: agency-terms}"
    told = project.run("plan").out
    assert f"declare Discount/kite-yearly in a document of its own, with `{life}`" in told

    moved = own.replace("name: old}", f"name: kite-yearly}}\n{life}")
    project.write("manifests/own.yaml", moved)
    project.run("apply", "--yes")
    assert "No changes" in project.run("plan", "--detailed-exitcode").out
    assert len(project.run("inventory", "--json").document["resources"]) == 8


def test_error_that_only_one_target_has_names_it(project: CommandLineProject) -> None:
    """An overlay that one target shares with others may lie over nothing there."""
    declare_terms(project)
    lay_over(project, "kind: Discount\nmetadata: {name: acme-yearly}\nspec: {percentage: 5}\n")
    project.write(
        "overlays/prod/over.yaml",
        f"{HEAD}kind: Client\nmetadata: {{name: acme, labels: {{segment: shop}}}}\n",
    )
    prod = "overlays: [overlays/prod, overlays/sandbox]"
    project.edit("reconciler.yaml", "# overlays: [overlays/prod]", prod)

    checked = project.run("validate", code=3)
    assert "[overlay-unmatched]: Discount/acme-yearly: no manifest" in checked.out
    assert "(target prod)\n" in checked.out
    assert "(target" not in project.run("validate", "--target", "prod", code=3).out


def test_arguments_may_follow_an_option(project: CommandLineProject) -> None:
    """Options of every command stand before or after what is asked for."""
    declare_terms(project)
    asked = ("explain", "value", "--target", "sandbox", "Discount/acme-yearly.percentage")
    assert "10" in project.run(*asked).out
    paths = ("manifests/clients.yaml", "--json", "manifests/sets")
    assert project.run("validate", *paths).document["resources"] == 6
    assert "there is no option --bogus" in project.run("validate", "a", "--bogus", code=64).err
