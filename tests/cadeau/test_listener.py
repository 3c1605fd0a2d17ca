"""One TCP port serves both HTTP and media, each only on the addresses where it is offered."""

from __future__ import annotations

import asyncio
import inspect
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
import websockets
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cadeau.listener import HttpBesideMedia
from chat.wire import PROTOCOL
from live.media.transport.tcp import framed
from tests.live.media.relay.company import Guest, Host
from tests.live.media.relay.stage import until
from tests.live.media.transport.lean_tcp import OverTcp
from tests.served import Person, Served
from tests.services import free_port


class TcpGuest(OverTcp, Guest):
    pass


class TcpHost(OverTcp, Host):
    pass


ELSEWHERE = "127.0.0.2"  # an address of this machine that HTTP is not bound to


def serve(folder: Path, **environment: str) -> Served:
    """A server with the same port number for HTTP and media."""
    number = str(free_port(socket.SOCK_DGRAM))
    served = Served(folder, {"CADEAU_PORT": number, "CADEAU_MEDIA_PORT": number} | environment)
    served.port = served.media_port = int(number)
    served.url = f"http://127.0.0.1:{number}"
    served.http = served.client()
    return served


@pytest.fixture(scope="module", params=["same host", "behind a proxy"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    wider = {"CADEAU_MEDIA_HOST": "0.0.0.0"} if request.param == "behind a proxy" else {}
    with serve(tmp_path_factory.mktemp("listener"), **wider) as served:
        yield served
        assert served.stop() == 0
        assert "Traceback" not in served.log


async def begin(port: int, said: bytes, host: str = "127.0.0.1") -> bytes:
    """The server's answer to these first bytes; empty when it closes the connection silently."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(said)
        return await asyncio.wait_for(reader.read(100), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_media_http_and_chat_share_the_port(server: Served) -> None:
    ada: Person = await asyncio.to_thread(server.join)
    room = await asyncio.to_thread(ada.open_room)
    async with AsyncExitStack() as stack:
        host = TcpHost(f"{server.url}/live/{room['id']}/whip", room["stream_key"])
        stack.push_async_callback(host.close)
        await host.agree()
        host.address = "127.0.0.1", server.port
        await host.connect()
        guest = TcpGuest(f"{server.url}/live/{room['id']}/whep")
        stack.push_async_callback(guest.close)
        while (await guest.agree()).status_code != 201:
            await host.play(3)
        guest.address = "127.0.0.1", server.port
        await guest.connect()
        chat = await stack.enter_async_context(
            websockets.connect(
                f"ws://127.0.0.1:{server.port}/chat/{room['id']}", subprotocols=[websockets.Subprotocol(PROTOCOL)]
            )
        )
        http = await stack.enter_async_context(httpx.AsyncClient())
        for _ in range(20):
            host.frame(keyframe=True)
            assert (await http.get(f"{server.url}/healthz")).json() == {"alive": True}
        assert await asyncio.wait_for(chat.recv(), 10)
        await until(lambda: len(guest.video) >= 30)


@pytest.mark.parametrize(
    "said", [bytes(100), framed([b"\x00\x01" + bytes(18)]), b"\x16\x03\x01" + bytes(200), b"\x1f\xff"]
)
async def test_unauthenticated_media_connections_are_closed_silently(server: Served, said: bytes) -> None:
    assert await begin(server.port, said) == b""


async def test_other_protocols_get_a_bad_request(server: Served) -> None:
    assert (await begin(server.port, b"\xff\xfe\xfd\r\n\r\n")).startswith(b"HTTP/1.1 400")


async def test_http_is_served_only_on_its_own_address(server: Served) -> None:
    """The media port may be public while HTTP stays behind its proxy."""
    asked = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    assert (await begin(server.port, asked)).startswith(b"HTTP/1.1 200")
    if "CADEAU_MEDIA_HOST" in server.environment:
        assert await begin(server.port, asked, ELSEWHERE) == b""
    else:
        with pytest.raises(OSError):
            await begin(server.port, asked, ELSEWHERE)


async def test_without_media_over_tcp_the_port_serves_only_http(tmp_path: Path) -> None:
    served = serve(tmp_path / "data", CADEAU_MEDIA_TCP="0", CADEAU_MEDIA_HOST="0.0.0.0")
    await asyncio.to_thread(served.__enter__)
    try:
        assert (await begin(served.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")).startswith(b"HTTP/1.1 200")
        with pytest.raises(OSError):
            await begin(served.port, b"", ELSEWHERE)
    finally:
        await asyncio.to_thread(served.__exit__)


# -- uvicorn's internals that we depend on -------------------------------------------------------


def test_uvicorn_has_the_version_we_checked() -> None:
    assert version("uvicorn") == "0.54.0"


def test_the_overridden_methods_keep_their_signatures() -> None:
    signatures = {name: str(inspect.signature(getattr(HttpToolsProtocol, name))) for name in METHODS}
    assert signatures == METHODS


METHODS = {
    "connection_made": "(self, transport: 'asyncio.Transport') -> 'None'",
    "data_received": "(self, data: 'bytes') -> 'None'",
}


def test_uvicorn_counts_a_connection_in_connection_made() -> None:
    assert "self.connections.add(self)" in inspect.getsource(HttpToolsProtocol.connection_made)
    assert "self.connections.add" not in inspect.getsource(HttpToolsProtocol.__init__)
    assert "_unset_keepalive" not in inspect.getsource(HttpToolsProtocol.connection_made)


def test_our_names_do_not_shadow_uvicorns() -> None:
    new = {"streams", "http_host", "media_host", "undecided", "hand_over"}
    assert not new & set(dir(HttpToolsProtocol))
    assert new - {"streams", "http_host", "media_host"} <= set(vars(HttpBesideMedia))
