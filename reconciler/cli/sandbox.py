"""``sandbox``: serve, seed or reset the embedded panel, or write its own command line."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.context import open_records
from reconciler.cli.exit_codes import Succeeded
from reconciler.cli.paths import absolute, database_file
from reconciler.errors import ManifestsError, StoreError, UsageError
from reconciler.model.finding import Finding, Source
from reconciler.report.escape import escape
from reconciler.report.layout import counted
from reconciler.sandbox import (
    ADMIN,
    PASSPHRASE,
    FaultsError,
    InstallError,
    keep_install,
    load_install,
    reset,
    seed,
    serve,
    write_mgrctl,
)
from reconciler.store.atomic_file import require_output

if TYPE_CHECKING:
    from argparse import Namespace

    from reconciler.cli.console import Console
    from reconciler.sandbox import Install

_LAST_PORT = 65535


def run(args: Namespace, console: Console) -> Succeeded:
    """Run a subcommand on the database of the target, or on the named one."""
    if args.database:
        database = database_file(Path(absolute(args.database)))
    else:
        database = open_records(args, console).database
    _SUBCOMMANDS[args.subcommand](args, console, database)
    return Succeeded()


def _serve(args: Namespace, console: Console, database: Path) -> None:
    if args.keyfile and not args.certfile:
        raise UsageError("--keyfile needs --certfile")
    if not 0 <= args.port <= _LAST_PORT:
        raise UsageError(f"--port must be between 0 and {_LAST_PORT}")

    faults = absolute(args.faults) if args.faults else None
    _keep_install(args, database)

    def ready(url: str) -> None:
        console.report(
            f"Serving on {url} until interrupted\n"
            f"Sign in as {ADMIN} with the password {PASSPHRASE}\n"
        )

    try:
        with suppress(KeyboardInterrupt):  # the normal way to stop serving
            serve(
                database,
                port=args.port,
                certfile=args.certfile,
                keyfile=args.keyfile,
                faults=faults,
                ready=ready,
            )
    except FaultsError as error:
        # The finding names the file already, so remove it from the message.
        message = str(error).removeprefix(f"{faults}: ")
        place = Source(args.faults, error.line)
        raise ManifestsError([Finding("error", "faults", message, place)]) from error
    except InstallError as error:
        message = f"{database}: {error}; to fill it anew: run `reconciler sandbox seed`"
        raise StoreError(message) from error
    except OSError as error:
        raise UsageError(f"cannot serve: {error.strerror or error}") from error
    except SystemExit:  # the server cannot listen
        raise UsageError(f"cannot serve: port {args.port} is taken") from None


def _seed(args: Namespace, console: Console, database: Path) -> None:
    if args.clients < 0:
        raise UsageError("--clients must be 0 or more")
    install = _load_install(args)
    seed(database, clients=args.clients, seed=args.seed)
    if install is not None:
        keep_install(database, install)
    console.report(f"Seeded with {counted(args.clients, 'client')}.\n")


def _load_install(args: Namespace) -> Install | None:
    if not args.install:
        return None
    try:
        return load_install(absolute(args.install))
    except InstallError as error:
        place = Source(args.install, error.line)
        raise ManifestsError([Finding("error", "install", str(error), place)]) from error


def _keep_install(args: Namespace, database: Path) -> None:
    install = _load_install(args)
    if install is not None:
        keep_install(database, install)


def _reset(_args: Namespace, console: Console, database: Path) -> None:
    reset(database)
    console.report("The panel is empty.\n")


def _mgrctl(args: Namespace, console: Console, database: Path) -> None:
    folder = Path(absolute(args.folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        require_output(folder / "mgrctl")
        program = write_mgrctl(folder, database)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise StoreError(f"{folder}: the program cannot be written: {reason}") from error
    console.report(
        f"Written: {escape(str(program))}\n"
        f"To use it in a target, write `auth: {{method: mgrctl, program: …}}`.\n"
    )


_SUBCOMMANDS = {"serve": _serve, "seed": _seed, "reset": _reset, "mgrctl": _mgrctl}
