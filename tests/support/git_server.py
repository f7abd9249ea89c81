"""Bare Git repositories over HTTP, as a forge serves them: ``git http-backend`` behind a line."""

from __future__ import annotations

import base64
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.git import git
from tests.support.wsgi_server import WsgiServer, serve_wsgi

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

USER, PASSWORD = "x-access-token", "s3cr3t-Pa55/word"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
FETCH = "git-upload-pack info/refs"
PUSH = "POST git-receive-pack"


class GitApplication:
    """Serves the repositories below a folder; with ``secured`` to who has the credentials."""

    def __init__(self, folder: Path, *, secured: bool = False) -> None:
        self.folder = folder
        self.secured = secured
        self.path = os.environ["PATH"]

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Run the program for a request, as a web server does."""
        raw = self._body(environ)
        scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if self.secured and (scheme.lower(), given) != ("basic", BASIC):
            start("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="git"')])
            return [b"who are you?"]
        variables = {
            "PATH": self.path,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": USER,
            "REMOTE_ADDR": "127.0.0.1",
            "PATH_INFO": environ["PATH_INFO"],
            "QUERY_STRING": environ.get("QUERY_STRING", ""),
            "REQUEST_METHOD": environ["REQUEST_METHOD"],
            "CONTENT_TYPE": environ.get("CONTENT_TYPE", ""),
            "CONTENT_LENGTH": str(len(raw)),
            "HTTP_CONTENT_ENCODING": environ.get("HTTP_CONTENT_ENCODING", ""),
            "GIT_PROTOCOL": environ.get("HTTP_GIT_PROTOCOL", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=raw, env=variables, capture_output=True, check=True
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = [line.partition(": ") for line in head.decode().split("\r\n")]
        headers = [(name, value) for name, _, value in lines if name != "Status"]
        status = next((value for name, _, value in lines if name == "Status"), "200 OK")
        start(status, headers)
        return [body]

    def _body(self, environ: WSGIEnvironment) -> bytes:
        ends_itself = environ.get("wsgi.input_terminated")
        length = -1 if ends_itself else int(environ.get("CONTENT_LENGTH") or 0)
        return bytes(environ["wsgi.input"].read(length))


def bare_repository(folder: Path) -> Path:
    """Make an empty bare repository, and return its folder."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "--bare", "-b", "main")
    return folder


@contextmanager
def serve_git(folder: Path, *, secured: bool = False) -> Iterator[WsgiServer]:
    """Serve the repositories below a folder over HTTP; that of ``x.git`` is at ``URL/x.git``."""
    with serve_wsgi(GitApplication(folder, secured=secured)) as server:
        yield server
