"""Structured logs: one line per event, with the id of the request that caused it."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, TextIO

import structlog

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.StackInfoRenderer(),
]
# One list for all calls: a logger keeps the list of its first use, and tests capture what goes through the newest.
_PROCESSORS = [*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]


def configure_logs(*, json: bool) -> None:
    """Send our own and the libraries' logs to standard error, as text or as JSON lines."""
    end: list[structlog.typing.Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if json
        else [
            _escape_values,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=_indented_traceback
            ),
        ]
    )
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *end]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn.error", "alembic", "aioice", "aiortc", "httpx", "uvicorn.access", "botocore", "aiobotocore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _escape_values(_logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Control characters in what others wrote must neither begin a line of their own nor steer a terminal."""
    for key, value in event.items():
        if key not in ("exc_info", "exception", "stack"):
            event[key] = _escaped(value) if isinstance(value, str) else value
    return event


def _escaped(text: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _indented_traceback(out: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    """The plain traceback, indented, so that no line of an exception's message looks like one of the log."""
    out.writelines(f"    {_escaped(line)}\n" for line in "".join(traceback.format_exception(*exc_info)).splitlines())
