"""What a client may send before and beside a request, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import cast

import pytest

from core.http.protocol import http as protocol
from core.http.protocol.framing import HEADER_BLOCK_BYTES_MAX, HEADERS_MAX, REQUEST_LINE_BYTES_MAX
from core.http.protocol.guard import CONNECTIONS_PER_NETWORK_MAX
from core.http.protocol.http import REQUESTS_AHEAD_MAX, UNWANTED_CHUNKED_BYTES_MAX
from tests.core.http.protocol.listener import WAIT_S_MAX, Listener, listening, read_all

END = b"Host: x\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening() as opened:
        yield opened


def split(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_a_request_is_answered_however_its_bytes_are_split(listener: Listener, size: int) -> None:
    body = bytes(300)
    for sent in (
        POST + b"Content-Length: 300\r\n\r\n" + body,
        b"\r\n" + CHUNKED + b"12c\r\n" + body + b"\r\n0\r\n\r\n",
        CHUNKED + b"".join(b"1\r\n\0\r\n" for _ in range(300)) + b"0\r\n\r\n",
    ):
        answer = await listener.ask(*split(sent, size))
        assert (status(answer), answer[-3:]) == (200, b"300")


async def test_a_large_body_arrives_whole(listener: Listener) -> None:
    body = bytes(3_000_000)
    answer = await listener.ask(POST + b"Content-Length: 3000000\r\n\r\n" + body)
    assert answer.endswith(b"3000000")
    answer = await listener.ask(CHUNKED + b"2DC6C0\r\n" + body + b"\r\n0\r\n\r\n")
    assert answer.endswith(b"3000000")


LONG_LINE = b"GET /?" + b"x" * (REQUEST_LINE_BYTES_MAX - len(b"GET /? HTTP/1.1")) + b" HTTP/1.1\r\n"
LONG_HEADER = b"X: " + b"x" * (HEADER_BLOCK_BYTES_MAX - len(END) - len(b"X: \r\n")) + b"\r\n"


async def test_requests_up_to_the_limits_are_answered(listener: Listener) -> None:
    for sent in (
        LONG_LINE + END,
        b"GET / HTTP/1.1\r\n" + LONG_HEADER + END,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (HEADERS_MAX - 2) + END,
    ):
        assert status(await listener.ask(sent)) == 200


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        (LONG_LINE.replace(b"?", b"?x") + END, 414),
        (b"GET /" + b"x" * 3_000_000, 414),
        (b"GET / HTTP/1.1\r\n" + LONG_HEADER.replace(b":", b"-too-long:") + END, 431),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 3_000_000, 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (HEADERS_MAX - 1) + END, 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 500_000, 431),
        (CHUNKED + b"0\r\nX: y\r\n\r\n", 400),
        (CHUNKED + b"1;a=b\r\nx\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1" * 1_000_000, 400),
        (CHUNKED + b"\r\n\r\n", 400),
        (CHUNKED + b"0\r\n" + b"X" * 1_000_000, 400),
        (POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        (b"\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00", 400),
        (b"GET  HTTP/1.1\r\n" + END, 400),
        (b"GET / HTTP/1.1\nHost: x\n\nGET / HTTP/1.1\r\n" + END, 400),
        (b"CONNECT x:80 HTTP/1.1\r\n" + END, 400),
    ],
)  # fmt: skip
async def test_what_is_beyond_them_is_refused_and_the_connection_closed(
    listener: Listener, sent: bytes, wanted: int
) -> None:
    answer = await listener.ask(sent)
    assert status(answer) == wanted
    assert b"\r\nx-content-type-options: nosniff\r\n" in answer
    assert b"frame-ancestors 'none'" in answer
    assert status(await listener.ask(b"GET / HTTP/1.1\r\n" + END)) == 200


async def test_another_protocol_that_is_offered_is_ignored(listener: Listener) -> None:
    upgrade = b"Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    answer = await listener.ask(b"GET /?1 HTTP/1.1\r\n" + upgrade + b"\r\nGET /?2 HTTP/1.1\r\n" + END)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert listener.asked == ["1", "2"]


@pytest.mark.parametrize("protocol_", [b"h2c", b"foo", b"websocket, foo", b"foo\r\nUpgrade: websocket"])
async def test_the_body_beside_an_offered_protocol_is_no_request(listener: Listener, protocol_: bytes) -> None:
    inner = b"GET /?smuggled HTTP/1.1\r\n" + END
    head = POST.replace(b"close", b"upgrade") + b"Upgrade: " + protocol_ + b"\r\n"
    for body in (
        b"Content-Length: %d\r\n\r\n" % len(inner) + inner,
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(inner) + inner + b"\r\n0\r\n\r\n",
    ):
        answer = await listener.ask(head.replace(b"POST / ", b"POST /?1 ") + body + b"GET /?2 HTTP/1.1\r\n" + END)
        assert answer.count(b"HTTP/1.1 ") == 2
    assert listener.asked == ["1", "2", "1", "2"]


async def test_requests_sent_ahead_are_served_in_order_one_at_a_time(listener: Listener) -> None:
    get = b" HTTP/1.1\r\nHost: x\r\n\r\n"
    reader, writer = await listener.open()
    writer.write(b"GET /slow?1" + get + b"GET /slow?2" + get + b"GET /slow?3 HTTP/1.1\r\n" + END)
    while not listener.asked:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert listener.asked == ["1"]
    listener.answer.set()
    answer = await asyncio.wait_for(read_all(reader), WAIT_S_MAX)
    assert answer.count(b"HTTP/1.1 200") == 3
    assert listener.asked == ["1", "2", "3"]
    writer.close()


async def test_only_a_few_requests_are_answered_in_a_row_that_were_sent_ahead(listener: Listener) -> None:
    answer = await listener.ask(b"GET /?x HTTP/1.1\r\nHost: x\r\n\r\n" * 400)
    assert answer.count(b"HTTP/1.1 200") == REQUESTS_AHEAD_MAX + 1
    assert b"connection: close" in answer


async def test_a_body_that_nobody_wants_is_not_read_without_end(listener: Listener) -> None:
    chunks = b"4000\r\n" + bytes(0x4000) + b"\r\n"
    reader, writer = await listener.open()
    writer.write(CHUNKED.replace(b"POST / ", b"POST /none ").replace(b"Connection: close\r\n", b""))
    assert (await reader.readline()).startswith(b"HTTP/1.1 404")
    sent = 0
    async with asyncio.timeout(WAIT_S_MAX):
        with contextlib.suppress(ConnectionError):
            while sent < 50 * UNWANTED_CHUNKED_BYTES_MAX:
                writer.write(chunks)
                await writer.drain()
                sent += len(chunks)
    assert sent < 50 * UNWANTED_CHUNKED_BYTES_MAX
    writer.transport.abort()


async def test_nothing_more_is_read_from_a_client_that_sends_far_ahead(listener: Listener) -> None:
    _, writer = await listener.open()
    ahead = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < 100_000_000:
            writer.write(ahead)
            await asyncio.wait_for(writer.drain(), 1.0)
            sent += len(ahead)
    assert sent < 20_000_000, "the operating system's buffers"
    assert listener.asked == [""]
    assert status(await listener.ask(b"GET / HTTP/1.1\r\n" + END)) == 200
    writer.transport.abort()


async def test_a_request_may_follow_while_a_long_answer_is_on_its_way(listener: Listener) -> None:
    body = bytes(1_000_000)
    answer = await listener.ask(
        b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n" + POST + b"Content-Length: 1000000\r\n\r\n" + body
    )
    assert len(answer) > 8_000_000
    assert answer.endswith(b"1000000")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LINGER_S_MAX", 0.2)
    monkeypatch.setattr(protocol, "HEAD_S_MAX", 0.3)
    monkeypatch.setattr(protocol, "BODY_STALLED_S_MAX", 0.4)
    monkeypatch.setattr(protocol, "UNREAD_S_MAX", 0.5)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        (b"", 0),
        (b"GET / HTTP/1.1\r\nHost", 408),
        (b"\r\n", 0),
        (POST + b"Content-Length: 9\r\n\r\nhalf", 408),
        (CHUNKED + b"9\r\nhalf", 408),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT", 200),
    ],
)
async def test_who_sends_nothing_or_half_a_request_is_disconnected(
    listener: Listener, sent: bytes, wanted: int
) -> None:
    assert status(await listener.ask(sent)) == wanted


@pytest.mark.usefixtures("impatient")
async def test_bytes_now_and_then_do_not_extend_the_time_for_a_head(listener: Listener) -> None:
    reader, writer = await listener.open()
    answer = asyncio.create_task(read_all(reader))
    while not answer.done():
        writer.write(b"G")
        await asyncio.sleep(0.05)
    assert status(await answer) == 408
    writer.close()


@pytest.mark.usefixtures("impatient")
async def test_who_does_not_read_an_answer_is_disconnected(listener: Listener) -> None:
    reader, writer = await listener.open()
    writer.write(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
    transport = cast(asyncio.Transport, writer.transport)
    transport.pause_reading()
    await asyncio.sleep(1.0)
    transport.resume_reading()
    assert len(await asyncio.wait_for(read_all(reader), WAIT_S_MAX)) < 8_000_000
    writer.close()


async def test_one_network_has_a_limited_number_of_connections() -> None:
    async with listening(proxies="192.0.2.1") as listener:
        opened = [await listener.open() for _ in range(CONNECTIONS_PER_NETWORK_MAX)]
        assert await listener.ask(b"GET / HTTP/1.1\r\n" + END) == b""
        opened.pop()[1].close()
        async with asyncio.timeout(WAIT_S_MAX):
            while status(await listener.ask(b"GET / HTTP/1.1\r\n" + END)) != 200:
                await asyncio.sleep(0.01)
        for _, writer in opened:
            writer.close()


async def test_a_trusted_proxy_has_any_number_of_connections() -> None:
    async with listening(proxies="127.0.0.1") as listener:
        opened = [await listener.open() for _ in range(CONNECTIONS_PER_NETWORK_MAX + 1)]
        assert status(await listener.ask(b"GET / HTTP/1.1\r\n" + END)) == 200
        for _, writer in opened:
            writer.close()
