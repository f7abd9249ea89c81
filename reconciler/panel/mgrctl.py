"""The panel's own command line as a wire, for a reconciler that runs on the panel's machine.

Invariants: no shell; a secret is in the child's environment and never on its command line; the
exit status says nothing, what was printed is the answer.
Doubt: that ``-e`` takes ``name=$VARIABLE`` before the function, as the vendor's guide shows it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reconciler.errors import LostAnswerError, UnreachableError, UnsafeAnswerError
from reconciler.panel.response import MAX_BODY

if TYPE_CHECKING:
    from reconciler.panel.request import Request

PROGRAM = "/usr/local/mgr5/sbin/mgrctl"
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_PIECE = 1 << 16


class Mgrctl:
    """Runs the program once for each request; ``deadline`` is for one run, in seconds."""

    def __init__(self, program: str, deadline: float) -> None:
        """Store the path of the program, by default its usual place."""
        self._program = program or PROGRAM
        self._deadline = deadline

    async def send(self, request: Request) -> bytes:
        """Run one request and return what was printed.

        Raises: UnreachableError when the program did not start, LostAnswerError,
                UnsafeAnswerError.
        """
        if request.path:
            raise LostAnswerError("mgrctl cannot report the progress of a long task")
        arguments, environment = command(request)
        try:
            child = await asyncio.create_subprocess_exec(
                self._program,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=environment,
            )
        except OSError as error:
            raise UnreachableError(f"mgrctl cannot be started: {error.strerror}") from error
        try:
            async with asyncio.timeout(self._deadline):
                return await _printed(child)
        except TimeoutError as error:
            raise LostAnswerError(f"no complete answer within {self._deadline:g} s") from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()


def command(request: Request) -> tuple[list[str], dict[str, str]]:
    """Return the arguments and the environment of a request.

    Shape:  ``-m billmgr -o xml [-e name=$VARIABLE]… FUNC name=value…``.
    """
    given = dict(request.fields)
    arguments = ["-m", "billmgr", "-o", given.get("out", "xml")]
    environment = {"PATH": _PATH, "LANG": "C.UTF-8"}
    plain = []
    for number, (name, value) in enumerate(request.fields):
        if name in {"func", "out"}:
            continue
        if name in request.secret:
            variable = f"RECONCILER_SECRET_{number}"
            environment[variable] = value
            arguments += ["-e", f"{name}=${variable}"]
        else:
            plain.append(f"{name}={value}")
    return [*arguments, given["func"], *plain], environment


async def _printed(child: asyncio.subprocess.Process) -> bytes:
    assert child.stdout is not None  # noqa: S101 - asked for above
    pieces, size = [], 0
    while piece := await child.stdout.read(_PIECE):
        size += len(piece)
        if size > MAX_BODY:
            raise UnsafeAnswerError(f"mgrctl printed more than {MAX_BODY >> 20} MiB")
        pieces.append(piece)
    await child.wait()
    return b"".join(pieces)
