"""Which connections are accepted, which close codes the others get, and the rate limits."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.exceptions import InvalidStatus

from core.bus import LocalBus
from core.database import Database
from tests.chat.client import Client
from tests.chat.node import Node


@pytest.fixture
async def strict(database: Database) -> AsyncIterator[Node]:
    """A server with limits on requests, and room for two connections."""
    async with Node(database, LocalBus(), rate_limits=True, sockets_max=2) as opened:
        yield opened


async def closed_with(client: Client) -> int:
    async with client:
        return await client.closed()


async def test_a_client_without_our_subprotocol_is_closed(node: Node) -> None:
    room = await node.open_room(await node.join())
    assert await closed_with(Client(node.port, room, subprotocols=None)) == 1008
    assert await closed_with(Client(node.port, room, subprotocols=["cadeau.msgpack.v0"])) == 1008


async def test_compression_is_never_negotiated(node: Node) -> None:
    room = await node.open_room(await node.join())
    async with Client(node.port, room, compression="deflate") as client:
        await client.next("welcome")
        assert client.socket.request is not None
        assert "permessage-deflate" in client.socket.request.headers["Sec-WebSocket-Extensions"]
        assert client.socket.protocol.extensions == []


async def test_chat_works_over_tls(database: Database, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    trusting = ssl.create_default_context(cafile=certificate)
    async with Node(database, LocalBus(), options={"ssl_certfile": certificate, "ssl_keyfile": key}) as node:
        ann = await node.join()
        room = await node.open_room(ann)
        async with Client(node.port, room, await node.token(ann), ssl=trusting) as client:
            for n in range(100):
                await client.send({"type": "say", "id": f"n{n}", "text": "x" * 300})
            await client.next("ok", id="n99")
            assert client.seqs == list(range(1, 102))


def self_signed(folder: Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(folder / "cert.pem"), str(folder / "key.pem")


@pytest.mark.parametrize("room", ["nonsense", "0" * 20, "x" * 2_000, "%00"])
async def test_an_unknown_room_is_closed(node: Node, room: str) -> None:
    assert await closed_with(Client(node.port, room)) == 4004


async def test_a_full_server_says_so_until_somebody_leaves(strict: Node) -> None:
    room = await strict.open_room(await strict.join())
    async with Client(strict.port, room) as one:
        async with Client(strict.port, room) as two:
            await one.next("welcome")
            await two.next("welcome")
            assert strict.chat.sockets == 2
            assert await closed_with(Client(strict.port, room)) == 4009
        while strict.chat.sockets == 2:
            await asyncio.sleep(0.01)
        async with Client(strict.port, room) as next_one:
            await next_one.next("welcome")


async def test_the_cookie_is_accepted_only_from_our_own_pages(node: Node) -> None:
    ann = await node.join()
    room = await node.open_room(ann)
    cookie = {"Cookie": f"cadeau_session={await node.token(ann)}"}
    for origin in ("https://live.example.org", f"http://127.0.0.1:{node.port}"):
        async with Client(node.port, room, headers=cookie, origin=origin) as client:
            assert (await client.next("welcome"))["you"]["role"] == "host"
    for origin in ("https://evil.example.org", "null"):
        with pytest.raises(InvalidStatus) as refused:
            async with Client(node.port, room, headers=cookie, origin=origin):
                pass
        assert refused.value.response.status_code == 403
    async with Client(node.port, room, origin="https://evil.example.org") as client:  # anybody may watch
        assert (await client.next("welcome"))["you"] is None


async def test_a_malformed_message_is_refused_and_the_connection_stays(node: Node) -> None:
    ann = await node.join()
    room = await node.open_room(ann)
    async with Client(node.port, room, await node.token(ann)) as client:
        await client.next("welcome")
        for message, code in (
            (b"\xc1", "invalid_message"),
            (b"", "invalid_message"),
            ("text", "invalid_message"),
            (b"\x91" * 4_000, "invalid_message"),
            (b"x" * 4_097, "message_too_large"),
            (b"x" * 60_000, "message_too_large"),
        ):
            await client.send(message)
            assert (await client.next("refused", id=None))["code"] == code
        assert (await client.ask("say", text="still here"))["type"] == "ok"
        await client.send(b"x" * 70_000)
        assert await client.closed() == 1009


async def test_the_rate_of_lines_is_per_person_over_all_connections(strict: Node) -> None:
    host, ann = await strict.join(), await strict.join()
    room, token = await strict.open_room(host), await strict.token(ann)
    async with Client(strict.port, room, token) as one, Client(strict.port, room, token) as two:
        began = time.monotonic()
        answers = [await client.ask("say", text="x") for client in (one, two) * 15]
        refilled = int(time.monotonic() - began) + 1  # one line a second, however slow the machine
        assert [answer["type"] for answer in answers[:5]] == ["ok"] * 5
        assert sum(answer["type"] == "ok" for answer in answers) <= 5 + refilled
        assert {answer["code"] for answer in answers if answer["type"] != "ok"} == {"rate_exceeded"}


async def test_the_host_is_exempt_from_the_rate_of_lines_but_not_of_messages(strict: Node) -> None:
    host = await strict.join()
    room = await strict.open_room(host)
    async with Client(strict.port, room, await strict.token(host)) as client:
        for n in range(20):
            await client.send({"type": "say", "id": f"n{n}", "text": "x"})
        await client.next("ok", id="n19")
        for n in range(60):
            await client.send({"type": "say", "id": f"m{n}", "text": "x"})
        assert (await client.next("refused"))["code"] == "rate_exceeded"


@pytest.mark.parametrize("after", ["-1", "", "nonsense", "9" * 50, "-99", "1e3"])
async def test_any_after_gets_a_welcome(node: Node, after: str) -> None:
    room = await node.open_room(await node.join())
    async with Client(node.port, f"{room}?after={after}") as client:
        assert (await client.next("welcome"))["seq"] == 1


async def test_a_server_that_stops_closes_with_1012(database: Database) -> None:
    async with Node(database, LocalBus()) as node:
        room = await node.open_room(await node.join())
        async with Client(node.port, room) as client:
            await client.next("welcome")
            node.server.should_exit = True
            assert await client.closed() == 1012
