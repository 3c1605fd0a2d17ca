"""Nobody waits for a slow reader: it is disconnected with 4008 and can resume."""

from __future__ import annotations

import asyncio

from chat.socket import SLOW_READER
from core.http.protocol import SEND_BUFFER_BYTES_MAX
from tests.chat.client import Client
from tests.chat.node import Node

TEXT = "x" * 300


async def fill(speaker: Client, start: int, lines: int) -> None:
    for n in range(start, start + lines):
        await speaker.send({"type": "say", "id": f"n{n}", "text": TEXT})
    await speaker.next("ok", id=f"n{start + lines - 1}")


async def test_a_slow_reader_is_disconnected_and_can_resume_while_the_others_get_everything(node: Node) -> None:
    ann = await node.join()
    room = await node.open_room(ann)
    async with Client(node.port, room, await node.token(ann)) as speaker, Client(node.port, room, max_queue=1) as slow:
        await slow.next("welcome")
        slow.socket.transport.pause_reading()
        lines = 0
        async with asyncio.timeout(120):
            while lines * len(TEXT) < 20 * SEND_BUFFER_BYTES_MAX:
                await fill(speaker, lines, 500)
                lines += 500
                if node.chat.sockets == 1:
                    break
        assert node.chat.sockets == 1, "the slow reader is still there"
        await fill(speaker, lines, 1)
        assert speaker.seqs == list(range(1, lines + 3)), "the others got everything"

        slow.socket.transport.resume_reading()
        assert await slow.closed() == SLOW_READER
        assert slow.seqs == list(range(1, slow.seqs[-1] + 1)), "what it got had no gap"

        async with Client(node.port, room, after=slow.seqs[-1]) as back:
            events = await back.receive()
            assert events[1] == {"type": "gap", "after": slow.seqs[-1], "seq": lines + 2 - 50} or back.seqs[0] == (
                slow.seqs[-1] + 1
            )
            assert back.seqs[-1] == lines + 2


async def test_a_client_that_pings_without_reading_is_disconnected(node: Node) -> None:
    room = await node.open_room(await node.join())
    async with Client(node.port, room) as flooding:
        await flooding.next("welcome")
        transport = flooding.socket.transport
        transport.pause_reading()
        ping = bytes((0x89, 0x80 | 125, 0, 0, 0, 0)) + bytes(125)  # masked with zeros (RFC 6455, 5.2)
        sent = 0
        async with asyncio.timeout(60):
            while node.chat.sockets and not transport.is_closing():
                if transport.get_write_buffer_size() < 1 << 20:
                    transport.write(ping * 500)
                    sent += 500 * len(ping)
                await asyncio.sleep(0)
        assert sent < 100 * SEND_BUFFER_BYTES_MAX, "the kernel's buffers and ours, but no more"
