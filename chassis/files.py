"""The object store behind a narrow port: put, get, head, copy, delete, presign, and no other call.

Keys are random and never rewritten. Upload URLs fix size and type; the SDK's own signer cannot, so the signature
(AWS Signature Version 4, query form) is made here, without a network call, for the public origin.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import TypeVar
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid4, uuid5

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, S3Error

from chassis.errors import Unavailable
from chassis.settings import Settings

LINK_SECONDS = 600
BUCKET = "media"
T = TypeVar("T")


class StoreUnavailable(Unavailable):
    """The object store does not answer; file without photos, or try again."""

    zh = "照片服务暂时不可用，可先提交文字，稍后补充照片"


class Files:
    """Objects of one service: keys are `<service>/<uuid>` in one bucket, served under `/media/`."""

    def __init__(self, service: str, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        address = urlsplit(settings.s3_endpoint)
        self._client = Minio(
            address.netloc, settings.s3_access_key, settings.s3_secret_key,
            secure=address.scheme == "https", region=settings.s3_region,
            http_client=urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=4), retries=False, maxsize=8),
        )

    def new_key(self) -> str:
        """A key nobody can guess."""
        return f"{self._service}/{uuid4()}"

    def key_beside(self, key: str, variant: str) -> str:
        """The one key of a variant of an object, so that writing it twice leaves nothing behind."""
        return f"{self._service}/{uuid5(UUID(key.rpartition('/')[2]), variant)}"

    async def prepare(self) -> None:
        """Make the bucket at the first start."""
        await self._call(lambda: self._client.bucket_exists(BUCKET) or self._client.make_bucket(BUCKET))

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store bytes under a new key."""
        await self._call(lambda: self._client.put_object(BUCKET, key, BytesIO(content), len(content), content_type))

    async def get(self, key: str, *, first: int = 0) -> bytes:
        """The bytes of an object, or only the first of them."""

        def read() -> bytes:
            answer = self._client.get_object(BUCKET, key, offset=0, length=first)
            try:
                return bytes(answer.read(first) if first else answer.read())
            finally:
                answer.close()
                answer.release_conn()

        return await self._call(read)

    async def size(self, key: str) -> int | None:
        """The bytes of an object, None if there is none. Its type the store may forget when it restarts: nobody asks it."""

        def look() -> int | None:
            try:
                return self._client.stat_object(BUCKET, key).size or 0
            except S3Error as refused:
                if refused.code in {"NoSuchKey", "NoSuchObject"}:
                    return None
                raise

        return await self._call(look)

    async def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is done as well."""
        await self._call(lambda: self._client.remove_object(BUCKET, key))

    def upload_url(self, key: str, content_type: str, size: int, at: datetime) -> str:
        """A URL that takes exactly this many bytes of exactly this type by PUT, for ten minutes."""
        return self._presigned("PUT", key, at, {"content-type": content_type, "content-length": str(size)}, {})

    def link(self, key: str, at: datetime, content_type: str) -> str:
        """A URL to read the object as this type, for ten minutes."""
        return self._presigned("GET", key, at, {}, {"response-content-type": content_type})

    def _presigned(self, method: str, key: str, at: datetime, headers: dict[str, str], query: dict[str, str]) -> str:
        origin = self._settings.public_origin
        path = f"/{BUCKET}/{key}"
        signed = {"host": urlsplit(origin).netloc, **headers}
        signature = sign(
            method, path, signed, at, region=self._settings.s3_region,
            access_key=self._settings.s3_access_key, secret_key=self._settings.s3_secret_key,
            query={"X-Amz-Expires": str(LINK_SECONDS), **query},
        )
        return f"{origin}{quote(path)}?{signature}"

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except (urllib3.exceptions.HTTPError, InvalidResponseError, S3Error, OSError) as failed:
            raise StoreUnavailable from failed


def sign(
    method: str, path: str, headers: dict[str, str], at: datetime, *, region: str, access_key: str, secret_key: str,
    query: dict[str, str],
) -> str:
    """The query string of a presigned request (AWS Signature Version 4, unsigned payload, only these headers)."""
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    names = ";".join(sorted(headers))
    query = query | {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{access_key}/{scope}", "X-Amz-Date": stamp,
        "X-Amz-SignedHeaders": names,
    }
    canonical_query = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in sorted(query.items()))
    canonical_headers = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join([method, quote(path), canonical_query, canonical_headers, names, "UNSIGNED-PAYLOAD"])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return f"{canonical_query}&X-Amz-Signature={hmac.digest(key, to_sign.encode(), hashlib.sha256).hex()}"


