"""HTTP: typed operations, the request gate, problem documents."""

from core.http.body import BODY_BYTES_MAX, media_type, read_body
from core.http.call import PAGE_ITEMS, PAGE_ITEMS_MAX, Access, Call, Page, Paging
from core.http.operation import IDEMPOTENCY_KEY_CHARS_MAX, READ_RATE, WRITE_RATE, Operation
from core.http.request_gate import RequestGate

__all__ = [
    "BODY_BYTES_MAX",
    "IDEMPOTENCY_KEY_CHARS_MAX",
    "PAGE_ITEMS",
    "PAGE_ITEMS_MAX",
    "READ_RATE",
    "WRITE_RATE",
    "Access",
    "Call",
    "Operation",
    "Page",
    "Paging",
    "RequestGate",
    "media_type",
    "read_body",
]
