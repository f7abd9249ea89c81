"""What the panel holds becomes manifests, again and again, and a plan of them is empty."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from reconciler.sandbox import PASSPHRASE
from tests.support.installs import INSTALLATIONS, SPEAKS, file_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.command_line import CommandLineProject


@pytest.fixture
def seeded(project: CommandLineProject) -> CommandLineProject:
    """A project without manifests, on a panel with some clients."""
    shutil.rmtree(project.root / "manifests")
    project.run("sandbox", "seed", "--clients", "8")
    return project


def texts(project: CommandLineProject) -> dict[str, str]:
    """Return every manifest by its path."""
    folder = project.root / "manifests"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.yaml"))
    }


def by_hand(project: CommandLineProject, sql: str, *values: str) -> None:
    """Change something in the panel's database."""
    with closing(sqlite3.connect(project.database)) as panel, panel:
        panel.execute(sql, values)


def test_exported_panel_is_adopted_without_an_edit(seeded: CommandLineProject) -> None:
    """Export, validate, plan, apply: nothing is sent, and afterwards nothing is to be done."""
    told = seeded.run("export", "--json").document

    seeded.run("validate")
    plan = seeded.run("plan", "--json").document
    seeded.run("apply", "--yes")

    assert told["clients"] == 8
    assert told["failures"] == told["omitted"] == told["missing"] == []
    assert {change["action"] for change in plan["changes"]} == {"adopt"}
    assert [edit for change in plan["changes"] for edit in change["edits"]] == []
    assert seeded.writes() == []
    seeded.run("plan", "--detailed-exitcode")
    seeded.run("drift")


def test_second_export_changes_no_byte(seeded: CommandLineProject) -> None:
    """What is declared as it lives is left alone, before an apply and after it."""
    seeded.run("export")
    first = texts(seeded)

    seeded.run("export")
    seeded.run("apply", "--yes")
    told = seeded.run("export", "--json").document

    assert texts(seeded) == first
    assert told["files"] == []


def test_export_asks_little_beyond_what_nobody_can_do_without(seeded: CommandLineProject) -> None:
    """No question is asked twice, in a first export and in one that compares and proves."""
    seeded.run("sandbox", "seed", "--clients", "20")
    for _ in range(2):
        before = len(seeded.asked())
        told = seeded.run("export", "--json").document
        asked = [(each.func, str(each.params)) for each in seeded.asked()[before:]]
        seeded.run("apply", "--yes")
        # For each client: who we are as that client, its form, two side lists and seven lists.
        floor = 1 + 11 * told["clients"] + told["objects"] - told["clients"]

        assert told["clients"] == 20
        assert len(set(asked)) == len(asked)
        # Whatever the size: sign in, who we are, two menus, the forms of five new objects, three
        # lists of services that no manifest declares.
        assert len(asked) - 12 <= 1.05 * floor
        assert told["requests"] <= len(asked)


def test_services_that_no_manifest_declares_are_counted_and_named(
    seeded: CommandLineProject,
) -> None:
    """A domain is left out with its id, and what a list of one client asks for is not."""
    by_hand(seeded, "UPDATE item SET itemtype = 'domain' WHERE id = (SELECT MIN(id) FROM item)")

    text = seeded.run("export").out
    told = seeded.run("export", "--json").document
    email = min(texts(seeded).values()).split("email: ")[1].split()[0]
    one = seeded.run("export", "--client", email, "--json").document

    assert "left out of Service: 1\n" in text
    assert told["omittedByKind"] == {"Service": 1}
    assert "type domain, which no manifest declares" in told["omitted"][0]["reason"]
    assert told["omitted"][0]["client"].endswith("@example.com")
    assert told["failures"] == one["omitted"] == []
    assert seeded.writes() == []


def test_change_in_the_panel_is_accepted_in_its_place(seeded: CommandLineProject) -> None:
    """A value is edited where it stands, a new object is listed, comments and names stay."""
    seeded.run("export")
    seeded.run("apply", "--yes")
    name, text = next((n, t) for n, t in texts(seeded).items() if "percentage:" in t)
    before = text.replace("percentage:", "percentage: # agreed with Ann\n       ")
    seeded.write(f"manifests/{name}", before.replace("spec:", "# ours\nspec:", 1))
    email = text.split("email: ")[1].split()[0]
    by_hand(seeded, "UPDATE account SET realname = 'Ann \"Ä\" #1' WHERE email = ?", email)
    by_hand(
        seeded,
        "INSERT INTO discount (idname, account, percentage, type, actiontype, period, priority,"
        " fromdate, todate, note) SELECT 900, a.id, '3.00', d.type, d.actiontype, '', '0',"
        " '2026-01-01', '', 'new' FROM account a, discount d WHERE a.email = ? LIMIT 1",
        email,
    )

    seeded.run("export")
    after = texts(seeded)[name]

    assert "# ours\nspec:" in after
    assert "# agreed with Ann" in after
    assert 'realName: "Ann \\"Ä\\" #1"' in after
    assert "percentage: 3" in after
    plan = seeded.run("plan", "--json").document
    assert [change["action"] for change in plan["changes"]] == ["adopt"]
    assert plan["changes"][0]["edits"] == []


def test_vanished_object_is_reported_and_stays_declared(seeded: CommandLineProject) -> None:
    """What the panel no longer holds is named, never taken out of the manifests."""
    seeded.run("export")
    seeded.run("apply", "--yes")
    first = texts(seeded)
    by_hand(seeded, "DELETE FROM discount")

    told = seeded.run("export", "--json").document

    assert told["missing"]
    assert all(address.startswith("Discount/") for address in told["missing"])
    assert texts(seeded) == first


def test_client_whose_email_was_changed_keeps_its_manifest(seeded: CommandLineProject) -> None:
    """The inventory knows which client it is: one line is edited, and nothing declared twice."""
    seeded.run("export")
    seeded.run("apply", "--yes")
    first = texts(seeded)
    email = min(first.values()).split("email: ")[1].split()[0]
    by_hand(seeded, "UPDATE account SET email = 'new@x.example' WHERE email = ?", email)
    by_hand(seeded, "UPDATE user SET login = 'new@x.example' WHERE login = ?", email)

    told = seeded.run("export", "--json").document

    assert told["missing"] == told["failures"] == []
    assert texts(seeded) == {
        name: text.replace(f"email: {email}", "email: new@x.example")
        for name, text in first.items()
    }
    seeded.run("plan", "--detailed-exitcode")


def test_client_that_got_the_id_of_another_gets_no_manifest_of_his(
    seeded: CommandLineProject,
) -> None:
    """An id alone proves nothing: the manifest stays as it is, and a person is asked."""
    seeded.run("export")
    seeded.run("apply", "--yes")
    first = texts(seeded)
    file, text = min(first.items(), key=lambda each: each[1])
    email = text.split("email: ")[1].split()[0]
    by_hand(seeded, "UPDATE account SET name = 'Somebody Else' WHERE email = ?", email)
    by_hand(seeded, "UPDATE account SET email = 'other@x.example' WHERE email = ?", email)
    by_hand(seeded, "UPDATE user SET login = 'other@x.example' WHERE login = ?", email)

    told = seeded.run("export", "--json", code=6).document

    name = file.removeprefix("clients/").removesuffix(".yaml")
    assert told["missing"] == [f"Client/{name}"]
    assert f"is managed as Client/{name}: if this is its new name" in told["failures"][0]["reason"]
    assert texts(seeded)[file] == text
    made = [each for path, each in texts(seeded).items() if path not in first]
    assert ["email: other@x.example" in each for each in made] == [True]
    seeded.run("validate")


def test_two_clients_of_one_name_are_told_apart_by_their_emails(
    seeded: CommandLineProject,
) -> None:
    """Names are in Latin letters, the same whatever the order, and numbers are the last resort."""
    by_hand(seeded, "UPDATE account SET name = 'ООО «Ёлка»' WHERE id IN (3, 4)")
    by_hand(seeded, "UPDATE account SET name = 'Щукин и сыновья' WHERE id = 5")
    by_hand(seeded, "UPDATE account SET name = '' WHERE id = 6")

    seeded.run("export")

    names = {name.removeprefix("clients/").removesuffix(".yaml") for name in texts(seeded)}
    emails = {name for name in names if name.startswith("ooo-elka-")}
    assert len(emails) == 2
    assert "shchukin-i-synovya" in names
    assert any(name.endswith("example-com") for name in names - emails)


def test_objects_alike_in_every_field_are_told_apart_by_their_ids(
    seeded: CommandLineProject,
) -> None:
    """Two discounts and two tax rules that nothing tells apart are all adopted."""
    for number in ("901", "902"):
        by_hand(
            seeded,
            "INSERT INTO discount (idname, account, percentage, type, actiontype, period,"
            " priority, fromdate, todate, note) SELECT ?, 3, '7.00', d.key, a.key, '', '0',"
            " '2026-01-01', '', '' FROM choice d, choice a WHERE d.list = 'discount_type' AND"
            " a.list = 'discount_action' LIMIT 1",
            number,
        )
        by_hand(
            seeded,
            "INSERT INTO taxrule (account, project, taxrate, specialitemtype, itemtype)"
            " SELECT 3, MIN(id), ?, 'off', '' FROM project",
            f"{number[-1]}.00",
        )

    seeded.run("export")

    assert sum(text.count("adopt: {id:") for text in texts(seeded).values()) >= 4
    seeded.run("apply", "--yes")
    assert seeded.writes() == []
    seeded.run("plan", "--detailed-exitcode")


# Where a session asks for a code, the target signs in without one.
AUTH = "auth: {method: authinfo, username: admin, password: {env: PANEL_PASSWORD}}"
SIGNED_IN = {"guarded": (AUTH,)}
MINE = """\
apiVersion: reconciler/v1
kind: Client
metadata: {name: mine}
spec: {email: m@x.example}
"""
HOSTILE = (
    "---\na: b\n...",
    "{client} and ${{ secrets.X }}",
    "\U0001f600 👨\u200d👩\u200d👧 ok",
    "שלום עולם",
    "- x\n- y: [1, 2\n# no comment",
    "::error::x",
    "##[group]x",
    "'\"\\ \\n `tick` %YAML",
    "null",
    "2026-01-01",
    "0x10",
    "\n".join(f"line {number}" for number in range(10_000))[:65_000],
)


@pytest.mark.parametrize("note", HOSTILE)
def test_hostile_note_comes_back_as_it_is(seeded: CommandLineProject, note: str) -> None:
    """Whatever prints is written so that loading gives it back."""
    by_hand(seeded, "UPDATE account SET note = ?, realname = ?", note, note.splitlines()[0])

    seeded.run("export")
    seeded.run("apply", "--yes")

    assert seeded.writes() == []
    seeded.run("plan", "--detailed-exitcode")


@pytest.mark.parametrize("note", ["a\u202eb", "c\x85d", "[git:shop/x] mine", "x\u2028y"])
def test_note_that_no_manifest_may_hold_is_named_with_its_client(
    seeded: CommandLineProject, note: str
) -> None:
    """The rest of the client is written all the same."""
    by_hand(seeded, "UPDATE account SET note = ? WHERE id = 3", note)

    told = seeded.run("export", "--json").document

    [omitted] = told["omitted"]
    assert (omitted["kind"], omitted["id"], omitted["field"]) == ("Client", "3", "note")
    assert "@example.com" in omitted["client"]
    seeded.run("apply", "--yes")
    assert seeded.writes() == []


def test_object_of_another_project_is_left_out_with_its_list(seeded: CommandLineProject) -> None:
    """A list that cannot be said whole is not written inline, or the rest would be deleted."""
    by_hand(seeded, "UPDATE discount SET note = 'x [git:other/y]' WHERE account = 3")
    by_hand(
        seeded,
        "INSERT INTO discount (idname, account, percentage, type, actiontype, period, priority,"
        " fromdate, todate, note) SELECT idname + 900, 3, '1.00', type, actiontype, '', '0',"
        " '2026-01-01', '', '[git:other/z]' FROM discount LIMIT 1",
    )

    told = seeded.run("export", "--json").document
    plan = seeded.run("plan", "--json").document

    assert {each["kind"] for each in told["omitted"]} == {"Discount"}
    assert {change["action"] for change in plan["changes"]} == {"adopt"}


def test_folder_for_each_kind_holds_documents_of_their_own(seeded: CommandLineProject) -> None:
    """Discounts and services get our marker at the first apply, and nothing else is sent."""
    seeded.run("export", "--layout", "kind")

    folders = {name.partition("/")[0] for name in texts(seeded)}
    seeded.run("apply", "--yes")

    assert {"clients", "client-accounts", "discounts", "services"} <= folders
    assert {func.split(".")[-1] for func in seeded.writes()} == {"edit"}
    seeded.run("plan", "--detailed-exitcode")
    first = texts(seeded)
    seeded.run("export", "--layout", "kind")
    assert texts(seeded) == first


def test_client_too_large_for_one_manifest_is_written_in_further_files(
    seeded: CommandLineProject,
) -> None:
    """Its largest list stands in documents of their own, and the other clients are as ever."""
    for number in range(36):
        by_hand(
            seeded,
            "INSERT INTO discount (idname, account, percentage, type, actiontype, period, priority,"
            " fromdate, todate, note) SELECT ?, 3, '1.00', type, actiontype, '', '0',"
            " '2026-01-01', '', ? FROM discount LIMIT 1",
            *(str(9000 + number), f"{number} {'x' * 60_000}"),
        )

    told = seeded.run("export", "--json").document
    first = texts(seeded)
    apart = sorted(name for name in first if name.startswith("discounts/"))
    again = seeded.run("export", "--json").document

    (own,) = told["apart"]
    assert own["kinds"] == ["Discount"]
    assert (told["failures"], again["files"], again["apart"]) == ([], [], [])
    assert [name.removesuffix(".yaml")[-2:] for name in apart[:2]] == ["-2", "-3"]
    assert len(apart) == 3
    assert max(len(text.encode()) for text in first.values()) <= 1 << 20
    assert texts(seeded) == first
    seeded.run("validate")
    seeded.run("apply", "--yes")
    seeded.run("plan", "--detailed-exitcode")
    shutil.rmtree(seeded.root / "manifests")
    assert f"  {own['client']}: a manifest has at most 1 MiB" in seeded.run("export").out


def test_printed_export_writes_no_file(seeded: CommandLineProject) -> None:
    """One stream of documents stands on standard output."""
    printed = seeded.run("export", "--stdout").out

    assert printed.count("kind: Client\n") == 8
    assert not (seeded.root / "manifests").exists()


def test_unknown_kind_is_a_wrong_usage(seeded: CommandLineProject) -> None:
    """A near name is suggested."""
    result = seeded.run("export", "Discuont", code=64)

    assert "did you mean 'Discount'" in result.err


def test_export_beside_a_file_of_the_same_name_leaves_it_alone(
    seeded: CommandLineProject,
) -> None:
    """A new file takes another name where somebody has this one, in whatever letter case."""
    seeded.run("export")
    name = min(texts(seeded))
    shutil.rmtree(seeded.root / "manifests")
    path = seeded.write(
        f"manifests/{name.title().replace('Clients', 'clients').replace('Yaml', 'yaml')}", MINE
    )

    told = seeded.run("export", "--json").document

    assert path.read_text(encoding="utf-8") == MINE
    assert told["missing"] == ["Client/mine"]


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_plan_after_an_export_is_empty_of_edits_on_every_installation(
    seeded: CommandLineProject, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Labels missing or doubled, units, other keys, small pages: what is written is what lives."""
    monkeypatch.setenv("PANEL_PASSWORD", PASSPHRASE)
    seeded.run("sandbox", "seed", "--clients", "6", "--install", str(file_of(name)))
    url = "url: sandbox:.reconciler/sandbox.sqlite3"
    settings = [f"format: {SPEAKS.get(name, 'xml')}", *SIGNED_IN.get(name, ())]
    seeded.edit("reconciler.yaml", url, "\n      ".join([url, *settings]))

    told = seeded.run("export", "--json").document
    plan = seeded.run("plan", "--json").document
    seeded.run("apply", "--yes")
    first = texts(seeded)
    seeded.run("export")

    assert told["failures"] == []
    assert {change["action"] for change in plan["changes"]} == {"adopt"}
    assert [edit for change in plan["changes"] for edit in change["edits"]] == []
    assert seeded.writes() == []
    assert texts(seeded) == first


def test_selection_narrows_what_is_written(seeded: CommandLineProject) -> None:
    """One client by email or id, those of a group or a provider, those of a label."""
    email = seeded.seeded_client()
    by_hand(seeded, "INSERT INTO member SELECT 3, MIN(id) FROM accountgroup")
    by_hand(
        seeded, "UPDATE accountgroup SET name = 'VIP' WHERE id IN (SELECT accountgroup FROM member)"
    )

    one = seeded.run("export", "--client", email, "--client", "4", "--json").document
    vips = seeded.run("export", "--group", "vip", "--json", "--out", "vips").document
    mine = seeded.run("export", "--provider", "Main provider", "--json", "--out", "mine").document
    name = min(texts(seeded))
    seeded.edit(f"manifests/{name}", "metadata: {name:", "metadata: {labels: {team: emea}, name:")
    labelled = seeded.run("export", "-l", "team=emea", "--json").document

    assert 1 <= one["clients"] <= 2
    assert vips["clients"] == 1
    assert mine["clients"] >= 1
    assert labelled["clients"] == 1
    assert (seeded.root / "vips" / "clients").is_dir()


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["--client", "nobody@x.example"], "--client"),
        (["--group", "VIPP"], "among its groups"),
        (["-l", "team=nobody"], "selects no declared client"),
    ],
)
def test_selection_that_finds_nothing_is_an_error(
    seeded: CommandLineProject, words: list[str], near: str
) -> None:
    """Exit code 3, and nothing is written."""
    result = seeded.run("export", *words, code=3)

    assert near in result.err
    assert not (seeded.root / "manifests").exists()


def test_value_that_an_overlay_decided_is_edited_in_the_overlay(
    seeded: CommandLineProject,
) -> None:
    """The base keeps its own value."""
    seeded.run("export")
    name, text = min(texts(seeded).items())
    client = text.split("metadata: {name: ")[1].split("}")[0]
    seeded.write(
        "overlays/sandbox/over.yaml",
        f"apiVersion: reconciler/v1\nkind: Client\nmetadata: {{name: {client}}}\n"
        "spec: {realName: Laid Over}  # here\n",
    )
    url = "url: sandbox:.reconciler/sandbox.sqlite3"
    seeded.edit("reconciler.yaml", url, f"{url}\n      overlays: [overlays/sandbox]")

    seeded.run("export")

    over = (seeded.root / "overlays/sandbox/over.yaml").read_text(encoding="utf-8")
    assert "Laid Over" not in over
    assert over.endswith("# here\n")
    assert texts(seeded)[name] == text
    seeded.run("plan")


def test_new_object_joins_the_list_of_the_overlay_that_has_it(seeded: CommandLineProject) -> None:
    """In the base its list would count for nothing, because the overlay's stands in its place."""
    seeded.run("export")
    name, text = next((n, t) for n, t in texts(seeded).items() if "  discounts:\n" in t)
    client = text.split("metadata: {name: ")[1].split("}")[0]
    head, listed = text.split("  discounts:\n")
    own = listed.splitlines(keepends=True)
    end = next((n for n, line in enumerate(own) if line.startswith("  ") and line[2].isalpha()), 99)
    seeded.write(f"manifests/{name}", f"{head}{''.join(own[end:])}")
    seeded.write(
        "overlays/sandbox/over.yaml",
        f"apiVersion: reconciler/v1\nkind: Client\nmetadata: {{name: {client}}}\n"
        f"spec:\n  discounts:\n{''.join(own[:end])}",
    )
    url = "url: sandbox:.reconciler/sandbox.sqlite3"
    seeded.edit("reconciler.yaml", url, f"{url}\n      overlays: [overlays/sandbox]")
    before = texts(seeded)
    by_hand(
        seeded,
        "INSERT INTO discount (idname, account, percentage, type, actiontype, period, priority,"
        " fromdate, todate, note) SELECT 900, a.id, '3.00', d.type, d.actiontype, '', '0',"
        " '2026-01-01', '', 'new' FROM account a, discount d WHERE a.email = ? LIMIT 1",
        text.split("email: ")[1].split()[0],
    )

    seeded.run("export")

    assert texts(seeded) == before
    assert "note: new" in (seeded.root / "overlays/sandbox/over.yaml").read_text(encoding="utf-8")
    seeded.run("apply", "--yes")
    seeded.run("plan", "--detailed-exitcode")


def test_resource_of_a_set_that_differs_for_one_client_is_named_and_not_edited(
    seeded: CommandLineProject,
) -> None:
    """The set stays, the proof names the field, and what overrides the set gets the value."""
    seeded.run("export")
    for name, text in texts(seeded).items():
        head, rest = text.split("metadata: {", 1)
        seeded.write(f"manifests/{name}", f"{head}metadata: {{labels: {{team: emea}}, {rest}")
    terms = "{percentage: 15, type: Percentage discount, periods: [12]}"
    seeded.write(
        "manifests/terms.yaml",
        "apiVersion: reconciler/v1\nkind: ResourceSet\nmetadata: {name: terms}\nspec:\n"
        "  clients: {labels: {team: emea}}\n  resources:\n"
        f'    - {{kind: Discount, name: "{{client}}-yearly", spec: {terms}}}\n',
    )
    seeded.run("apply", "--yes")
    by_hand(
        seeded, "UPDATE discount SET percentage = '33' WHERE id = (SELECT MAX(id) FROM discount)"
    )
    before = texts(seeded)

    told = seeded.run("export", "--json", code=6).document
    (address,) = [each["address"] for each in told["kept"]]
    after = texts(seeded)
    name = address.removeprefix("Discount/")
    seeded.write(
        "manifests/own.yaml",
        f"apiVersion: reconciler/v1\nkind: Discount\nmetadata: {{name: {name}}}\n"
        "lifecycle: {overrides: terms}\n"
        f"spec: {{client: {name.removesuffix('-yearly')}, {terms.lstrip('{')}\n",
    )
    seeded.run("export")

    assert "overrides: terms" in told["kept"][0]["reason"]
    assert told["failures"] == [
        {"address": address, "action": "update", "fields": ["percentage"], "reason": ""}
    ]
    assert after == before
    assert "percentage: 33" in texts(seeded)["own.yaml"]
    seeded.run("plan", "--detailed-exitcode")


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda path: path.symlink_to("/tmp"), 3, "symbolic link"),  # noqa: S108 - nothing is written
        (lambda path: path.write_text(""), 10, "--out"),
    ],
)
def test_folder_that_cannot_be_written_to_is_named(
    seeded: CommandLineProject, make: Callable[[Path], object], code: int, words: str
) -> None:
    """A link or a file in place of the folder is left as it is."""
    (seeded.root / "manifests").mkdir()
    path = seeded.root / "manifests" / "clients"
    make(path)

    result = seeded.run("export", code=code)

    assert words in result.err
    assert path.is_symlink() or path.is_file()


def test_full_disk_leaves_whole_files_alone(
    seeded: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written is whole, and what was not is not there."""
    real, seen = os.fsync, 0

    def full(descriptor: int) -> None:
        nonlocal seen
        seen += 1
        if seen > 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    result = seeded.run("export", code=10)
    monkeypatch.setattr(os, "fsync", real)
    left = texts(seeded)

    assert "no space left on device" in result.err
    assert 0 < len(left) < 8
    assert not list((seeded.root / "manifests").rglob(".*"))
    seeded.run("export")
    assert left.items() <= texts(seeded).items()
    assert len(texts(seeded)) == 8
