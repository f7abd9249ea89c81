"""Keep one comment, and one issue, up to date: ours alone, whoever else writes at the same time.

Invariants: only what the token's own user wrote, and what begins with our marker, is changed; of
several the oldest is kept. After a lost answer the server is asked again before anything is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from reconciler.errors import ForgeError, ForgeLostError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from reconciler.model.forge import Comment, Issue, Written
    from reconciler.ports import Forge

T = TypeVar("T")
_LOOKS = 3
_DUPLICATE = "This issue was opened twice at the same time: issue {number} stays open."


async def write_comment(
    forge: Forge, marker: str, compose: Callable[[str], str]
) -> tuple[Written, Comment]:
    """Write the one comment of a marker, or update it; ``compose`` makes its text of its last.

    Raises: ForgeError.
    """

    async def once() -> tuple[Written, Comment]:
        me = await forge.whoami()
        own = await _own_comments(forge, marker, me)
        before = own[0].text if own else ""
        for kept in own[:1]:
            edited = await forge.edit_comment(kept, compose(before))
            for other in own[1:]:
                await forge.delete_comment(other)
            if edited is not None:
                return "updated", edited
        made = await forge.add_comment(compose(before))
        return await _settle_comments(forge, marker, made, compose)

    return await _looking_again(once)


async def _own_comments(forge: Forge, marker: str, me: str) -> list[Comment]:
    """Return our comments, the oldest first; none while nobody says who we are."""
    found = await forge.comments() if me else ()
    ours = [each for each in found if each.author == me and _is_marked(each.text, marker)]
    return sorted(ours, key=lambda each: each.id)


async def _settle_comments(
    forge: Forge, marker: str, made: Comment, compose: Callable[[str], str]
) -> tuple[Written, Comment]:
    """Leave one comment: another run may have written at the same time, or we learn who we are."""
    found = {each.id: each for each in await _own_comments(forge, marker, made.author)}
    oldest, *others = [each for _, each in sorted({**found, made.id: made}.items())]
    result: tuple[Written, Comment] = ("created", made)
    if oldest.id != made.id:
        edited = await forge.edit_comment(oldest, compose(oldest.text))
        if edited is None:
            return result
        result = ("updated", edited)
    for other in others:
        await forge.delete_comment(other)
    return result


async def open_issue(
    forge: Forge, marker: str, *, title: str, text: str, labels: Sequence[str] = ()
) -> tuple[Written, Issue]:
    """Open the one issue of a marker, or update it.

    Raises: ForgeError.
    """

    async def once() -> tuple[Written, Issue]:
        own = await _own_issues(forge, marker)
        if own:
            kept, *others = own
            await _close_duplicates(forge, marker, kept, others)
            if kept.title == title and _same(kept.text, text):
                return "unchanged", kept
            edited = await forge.edit_issue(kept, title, text)
            if edited is not None:
                return "updated", edited
        made = await forge.add_issue(title, text, labels)
        listed = {each.number: each for each in await _own_issues(forge, marker, made.author)}
        kept, *others = [each for _, each in sorted({**listed, made.number: made}.items())]
        await _close_duplicates(forge, marker, kept, others)
        if kept.number == made.number:
            return "created", made
        return "updated", await forge.edit_issue(kept, title, text) or kept

    return await _looking_again(once)


async def close_issue(
    forge: Forge, marker: str, ended: Callable[[str], str]
) -> tuple[Written, Issue | None]:
    """Close every open issue of a marker; ``ended`` makes the text of the closed one of its last.

    Raises: ForgeError.
    """

    async def once() -> tuple[Written, Issue | None]:
        last: Issue | None = None
        for issue in await _own_issues(forge, marker):
            closed = await forge.edit_issue(issue, issue.title, ended(issue.text), close=True)
            last = closed or last
        return ("closed" if last else "none"), last

    return await _looking_again(once)


async def _own_issues(forge: Forge, marker: str, me: str = "") -> list[Issue]:
    """Return our open issues, the oldest first.

    Raises: ForgeError when one may be ours and the server does not say who we are.
    """
    me = me or await forge.whoami()
    marked = [each for each in await forge.open_issues() if _is_marked(each.text, marker)]
    if marked and not me:
        raise ForgeError(
            f"the server does not say whose token this is, and issue {marked[0].number} has our "
            "marker: use the token of a user"
        )
    return sorted((each for each in marked if each.author == me), key=lambda each: each.number)


async def _close_duplicates(
    forge: Forge, marker: str, kept: Issue, others: Sequence[Issue]
) -> None:
    words = f"{marker}\n{_DUPLICATE.format(number=kept.number)}"
    for other in others:
        await forge.edit_issue(other, other.title, words, close=True)


async def _looking_again(once: Callable[[], Awaitable[T]]) -> T:
    for _ in range(_LOOKS - 1):
        try:
            return await once()
        except ForgeLostError:
            continue
    return await once()


def _is_marked(text: str, marker: str) -> bool:
    return text.startswith(marker)


def _same(one: str, other: str) -> bool:
    return one.replace("\r\n", "\n").rstrip() == other.rstrip()
