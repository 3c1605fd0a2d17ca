"""Reads the body of a request that uploads, in blocks, until it ends, stalls, breaks or is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect

from vod.errors import UploadStalled, UploadTooLarge

BLOCK_BYTES = 1024 * 1024  # worth a write
BODY_IDLE_S = 30.0
STOP_S = 0.5


class Body:
    """Another request for the same upload may tell the one that reads it to stop.

    It then reads what has arrived already: until the broken connection ends, or for STOP_S when it does not.
    """

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._timer: asyncio.Timeout | None = None
        self._stop_at: float | None = None  # in the loop's time

    def stop(self) -> None:
        if self._stop_at is None:
            self._stop_at = asyncio.get_running_loop().time() + STOP_S
            if self._timer is not None and not self._timer.expired():
                self._timer.reschedule(self._stop_at)

    async def blocks(self, bytes_max: int) -> AsyncIterator[bytes]:
        """The body in blocks of about BLOCK_BYTES. What arrived before the connection broke is still yielded.

        Raises UploadTooLarge, UploadStalled, ClientDisconnect.
        """
        block = bytearray()
        problem: Exception | None = None
        while True:
            try:
                piece = await self._read()
            except (ClientDisconnect, UploadStalled) as broken:
                problem, piece = broken, None
            if piece is None:
                break
            bytes_max -= len(piece)
            if bytes_max < 0:
                raise UploadTooLarge("The body exceeds the upload's announced length.")
            block += piece
            if len(block) >= BLOCK_BYTES:
                yield bytes(block)
                block.clear()
        if block:
            yield bytes(block)
        if problem is not None:
            raise problem

    async def _read(self) -> bytes | None:
        now = asyncio.get_running_loop().time()
        until = now + BODY_IDLE_S if self._stop_at is None else self._stop_at
        if until < now:  # while there is something to read, the timer never fires: check by hand
            raise UploadStalled
        try:
            async with asyncio.timeout_at(until) as self._timer:
                return await anext(self._stream)
        except StopAsyncIteration:
            return None
        except TimeoutError:
            raise UploadStalled from None
        finally:
            self._timer = None
