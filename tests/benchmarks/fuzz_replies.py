"""A million damaged answers through the readers: nothing but the panel's errors may come out.

Method:  valid answers of every format, each with one to four pieces cut out, doubled or replaced,
         by a seeded generator; every reader is tried on every one.
Run:     python -m tests.benchmarks.fuzz_replies [COUNT] [SEED]
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from reconciler.errors import PanelError
from reconciler.report.call_reply import answer_text
from reconciler.wire.formats.decode import decode
from reconciler.wire.replies.any import parse_any
from reconciler.wire.replies.list import parse_list
from reconciler.wire.replies.replies import (
    parse_confirmation,
    parse_form,
    parse_identity,
    parse_order,
    parse_session,
)
from tests.support.panel_replies import PIECES, VALID

if TYPE_CHECKING:
    from reconciler.model.target import Format
    from reconciler.wire.formats.node import Document


def show(document: Document, asked: str) -> str:
    """Read an answer of any shape, and write it as ``call`` does."""
    return answer_text(parse_any(document, asked))


READERS = (
    parse_list,
    parse_form,
    parse_confirmation,
    parse_order,
    parse_identity,
    parse_session,
    show,
)


def main(count: int, seed: int) -> None:
    """Read damaged answers, and print how many were read, refused, and how slow the slowest was."""
    dice = random.Random(seed)
    ends: Counter[str] = Counter()
    slowest = 0.0
    began = time.perf_counter()
    for _ in range(count):
        body, fmt = damaged(dice)
        started = time.thread_time()  # what a busy machine does meanwhile is not ours
        ends[read(body, fmt, dice.choice(READERS))] += 1
        slowest = max(slowest, time.thread_time() - started)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} answers in {time.perf_counter() - began:.0f} s, seed {seed}: {dict(ends)}")
    print(f"slowest {slowest * 1000:.1f} ms of CPU, largest memory {memory:.0f} MiB")


def damaged(dice: random.Random) -> tuple[bytes, Format]:
    """Return a valid answer with some of it spoilt."""
    body, fmt = dice.choice(VALID)
    for _ in range(dice.randint(1, 4)):
        start = dice.randint(0, len(body))
        end = dice.randint(start, min(len(body), start + 40))
        pieces = (dice.choice(PIECES), dice.randbytes(dice.randint(0, 6)), body[start:end] * 2)
        body = body[:start] + dice.choice(pieces) + body[end:]
    return body, fmt


def read(body: bytes, fmt: Format, reader: object) -> str:
    """Say how reading ended; anything but a panel's error ends the run with the answer shown."""
    try:
        reader(decode(body, fmt), "client.edit")  # type: ignore[operator]
    except PanelError as error:
        return type(error).__name__
    except Exception:
        print(f"crashed on {fmt}: {body!r}", file=sys.stderr)
        raise
    return "read"


if __name__ == "__main__":
    words = sys.argv[1:]
    main(int(words[0]) if words else 1_000_000, int(words[1]) if len(words) > 1 else 1)
