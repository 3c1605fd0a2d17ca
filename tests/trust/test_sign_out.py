"""`cadeau admin sign-out`: nothing that somebody has open goes on, and the audit knows."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.bus import RedisBus
from core.core import Core
from core.database import Database
from core.errors import NotFound
from core.settings import Settings
from people.accounts import Accounts
from people.sessions import Sessions, digest_of
from people.sign_outs import TOPIC
from people.tables import sessions
from tests.core.test_bus import heard, subscribed
from tests.cores import core_over
from tests.served import PASSWORD
from tests.services import free_port
from trust.audit.sign_out import WHAT, sign_out
from trust.audit.tables import audit

Output = pytest.CaptureFixture[str]


def joined(core: Core, *handles: str) -> list[str]:
    accounts = Accounts(core.database, core.clock)
    return [accounts.join(handle, PASSWORD, date(1990, 1, 1)).id for handle in handles]


async def test_all_sessions_end_and_every_node_hears_of_each(
    database: Database, tmp_path: Path, redis_url: str, capsys: Output
) -> None:
    core = core_over(database, tmp_path, settings=Settings(data_dir=tmp_path, redis_url=redis_url))
    ada, bob = joined(core, "ada", "bob")
    opened = Sessions(database, core.clock)
    tokens = [opened.open(ada), opened.open(ada)]
    opened.open(bob)
    nodes = [RedisBus(redis_url) for _ in range(2)]
    running = [asyncio.create_task(node.run()) for node in nodes]
    received = [(await subscribed(node, TOPIC))[0] for node in nodes]
    for got in received:
        got.clear()  # what the other one has asked
    assert await asyncio.to_thread(sign_out, core, Namespace(handle="@Ada")) == 0
    for node, got in zip(nodes, received, strict=True):
        await heard(node, TOPIC, got, 2)
        assert set(got) == {digest_of(token) for token in tokens}
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert "2 sessions ended; open connections have heard" in capsys.readouterr().out
    left = select(sessions.c.person, func.count()).group_by(sessions.c.person)
    assert database.read(lambda c: [*map(tuple, c.execute(left))]) == [(bob, 1)]
    noted = select(audit.c.by, audit.c.what, audit.c.subject, audit.c.detail)
    assert database.read(lambda c: [*map(tuple, c.execute(noted))]) == [("", WHAT, ada, "2")]


def test_without_redis_it_says_how_long_open_connections_may_last(
    database: Database, tmp_path: Path, capsys: Output
) -> None:
    core = core_over(database, tmp_path)
    joined(core, "ada")
    assert sign_out(core, Namespace(handle="ada")) == 0
    told = capsys.readouterr()
    assert told.out.endswith("0 sessions ended; open connections close within a minute\n")
    assert told.err == ""
    with pytest.raises(NotFound):
        sign_out(core, Namespace(handle="nobody"))


def test_a_redis_that_is_away_is_named_and_the_sessions_end_all_the_same(
    database: Database, tmp_path: Path, capsys: Output
) -> None:
    away = Settings(data_dir=tmp_path, redis_url=f"redis://127.0.0.1:{free_port()}/0")
    core = core_over(database, tmp_path, settings=away)
    (ada,) = joined(core, "ada")
    Sessions(database, core.clock).open(ada)
    assert sign_out(core, Namespace(handle="ada")) == 0
    assert "Redis does not answer" in capsys.readouterr().err
    assert database.read(lambda c: c.execute(select(sessions.c.person)).all()) == []
