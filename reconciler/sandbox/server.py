"""The sandbox over HTTP, on loopback and nowhere else.

Invariants: an address that is not loopback is refused before anything listens.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def serve(
    path: str | Path,
    *,
    port: int,
    host: str = "127.0.0.1",
    certfile: str | None = None,
    keyfile: str | None = None,
    faults: str | Path | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a database until interrupted; ``ready`` gets the address once it listens.

    ``faults``: a file of faults that stand in front of the panel.
    Raises: ValueError when the host is not this machine alone; FaultsError, which is one, too.
    """
    if not _is_loopback(host):
        raise ValueError(f"the sandbox serves only loopback, not {host!r}: use 127.0.0.1 or ::1")

    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: object = None) -> None:
            await super().startup(sockets)  # type: ignore[arg-type]
            if ready is not None and self.started:
                bound = self.servers[0].sockets[0].getsockname()[1]
                name = f"[{host}]" if ":" in host else host
                ready(f"{'https' if certfile else 'http'}://{name}:{bound}/billmgr")

    config = uvicorn.Config(
        _application(path, faults),
        host=host,
        port=port,
        ssl_certfile=certfile,
        ssl_keyfile=keyfile,
        ws="none",
        log_config=_logging(uvicorn.config.LOGGING_CONFIG),
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    Server(config).run()


def hung_up_on_purpose(record: object) -> bool:
    """Keep a line of the log unless it only reports that a fault closed a connection."""
    return not str(getattr(record, "msg", "")).startswith("ASGI callable should return None")


def _application(path: str | Path, faults: str | Path | None) -> Callable[..., Any]:
    if faults is not None:
        from reconciler.sandbox.faults.middleware import with_faults

        return with_faults(path, faults)
    from reconciler.sandbox.app import Sandbox

    return Sandbox(path)


def _logging(usual: dict[str, Any]) -> dict[str, Any]:
    """Return uvicorn's own settings, with our filter on what goes to standard error."""
    default = {**usual["handlers"]["default"], "filters": ["faults"]}
    return {
        **usual,
        "filters": {"faults": {"()": lambda: hung_up_on_purpose}},
        "handlers": {**usual["handlers"], "default": default},
    }


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
