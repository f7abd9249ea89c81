"""A part of a bucket, through boto3: its errors become ours.

Invariants: a write on a condition is sent once; what failed on the way is in doubt, and so is a no,
for something on the way may have sent it twice.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.errors import StoreError, UncertainError, UsageError
from reconciler.store.backends.file_store import UnsentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from botocore.exceptions import ClientError

MISSING = "a state in S3 needs an extra: pip install 'reconciler[s3]'"
_PATIENCE = 60
_CONNECT = 10
_TRIES = 4
_SERVER = 500
_TOO_MANY = 429
_RIGHTS = "allow it s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket"
_REGION = "set AWS_REGION to the region of the bucket"
_REMEDIES = {
    "AccessDenied": _RIGHTS,
    "AllAccessDisabled": _RIGHTS,
    "AuthorizationHeaderMalformed": _REGION,
    "ExpiredToken": "get new credentials, and run the command again",
    "IllegalLocationConstraintException": _REGION,
    "InvalidAccessKeyId": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key that exists",
    "NoSuchBucket": "make the bucket with `aws s3 mb s3://BUCKET`, or name another one",
    "NotImplemented": "use a server with conditional writes, or keep the state elsewhere",
    "PermanentRedirect": _REGION,
    "RequestTimeTooSkewed": "set the clock of this machine",
    "SignatureDoesNotMatch": "set AWS_SECRET_ACCESS_KEY to the secret of the key",
}
_CREDENTIALS = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
_CHECK = "check the address and the credentials with `aws s3 ls`"
# What a condition that does not hold is answered with; the last one: the object is gone.
_UNMET = frozenset({409, 412, 404})


@dataclass(frozen=True, slots=True)
class BucketObject:
    """An object as it was read; ``tag`` is what a condition compares."""

    tag: str
    content: bytes


class Bucket:
    """The objects of a bucket whose keys begin with ``prefix``.

    A request that had no effect and may have one later is an UnsentError, everywhere.
    """

    def __init__(self, name: str, prefix: str) -> None:
        """Connect to nothing yet.

        Raises: UsageError when boto3 is not installed, StoreError when it is not set up.
        """
        self.place = f"s3://{name}/{prefix}"
        self._name = name
        self._prefix = prefix
        try:
            import boto3
            from botocore.config import Config
        except ImportError as error:
            raise UsageError(MISSING) from error
        # Not every server knows the checksums that boto3 sends by itself since 1.36.
        plain = Config(
            connect_timeout=_CONNECT,
            read_timeout=_PATIENCE,
            retries={"total_max_attempts": _TRIES, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        once = plain.merge(Config(retries={"total_max_attempts": 1, "mode": "standard"}))
        with self._translated():
            session = boto3.session.Session()
            self._client: Any = session.client("s3", config=plain)
            self._once: Any = session.client("s3", config=once)

    def get(self, key: str) -> BucketObject | None:
        """Return an object; None when there is none. Raises: StoreError."""
        with self._translated(missing=True) as found:
            answer = self._client.get_object(Bucket=self._name, Key=self._key(key))
            found.append(BucketObject(str(answer["ETag"]), answer["Body"].read()))
        return found[0] if found else None

    def put(self, key: str, raw: bytes) -> None:
        """Write an object, whatever was there. Raises: StoreError."""
        with self._translated():
            self._client.put_object(Bucket=self._name, Key=self._key(key), Body=raw)

    def put_if(self, key: str, raw: bytes, condition: Mapping[str, str]) -> str:
        """Write an object where a condition holds, and return its tag.

        Raises: UncertainError, also for a no; UnsentError, StoreError: it was not written.
        """
        with self._translated(sends=True):
            request = {"Bucket": self._name, "Key": self._key(key), "Body": raw, **condition}
            return str(self._once.put_object(**request)["ETag"])

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects, as far as that is possible: what is left is in nobody's way."""
        for key in keys:
            with suppress(StoreError), self._translated():
                self._client.delete_object(Bucket=self._name, Key=self._key(key))

    def close(self) -> None:
        """End the connections."""
        self._client.close()
        self._once.close()

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{key}"

    @contextmanager
    def _translated(
        self, *, missing: bool = False, sends: bool = False
    ) -> Iterator[list[BucketObject]]:
        """Turn errors of boto3 into ours.

        ``missing``: an object that is not there is no error. ``sends``: the request changes
        something, once, so that a broken connection and an unmet condition leave a doubt.
        """
        from boto3.exceptions import Boto3Error
        from botocore import exceptions as found

        try:
            yield []
        except found.ClientError as error:
            self._judge(error, missing=missing, sends=sends)
        except (
            found.EndpointConnectionError,
            found.ConnectTimeoutError,
            found.ProxyConnectionError,
        ) as error:
            raise UnsentError(self._message(str(error), "check the address")) from error
        except found.SSLError as error:
            raise StoreError(self._message(str(error), "set AWS_CA_BUNDLE")) from error
        except found.HTTPClientError as error:
            broken = self._message(str(error), "run the command again")
            raise (UncertainError if sends else UnsentError)(broken) from error
        except found.BotoCoreError as error:
            raise StoreError(self._message(str(error), _CREDENTIALS)) from error
        except (Boto3Error, ValueError) as error:
            raise StoreError(self._message(str(error), "check AWS_ENDPOINT_URL")) from error

    def _judge(self, error: ClientError, *, missing: bool, sends: bool) -> None:
        """Raise what a server's answer means; nothing for an object that may be missing."""
        answer = error.response
        code = str(answer["Error"].get("Code", ""))
        status = int(answer["ResponseMetadata"].get("HTTPStatusCode", 0))
        if missing and code == "NoSuchKey":
            return
        remedy = _REMEDIES.get(code)
        said = f"{code}: {answer['Error'].get('Message', '')}"
        if remedy is None and sends and (status in _UNMET or status >= _SERVER):
            raise UncertainError(self._message(said, "run the command again")) from error
        if remedy is None and (status >= _SERVER or status == _TOO_MANY):
            raise UnsentError(self._message(said, "run the command again")) from error
        raise StoreError(self._message(said, remedy or _CHECK)) from error

    def _message(self, reason: str, remedy: str) -> str:
        text = "".join(each if each.isprintable() else "?" for each in reason.strip())[:300]
        return f"{self.place} cannot be used: {text.rstrip('.')}: {remedy}"
