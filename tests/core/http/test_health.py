"""The metrics are for the addresses that the settings name."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from core.core import open_part
from core.database import Database
from core.http.refusals.problems import EXCEPTION_HANDLERS
from core.settings import Settings
from tests.cores import core_over


@pytest.mark.parametrize(
    ("names", "client", "allowed"),
    [
        ("127.0.0.1,::1", "127.0.0.1", True),
        ("127.0.0.1,::1", "::1", True),
        ("127.0.0.1,::1", "::ffff:127.0.0.1", True),
        ("127.0.0.1,::1", "192.0.2.7", False),
        ("127.0.0.1,::1", "nonsense", False),
        ("192.0.2.0/24, 2001:db8::/32", "192.0.2.7", True),
        ("192.0.2.0/24, 2001:db8::/32", "2001:db8::7", True),
        ("192.0.2.0/24, 2001:db8::/32", "127.0.0.1", False),
        ("", "127.0.0.1", False),
    ],
)
async def test_only_named_addresses_read_the_metrics(
    sqlite_url: str, tmp_path: Path, names: str, client: str, allowed: bool
) -> None:
    database = Database(sqlite_url)
    core = core_over(database, tmp_path, settings=Settings(data_dir=tmp_path, metrics_addresses=names))
    app = Starlette(routes=open_part(core, {}).routes, exception_handlers=EXCEPTION_HANDLERS)
    transport = httpx.ASGITransport(app, client=(client, 9))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
        answer = await http.get("/metrics")
        assert answer.status_code == (200 if allowed else 403)
        assert ("cadeau" in answer.text) is allowed or answer.json()["code"] == "not_allowed"
        assert (await http.get("/healthz")).status_code == 200
    database.close()
