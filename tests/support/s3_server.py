"""An S3 server on loopback: moto's, of which each request is served whole before the next."""

from __future__ import annotations

import os
import secrets
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from tests.support.wsgi_server import WsgiServer, serve_wsgi

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

KEY, SECRET = "AKIAEXAMPLE", "s3cr3t-Pa55/word+s3"
# Other settings of boto3 that a machine may have.
_OTHERS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE")


class S3Application:
    """moto's S3; it compares and writes in two steps, which two requests must not mix."""

    def __init__(self) -> None:
        self._app = DomainDispatcherApplication(create_backend_app)
        self._mutex = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        with self._mutex:
            return list(self._app(environ, start))


@contextmanager
def serve_s3() -> Iterator[WsgiServer]:
    """Serve S3, and set the environment as for a user of it."""
    with serve_wsgi(S3Application()) as server, pytest.MonkeyPatch.context() as patch:
        for name in _OTHERS:
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", server.url)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield server


def new_bucket() -> str:
    """Make a bucket, and return its name."""
    name = f"state-{secrets.token_hex(4)}"
    with _client() as client:
        client.create_bucket(Bucket=name)
    return name


def keys(bucket: str) -> list[str]:
    """Return the keys of all objects of a bucket."""
    with _client() as client:
        found = client.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [each["Key"] for each in found]


def read(bucket: str, key: str) -> bytes:
    """Return the content of an object."""
    with _client() as client:
        return bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())


def put(bucket: str, key: str, raw: bytes) -> None:
    """Write an object behind everybody's back."""
    with _client() as client:
        client.put_object(Bucket=bucket, Key=key, Body=raw)


def _client() -> closing[Any]:
    return closing(boto3.client("s3"))
