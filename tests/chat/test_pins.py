"""What `chat/socket.py` reaches into. When one of these fails, an upgrade of uvicorn changed it: read both again."""

from __future__ import annotations

import inspect
from importlib.metadata import version

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from chat.socket import FanoutWebSocket

METHODS = {
    "connection_made": "(self, transport: 'BaseTransport') -> 'None'",
    "handle_connect": "(self, event: 'Request') -> 'None'",
    "stop_keepalive": "(self) -> 'None'",
}


def test_uvicorn_is_the_one_that_was_read() -> None:
    assert version("uvicorn") == "0.54.0"


def test_the_methods_are_there_as_they_were() -> None:
    for name, signature in METHODS.items():
        assert str(inspect.signature(getattr(WebSocketsSansIOProtocol, name))) == signature


def test_the_new_methods_hide_none_of_uvicorns() -> None:
    new = {"cut", "writer"}
    assert not new & set(dir(WebSocketsSansIOProtocol))
    assert new <= set(vars(FanoutWebSocket))


def test_the_attributes_mean_what_they_meant() -> None:
    source = inspect.getsource(WebSocketsSansIOProtocol)
    for line in (
        "if self.close_timer is not None:\n            self.close_timer.cancel()",  # in connection_lost
        'self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})',
        '"extensions": {"websocket.http.response": {}},',
    ):
        assert line in source
