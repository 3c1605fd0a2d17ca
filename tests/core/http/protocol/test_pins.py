"""The internals of uvicorn that `core/http/protocol` uses. If one fails after an upgrade, review that folder."""

from __future__ import annotations

import hashlib
import inspect
from importlib.metadata import version
from types import ModuleType

import pytest
from uvicorn.protocols.http import flow_control, httptools_impl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from core.http.protocol import BoundedHttp

OVERRIDDEN = {
    "connection_made": "(self, transport: 'asyncio.Transport') -> 'None'",
    "connection_lost": "(self, exc: 'Exception | None') -> 'None'",
    "data_received": "(self, data: 'bytes') -> 'None'",
    "on_headers_complete": "(self) -> 'None'",
    "on_message_complete": "(self) -> 'None'",
    "on_response_complete": "(self) -> 'None'",
    "handle_websocket_upgrade": "(self) -> 'None'",
    "pause_writing": "(self) -> 'None'",
    "resume_writing": "(self) -> 'None'",
    "timeout_keep_alive_handler": "(self) -> 'None'",
    "_unsupported_upgrade_warning": "(self) -> 'None'",
}
SOURCES = {httptools_impl: "1d4e1c579df41684", flow_control: "d39d16560df512f3"}


def test_uvicorn_has_the_version_we_checked() -> None:
    assert version("uvicorn") == "0.54.0"


@pytest.mark.parametrize("module", SOURCES)
def test_the_source_that_we_extend_has_not_changed(module: ModuleType) -> None:
    source = inspect.getsource(module)
    assert hashlib.sha256(source.encode()).hexdigest()[:16] == SOURCES[module], "read it again, then pin it again"


def test_the_overridden_methods_keep_their_signatures() -> None:
    assert {n: str(inspect.signature(getattr(HttpToolsProtocol, n))) for n in OVERRIDDEN} == OVERRIDDEN


def test_our_names_do_not_shadow_uvicorns() -> None:
    ours = {name for name in vars(BoundedHttp) if not name.startswith("__")} - set(OVERRIDDEN)
    assert not ours & set(dir(HttpToolsProtocol))
    assigned = set(BoundedHttp.connection_made.__code__.co_names) & {
        "received", "head", "body", "events", "message_complete", "working", "refused", "upgraded", "discarded",
        "deadline",
    }  # fmt: skip
    assert not [name for name in assigned if f"self.{name} " in inspect.getsource(HttpToolsProtocol)]
