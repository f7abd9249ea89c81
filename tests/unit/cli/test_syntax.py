"""What may be typed, and the help that teaches it."""

from __future__ import annotations

import argparse
import re

import pytest

from reconciler.cli.exit_codes import Exit
from reconciler.cli.help import COMMANDS, EXIT_CODES, SHARED, overview
from reconciler.cli.parser import build_parser, parse
from reconciler.errors import UsageError


def test_shared_options_may_stand_before_and_after_the_command() -> None:
    """What stands last wins, lists and counts add up, and nothing earlier is lost."""
    before = ["-v", "--target", "a", "--project", "p.yaml", "--manifests", "x"]
    args = parse([*before, "plan", "-v", "--target", "b", "--manifests", "y"])

    assert (args.target, args.project) == ("b", "p.yaml")
    assert (args.verbose, args.manifests) == (2, ["x", "y"])
    assert (args.color, args.log_format, args.no_progress) == ("auto", "text", False)


def test_shared_options_may_stand_at_every_place_of_a_nested_command() -> None:
    """The same holds for a command that is followed by what it does."""
    args = parse(
        [
            "--project",
            "p",
            "sandbox",
            "--target",
            "t",
            "--manifests",
            "m",
            "seed",
            "--color",
            "never",
        ]
    )

    assert (args.project, args.target, args.manifests, args.color) == ("p", "t", ["m"], "never")
    assert (args.command, args.subcommand, args.clients, args.seed) == ("sandbox", "seed", 12, 1)


def test_no_option_swallows_the_saved_plan() -> None:
    """An approved plan can never be mistaken for the value of the option before it."""
    args = parse(["apply", "--allow", "charge", "--manifests", "m", "--allow", "delete", "p.json"])

    assert args.plan == "p.json"
    assert args.allow == ["charge", "delete"]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["apply", "", "--yes"], "PLAN"),
        (["apply", "plan.json", "--max-plan-age="], "--max-plan-age"),
        (["apply", "plan.json", "--sign-key-env", ""], "--sign-key-env"),
        (["apply", "plan.json", "--approval", ""], "--approval"),
        (["plan", "--out", ""], "--out"),
        (["plan", "--live", ""], "--live"),
        (["--target", "", "plan"], "--target"),
        (["comment", "plan.json", "--pr", ""], "--pr"),
    ],
)
def test_variable_that_is_not_set_is_no_wish_to_go_without(words: list[str], name: str) -> None:
    """`apply "$PLAN" --yes` would apply what nobody reviewed."""
    with pytest.raises(UsageError, match=f"^{name} is empty: give it a value, or leave it out"):
        parse(words)


def test_option_that_may_be_empty_says_what_that_means() -> None:
    """Workflows pass variables on that only a run by hand sets."""
    args = parse(["apply", "plan.json", "--digest", "", "--only-allowed", ""])

    assert (args.digest, args.only_allowed) == ("", "")


def test_rewriting_history_is_a_consent() -> None:
    """The long name is an alias and adds to the other consents."""
    assert parse(["plan", "--allow", "delete", "--rewrite-history"]).allow == ["delete", "history"]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["paln"],
        ["plan", "--frobnicate"],
        ["plan", "--det"],
        ["show", "plan.json", "extra"],
        ["apply", "--allow", "everything"],
        ["forget"],
        ["sandbox"],
        ["sandbox", "destroy"],
        ["sandbox", "seed", "--clients", "many"],
        ["completion", "powershell"],
        ["--color", "sometimes", "plan"],
    ],
)
def test_meaningless_arguments_are_a_usage_error(words: list[str]) -> None:
    """Unknown commands, options, abbreviations and values are refused with a hint."""
    with pytest.raises(UsageError, match=r"see: reconciler .*--help"):
        parse(words)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_teaches(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command has a usage, a description, three examples or more, and the shared options."""
    with pytest.raises(SystemExit) as stop:
        parse([command, "--help"])
    text = capsys.readouterr().out

    assert stop.value.code == 0
    assert text.startswith(f"usage: reconciler {command}")
    assert len(text.split("\n\n")[1]) > 30
    assert "Examples:\n" in text
    assert len(text.partition("Examples:\n")[2].splitlines()) >= 3
    assert "--project FILE" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_of_help_can_be_typed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An example that the parser would refuse teaches the wrong thing."""
    with pytest.raises(SystemExit):
        parse([command, "--help"])
    text = capsys.readouterr().out

    for line in re.findall(r"^  reconciler (.*)$", text, re.MULTILINE):
        words = re.split(r" [|>&]|;", line)[0].split()
        assert parse(words).command in COMMANDS


def test_overview_names_every_command_and_shared_option() -> None:
    """The program's help and its parser are made of the same names."""
    text = overview()
    options = {flag for label in SHARED for flag in re.findall(r"--?[a-z-]+", label)}
    plain = argparse.ArgumentParser.format_help(build_parser())
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", plain))

    assert [name for name in COMMANDS if f"\n  {name} " not in text] == []
    assert options | {"--help", "-h", "--version", "-vv"} == known
    assert text.isascii()


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_parser_answers_as_the_short_cut_does(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help is the same whether the parser was asked or not."""
    from reconciler.cli.main import main

    assert main([option]) == 0
    short = capsys.readouterr().out
    assert main(["-v", option]) == 0

    assert capsys.readouterr().out == short


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["paln"], "there is no command 'paln'; did you mean 'plan'?"),
        (["plan", "--alow", "charge"], "there is no option --alow; did you mean '--allow'"),
        (["plan", "--det"], "did you mean '--detailed-exitcode'?"),
        (["plan", "--out-file=x"], "there is no option --out-file"),
        (["apply", "--allow", "chrage"], "--allow does not take 'chrage'; did you mean 'charge'?"),
        (["sandbox", "sede"], "did you mean 'seed'"),
        (["sandbox", "seed", "--clinets", "3"], "did you mean '--clients'"),
        (["--color", "sometimes", "plan"], "there are auto, always, never"),
    ],
)
def test_misspelt_word_is_answered_with_the_near_one(words: list[str], hint: str) -> None:
    """A command, an option, or the value of one."""
    with pytest.raises(UsageError) as refusal:
        parse(words)

    assert hint in str(refusal.value)


def test_help_names_every_exit_code_once_in_a_column_of_its_own() -> None:
    """The table has the codes that there are, and each meaning begins at the same place."""
    table = overview().partition("exit codes:\n")[2].partition("\n\n")[0].splitlines()

    assert {int(code) for code in EXIT_CODES} == set(Exit)
    assert [line.split()[0] for line in table] == list(EXIT_CODES)
    assert {len(re.match(r" *[0-9]+ +", line)[0]) for line in table} == {7}  # type: ignore[index]


@pytest.mark.parametrize(
    "command",
    [
        "",
        *COMMANDS,
        *(f"sandbox {subcommand}" for subcommand in ("serve", "seed", "reset", "mgrctl")),
    ],
)
def test_help_fits_a_narrow_terminal(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing but an example to be pasted is wider than 80 columns."""
    if command:
        with pytest.raises(SystemExit):
            parse([*command.split(), "--help"])
    text = capsys.readouterr().out if command else overview()

    wide = [line for line in text.splitlines() if len(line) > 80]
    assert [line for line in wide if not re.match(r"  (reconciler|tail|\{) ?", line)] == []


@pytest.mark.parametrize(
    ("words", "reported"),
    [
        (["plan", "--out"], "--out needs a value"),
        (["plan", "-l"], "-l/--selector needs a value"),
        (["resume", "--link", "Client/acme"], "--link needs 2 values"),
        (["plan", "--json=yes"], "--json takes no value"),
        (["sandbox", "seed", "--clients", "many"], "--clients: 'many' is not a whole number"),
        (["show"], "PLAN is missing"),
        (["call"], "FUNC is missing"),
    ],
)
def test_usage_errors_use_our_wording(words: list[str], reported: str) -> None:
    """No word of a library's reaches a person."""
    with pytest.raises(UsageError, match=f"^{re.escape(reported)}; see: reconciler "):
        parse(words)
