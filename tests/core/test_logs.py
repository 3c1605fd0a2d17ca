"""Text logs: what strangers write cannot forge a line or steer a terminal."""

from __future__ import annotations

import subprocess
import sys

HOSTILE = "a\n2026-01-01 [info] forged\r\x1b[2J\x9b\u2028z"
PROGRAM = f"""
import logging, structlog
from core.logs import configure_logs
configure_logs(json=False)
hostile = {HOSTILE!r}
log = structlog.get_logger("test")
log.warning("event " + hostile, path=hostile, inside=[hostile])
logging.getLogger("library").warning("library %s", hostile)
try:
    raise ValueError(hostile)
except ValueError:
    log.exception("failed")
"""
CAPTURED = """
import structlog
from core.logs import configure_logs
log = structlog.get_logger("a.module")
for _ in range(2):
    configure_logs(json=False)
    log.info("an event")
    with structlog.testing.capture_logs() as lines:
        log.info("a captured event")
    assert [line["event"] for line in lines] == ["a captured event"], lines
"""


def test_control_characters_are_escaped_in_values_messages_and_tracebacks() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    lines = done.stderr.splitlines()
    assert len(lines) == len(done.stderr.split("\n")) - 1, "no other line separators"
    assert not any(not c.isprintable() for line in lines for c in line)
    assert [line for line in lines if line.startswith("2026-01-01 [info] forged")] == []
    assert sum(r"a\n2026-01-01" in line for line in lines) >= 2
    assert any(line.startswith("    ValueError: a") for line in lines)


def test_events_are_captured_after_logs_were_configured_twice() -> None:
    done = subprocess.run([sys.executable, "-c", CAPTURED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
