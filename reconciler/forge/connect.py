"""Open a forge: the exchange with its API, and the file of its provider, put together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.errors import ForgeError, PanelError
from reconciler.forge.exchange import ForgeExchange
from reconciler.forge.gitea import GiteaForge
from reconciler.forge.github import GitHubForge
from reconciler.forge.gitlab import GitLabForge
from reconciler.forge.pipeline import TITLES
from reconciler.model.target import Tls
from reconciler.panel.network import NetworkLine
from reconciler.panel.request_log import silence_libraries
from reconciler.panel.tls import tls_context
from reconciler.panel.transport import check_origin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from reconciler.model.forge import Pipeline, Provider
    from reconciler.ports import Clock, Forge

_CONNECT = 5.0
_TRUST = "if this is your server, name its authority by --ca-file FILE"
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": f"reconciler/{__version__}",
}
# What is sent to a place that only keeps files: no credential.
_OF_FILES = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": _HEADERS["User-Agent"]}
_LOGINS: Mapping[Provider, Callable[[str], dict[str, str]]] = {
    "github": lambda token: {
        "Authorization": f"Bearer {token}",
        "X-GitHub-Api-Version": "2022-11-28",
    },
    "gitlab": lambda token: {"PRIVATE-TOKEN": token},
    "gitea": lambda token: {"Authorization": f"token {token}"},
}
_RIGHTS: Mapping[Provider, str] = {
    "github": "the permission pull-requests: write, for an issue issues: write",
    "gitlab": "the scope api and the role Reporter",
    "gitea": "the permissions issue: write, repository: read and user: read",
}
_MAKERS: Mapping[Provider, Callable[[ForgeExchange, str, str], Forge]] = {
    "github": GitHubForge,
    "gitlab": GitLabForge,
    "gitea": GiteaForge,
}


@asynccontextmanager
async def open_forge(
    pipeline: Pipeline, clock: Clock, *, ca_file: str = ""
) -> AsyncIterator[Forge]:
    """Open the forge that a pipeline runs on; nothing is sent before the first question.

    Raises: ForgeError for an address or authorities that cannot be trusted, or a bad token.
    """
    rights = _RIGHTS[pipeline.provider]
    async with open_exchange(pipeline, clock, ca_file=ca_file, rights=rights) as exchange:
        yield _MAKERS[pipeline.provider](exchange, pipeline.project, pipeline.number)


@asynccontextmanager
async def open_exchange(
    pipeline: Pipeline, clock: Clock, *, ca_file: str = "", rights: str = ""
) -> AsyncIterator[ForgeExchange]:
    """Open the exchange with the API that a pipeline names, for a token with some rights.

    Raises: ForgeError for an address or authorities that cannot be trusted, or a bad token.
    """
    silence_libraries()
    name = TITLES[pipeline.provider]
    try:
        check_origin(pipeline.api)
        context = tls_context(Tls(ca_file=ca_file))
        headers = _HEADERS | _LOGINS[pipeline.provider](pipeline.token)
        reading, writing = (
            NetworkLine(pipeline.api, context, _CONNECT, keep=keep, headers=headers, trust=_TRUST)
            for keep in (True, False)
        )
    except PanelError as error:
        raise ForgeError(str(error).replace("tls.caFile", "--ca-file")) from error

    def elsewhere(origin: str) -> NetworkLine:
        return NetworkLine(origin, context, _CONNECT, keep=False, headers=_OF_FILES, trust=_TRUST)

    exchange = ForgeExchange(
        pipeline.api,
        reading,
        writing,
        clock=clock,
        name=name,
        rights=rights,
        elsewhere=elsewhere,
    )
    try:
        yield exchange
    finally:
        await reading.aclose()
        await writing.aclose()
