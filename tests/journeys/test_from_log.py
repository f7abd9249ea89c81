"""``from-log``: the panel's own log as calls that can be typed and manifests that can be kept."""

from __future__ import annotations

import io
import shlex
import sys
from typing import TYPE_CHECKING

from reconciler.cli.parser import parse
from reconciler.kinds.catalogue import discover
from reconciler.manifest.load.loader import load_manifests

if TYPE_CHECKING:
    import pytest

    from tests.support.command_line import CommandLineProject

HEAD = "Feb  6 08:08:07 [2346:23826] core_module INFO Request [192.0.2.33][root] "
LOG = f"""\
Feb  6 08:08:06 [2346:23826] core_module INFO Start
{HEAD}'func=account&p_num=1&p_cnt=50&sfrom=ajax'
{HEAD}'clicked_button=ok&func=account.edit&email=pay%40acme.example&realname=Ann&country=182&\
project=1&passwd=*&confirm=*&note=&operafake=1&sfrom=ajax&sok=ok&zoom-country='
{HEAD}'func=account.discount.edit&plid=4&percentage=12.5&note=%3A%3Aerror%3A%3A%1B%5B2J&sok=ok'
{HEAD}'func=payment.setpaid&elid=7%2C%208'
{HEAD}'func=payment.edit&elid=7&plid=4&note=paid&sok=ok'
{HEAD}'func=vds.order.param&su=ann%40acme.example&pricelist=6&period=1&domain=vm.example&sok=ok'
"""


def test_changes_are_printed_as_calls_and_manifests(project: CommandLineProject) -> None:
    """What only reads is left out, and counted."""
    project.write("billmgr.log", LOG)
    result = project.run("from-log", "billmgr.log")

    assert "5 changes, 1 request that only read, 1 other line, 0 unreadable" in result.err
    assert "# billmgr.log:5, by root" in result.out
    assert (
        "reconciler call account.edit email=pay@acme.example realname=Ann country=182 project=1 "
        "sok=ok passwd=@env:PASSWD confirm=@env:CONFIRM --confirm\n"
    ) in result.out
    assert "reconciler call payment.setpaid elid=8 --confirm\n" in result.out
    assert "--su=ann@acme.example --confirm\n" in result.out
    assert result.out.count("kind: Client\n") == result.out.count("kind: Service\n") == 1
    assert result.out.count("\n---\n") == 3


def test_orders_with_one_domain_get_distinct_names(
    project: CommandLineProject,
) -> None:
    """As the client who ordered, and as manifests that load beside each other."""
    own = HEAD.replace("[root]", "[ann@acme.example]")
    order = "func=vds.order.param&pricelist=6&period=1&domain=vm.example&arr[0]=1&sok=ok"
    project.write("billmgr.log", f"{own}'{order}'\n{own}'{order}'\n")
    result = project.run("from-log", "billmgr.log")
    project.write("found.yaml", result.out.split("# Manifests", 1)[1].split("\n", 1)[1])
    loaded = load_manifests(project.root, ["found.yaml"], discover())

    assert result.out.count(" sok=ok --su=ann@acme.example --confirm\n") == 2
    assert result.out.count("left out, because a call cannot contain such a name: arr[0]\n") == 2
    assert sorted(each.address.name for each in loaded.desired) == ["vm-example", "vm-example-2"]
    assert "Service/vm-example is declared above" in result.out


def test_every_call_can_be_typed(project: CommandLineProject) -> None:
    """The command line takes what was printed."""
    project.write("billmgr.log", LOG)
    lines = project.run("from-log", "billmgr.log").out.splitlines()
    calls = [line for line in lines if line.startswith("reconciler call ") and "$'" not in line]

    assert len(calls) == 5
    for line in calls:
        args = parse(shlex.split(line)[1:])
        assert (args.command, args.confirm) == ("call", True)


def test_manifests_can_be_loaded(project: CommandLineProject) -> None:
    """By the loader that reads real ones."""
    project.write("billmgr.log", LOG)
    text = project.run("from-log", "billmgr.log").out
    project.write("found.yaml", text.split("# Manifests", 1)[1].split("\n", 1)[1])

    loaded = load_manifests(project.root, ["found.yaml"], discover())

    assert [f.message for f in loaded.findings if f.severity == "error"] == []
    kinds = {each.address.kind for each in loaded.desired}
    assert kinds == {"Client", "Discount", "Service"}


def test_unreadable_log_line_is_a_finding_with_its_position(project: CommandLineProject) -> None:
    """The rest is printed all the same."""
    broken = f"{HEAD}'func=account.delete&elid=%zz'\n{HEAD}nothing\n{HEAD}'func=x y'\n"
    path = project.write("billmgr.log", LOG)
    path.write_bytes(path.read_bytes() + broken.encode() + b"INFO Request [a][b] '\xff=1'\n")
    result = project.run("from-log", "billmgr.log", code=3)

    for line in (8, 9, 10, 11):
        assert f"billmgr.log:{line}: error[request]: this request cannot be read" in result.err
    assert result.out.count("reconciler call") == 6


def test_hostile_log_is_shown_inert(project: CommandLineProject) -> None:
    """Names, users and values: nothing that a terminal or a CI log obeys."""
    evil = "%1B%5B31m%0A::error::x%E2%80%AE##[group]"
    project.write(
        "billmgr.log",
        f"INFO Request [192.0.2.1][\x1b[31m::error::] 'func=account.edit&elid=5&note={evil}"
        f"&su={evil}&sok=ok'\n" + "x" * 300_000 + "\n" + LOG,
    )
    result = project.run("from-log", "billmgr.log")

    for text in (result.out, result.err):
        assert text.replace("\n", "").isprintable()
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
        assert "##[" not in text
    assert "# billmgr.log:3" not in result.out
    assert "# billmgr.log:5, by root" in result.out


def test_log_comes_from_standard_input(
    project: CommandLineProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody follows the log as it grows."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))

    assert "# standard input:5, by root" in project.run("from-log", "-").out


def test_file_that_is_not_there_is_wrong_usage(project: CommandLineProject) -> None:
    """Said with its name."""
    assert "none.log cannot be read" in project.run("from-log", "none.log", code=64).err
    assert project.run("from-log", ".", code=64).out == ""


def test_empty_log_prints_nothing(project: CommandLineProject) -> None:
    """But the count."""
    project.write("billmgr.log", "")

    assert project.run("from-log", "billmgr.log").out == ""
