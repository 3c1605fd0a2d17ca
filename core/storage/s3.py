"""Object storage on S3 and compatible services (Google Cloud Storage, R2, MinIO), through aioboto3.

The library is asynchronous and our callers are threads, so it runs on an event loop in its own thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import aioboto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectionFailed

from core.errors import NotFound, Unavailable
from core.storage.storage import CHUNK_BYTES, Stored, check_key, content_type

T = TypeVar("T")

OPERATION_TIMEOUT_S = 600.0
SIGNED_URL_S = 900  # longer than a video: players seek with the address they were redirected to
RETRY_AFTER = {"Retry-After": "5"}
CACHE_CONTROL = "public, max-age=31536000, immutable"


class S3Storage:
    """Objects in a bucket, below a prefix. Credentials come from the environment as for every AWS tool."""

    def __init__(self, bucket: str, prefix: str, endpoint: str | None, region: str, base_url: str) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._base_url = base_url.rstrip("/")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="s3", daemon=True)
        self._thread.start()
        self._stack = AsyncExitStack()
        # Google, R2, B2 and Ceph reject the checksum headers that botocore sends by default since 1.36.
        config = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 4, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        client = aioboto3.Session().client("s3", endpoint_url=endpoint, region_name=region, config=config)
        self._client: Any = self._wait(self._stack.enter_async_context(client))

    @classmethod
    def from_url(cls, url: str, base_url: str = "") -> S3Storage:
        """`s3://bucket/prefix?endpoint=https://...&region=...`; without an endpoint: AWS."""
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return cls(parts.netloc, parts.path, query.get("endpoint"), query.get("region", "us-east-1"), base_url)

    def put_file(self, key: str, path: Path) -> None:
        self._wait(self._client.upload_file(str(path), self._bucket, self._name(key), ExtraArgs=self._headers(key)))

    def put_bytes(self, key: str, content: bytes) -> None:
        self._wait(
            self._client.put_object(Bucket=self._bucket, Key=self._name(key), Body=content, **self._headers(key))
        )

    def take_file(self, key: str, path: Path) -> None:
        self.put_file(key, path)
        path.unlink(missing_ok=True)

    def stat(self, key: str) -> Stored:
        try:
            head = self._wait(self._client.head_object(Bucket=self._bucket, Key=self._name(key)))
        except ClientError as error:
            raise _translated(error) from None
        return Stored(key, head["ContentLength"], content_type(key))

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        end = "" if length is None else str(start + length - 1)
        try:
            answer = self._wait(
                self._client.get_object(Bucket=self._bucket, Key=self._name(key), Range=f"bytes={start}-{end}")
            )
        except ClientError as error:
            raise _translated(error) from None
        body = answer["Body"]
        try:
            while chunk := self._wait(body.read(CHUNK_BYTES)):
                yield chunk
        finally:
            body.close()

    def delete(self, key: str) -> None:
        self._wait(self._client.delete_object(Bucket=self._bucket, Key=self._name(key)))

    def url(self, key: str) -> str:
        """On the CDN if there is one, else our own /media, which redirects to a signed address."""
        return f"{self._base_url or '/media'}/{check_key(key)}"

    def local(self, key: str) -> None:
        check_key(key)

    def signed_url(self, key: str) -> str:
        parameters = {"Bucket": self._bucket, "Key": self._name(key)}
        url: str = self._wait(
            self._client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=SIGNED_URL_S)
        )
        return url

    def ping(self) -> None:
        self._wait(self._client.head_bucket(Bucket=self._bucket), timeout_s=5.0)

    def close(self) -> None:
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        """Requests that nobody waits for any more end first: the loop must not close under them."""
        running = asyncio.all_tasks() - {asyncio.current_task()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._stack.aclose()

    def _name(self, key: str) -> str:
        return self._prefix + check_key(key)

    @staticmethod
    def _headers(key: str) -> dict[str, str]:
        return {"ContentType": content_type(key), "CacheControl": CACHE_CONTROL}

    def _wait(self, work: Coroutine[Any, Any, T], timeout_s: float = OPERATION_TIMEOUT_S) -> T:
        """Raises Unavailable while the store cannot be reached or has a failure of its own."""
        running = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return running.result(timeout_s)
        except (ConnectionFailed, HTTPClientError, TimeoutError) as error:
            running.cancel()
            raise Unavailable("The storage does not answer.", headers=RETRY_AFTER) from error
        except ClientError as error:
            if _is_fault(error):
                raise Unavailable("The storage does not work.", headers=RETRY_AFTER) from error
            raise


def _is_fault(error: ClientError) -> bool:
    """Whether the store is at fault. Without its bucket, nothing that is asked of it can be right or wrong."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return bool(status >= 500 or error.response.get("Error", {}).get("Code") == "NoSuchBucket")


def _translated(error: ClientError) -> Exception:
    missing = error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound")
    return NotFound() if missing else error
