"""Publishing to object storage: S3 and what speaks like it, Google Cloud Storage, Azure Blob."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from webinar_feeds.publishing.targets import Answer, Differs, Found, If, Stamp, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCHEMES = frozenset({"s3", "s3a", "gs", "az", "azure", "abfs", "abfss"})
# A request and its repetitions end well before a lock's term does.
TIMEOUT = 15
PATIENCE = 30
# What storage keeps with a file; the rest is the configuration of the bucket.
_KEPT = ("Content-Type", "Cache-Control", "Content-Disposition")


class Objects:
    """A bucket, or what is below a prefix in one.

    Args:
        again: what is to be done again when it fails: `publish` or `build`.
        url: such as `s3://bucket/prefix`; keys come from the environment, as for the store's own
            tools (`AWS_…`, `GOOGLE_…`, `AZURE_…`).

    Raises:
        Unavailable: the extra is not installed, or the address or the environment is not complete.
    """

    at_once = 16

    def __init__(self, url: str, again: str = "publish") -> None:
        try:
            import obstore  # noqa: PLC0415 - an extra
            from obstore import exceptions, store  # noqa: PLC0415 - an extra
        except ImportError:
            msg = (
                f"`{url}`: object storage needs one more package: "
                'run `pip install "webinar-feeds[publish]"`'
            )
            raise Unavailable(msg) from None
        parts = urlsplit(url)
        self.name = f"{parts.scheme}://{parts.hostname or ''}{parts.path.rstrip('/')}"
        if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
            msg = f"`{self.name}` is not such an address: write `{parts.scheme}://bucket/folder`"
            raise Unavailable(msg)
        self.obstore, self.errors = obstore, exceptions
        self.again = f"{again} again"
        plain = any(
            os.environ.get(each, "").startswith("http:")
            for each in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT")
        )
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        options: dict[str, Any] = {}
        if parts.scheme in ("s3", "s3a") and endpoint:
            options["endpoint"] = endpoint
        with self._told():
            self.store = store.from_url(
                self.name,
                client_options={"timeout": timedelta(seconds=TIMEOUT), "allow_http": plain},
                retry_config={
                    "max_retries": 8,
                    "retry_timeout": timedelta(seconds=PATIENCE),
                    "backoff": {
                        "init_backoff": timedelta(milliseconds=100),
                        "max_backoff": timedelta(seconds=5),
                        "base": 2,
                    },
                },
                **options,
            )

    def read(self, path: str, known: Stamp | None = None) -> Found | Answer | None:
        """A file with its headers."""
        options: Any = None if known is None else {"if_none_match": known.etag}
        with self._told(path):
            try:
                got = self.obstore.get(self.store, path, options=options)
                data = bytes(got.bytes())
            except FileNotFoundError:
                return None
            except self.errors.NotModifiedError:
                return Answer.UNCHANGED
            headers = {str(name): str(value) for name, value in got.attributes.items()}
            return Found(data, Stamp(got.meta["e_tag"], got.meta["version"]), headers)

    def listed(self) -> Iterator[tuple[str, Stamp]]:
        """Every file below the address and its version; a thousand or so cost a request."""
        with self._told():
            for some in self.obstore.list(self.store):
                for each in some:
                    yield each["path"], Stamp(each["e_tag"], each["version"])

    def put(self, path: str, data: bytes, headers: Mapping[str, str], only: If | Stamp) -> Stamp:
        """Write in one request, so that a condition holds for all of it."""
        mode: Any = "overwrite"
        if only is If.NONE:
            mode = "create"
        elif isinstance(only, Stamp):
            mode = {
                name: value
                for name, value in (("e_tag", only.etag), ("version", only.version))
                if value is not None
            }
        kept = {name: headers[name] for name in _KEPT if name in headers}
        with self._told(path):
            try:
                done = self.obstore.put(
                    self.store, path, data, mode=mode, attributes=kept, use_multipart=False
                )
            except (self.errors.AlreadyExistsError, self.errors.PreconditionError):
                raise Differs(path) from None
            return Stamp(done["e_tag"], done["version"])

    def delete(self, path: str) -> None:
        """Remove a file."""
        with self._told(path):
            try:
                self.obstore.delete(self.store, path)
            except FileNotFoundError:
                return

    @contextmanager
    def _told(self, path: str = "") -> Iterator[None]:
        """The store's errors in one sentence: where, why, and what to do."""
        try:
            yield
        except (self.errors.BaseError, OSError, ValueError) as error:
            where = f"{self.name}/{path}" if path else self.name
            refused = (self.errors.PermissionDeniedError, self.errors.UnauthenticatedError)
            said = str(error).partition("\n")[0]
            if isinstance(error, refused) or any(each in said for each in (" 401 ", " 403 ")):
                cure = "check the keys, when they expire, and what they permit, and "
                cure += self.again
            elif "credential" in said.lower():
                cure = f"put the keys of the store into the environment, and {self.again}"
            else:
                cure = f"{self.again}: what is missing then follows"
            msg = f"`{where}`: {said}: {cure}"
            raise Unavailable(msg) from error
