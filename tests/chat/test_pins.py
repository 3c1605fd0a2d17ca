"""The internals of uvicorn that `chat/socket.py` uses. If one fails after an upgrade, review that file."""

from __future__ import annotations

import inspect
from importlib.metadata import version

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from chat.socket import FanoutWebSocket

METHODS = {
    "connection_made": "(self, transport: 'BaseTransport') -> 'None'",
    "handle_connect": "(self, event: 'Request') -> 'None'",
    "stop_keepalive": "(self) -> 'None'",
    "handle_ping": "(self) -> 'None'",
    "keepalive_timeout": "(self) -> 'None'",
}


def test_uvicorn_has_the_version_we_checked() -> None:
    assert version("uvicorn") == "0.54.0"


def test_the_overridden_methods_keep_their_signatures() -> None:
    for name, signature in METHODS.items():
        assert str(inspect.signature(getattr(WebSocketsSansIOProtocol, name))) == signature


def test_our_methods_do_not_shadow_uvicorns() -> None:
    new = {"cut", "writer"}
    assert not new & set(dir(WebSocketsSansIOProtocol))
    assert new <= set(vars(FanoutWebSocket))


def test_the_attributes_we_use_keep_their_meaning() -> None:
    source = inspect.getsource(WebSocketsSansIOProtocol)
    for line in (
        "if self.close_timer is not None:\n            self.close_timer.cancel()",  # in connection_lost
        'self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})',
        '"extensions": {"websocket.http.response": {}},',
    ):
        assert line in source
