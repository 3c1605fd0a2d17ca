"""The feed learns from each event, on every node, and whatever order they are read in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, select

from core.ids import first_id, time_of
from tests.vod.conftest import House
from tests.vod.feed.learning.showings import Fans, interests, watch
from vod.feed.learning import changes, tail
from vod.tables import feed_events


def test_the_next_page_reflects_the_last_event(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    first, *_ = ada.page(house.vod)
    ada.do(house.vod, first)
    assert first.id not in [item.id for item in ada.page(house.vod)], "what was seen is not shown again"
    assert interests(house.vod, ada)


def test_who_has_seen_everything_still_gets_a_feed(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    while (items := ada.page(house.vod, 12)) and items[0].reason.code != "chronological":
        ada.do(house.vod, items[0])
    assert sorted(item.id for item in items) == sorted(library)


def test_two_nodes_converge(house: House, library: list[str], fan: Fans) -> None:
    ada, here = fan(), house.vod
    there = house.open()
    there.learning.catch_up()
    for item in ada.page(here)[:4]:
        ada.do(here, item)
    there.learning.catch_up()
    assert interests(here, ada)
    assert interests(there, ada) == interests(here, ada)
    there.learning.catch_up()
    assert interests(there, ada) == interests(here, ada), "no row is learned twice"
    here.interests.reset(ada.who)
    there.learning.catch_up()
    assert interests(here, ada) == interests(there, ada) == []


def test_a_row_that_is_committed_late_is_learned(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    watch(house, ada)
    there = house.open()
    there.learning.catch_up()
    before = interests(there, ada)
    row = house.database.read(lambda c: c.execute(select(feed_events).order_by(feed_events.c.id)).first())
    assert row is not None
    late = dict(row._mapping) | {"id": row.id[:-2] + "00", "kind": "share"}
    house.database.write(lambda c: c.execute(feed_events.insert().values(late)))
    there.learning._looked_back_at = 0.0
    there.learning.catch_up()
    assert interests(there, ada) != before


def test_a_deleted_video_is_shown_no_more(house: House, fan: Fans) -> None:
    maker, ada = house.person(), fan()
    video = house.show(maker)
    there = house.vod
    there.learning.catch_up()
    assert [item.id for item in ada.page(there)] == [video]
    there.videos.delete(video, maker)
    assert ada.page(there) == []
    there.learning.catch_up()
    assert ada.page(there) == []


def test_a_rebuild_reads_few_rows_at_a_time(
    house: House, library: list[str], fan: Fans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are: each batch in a transaction of its own, and what was applied is not remembered."""
    ada = fan()
    watch(house, ada, 1)
    row = house.database.read(lambda c: c.execute(select(feed_events)).one())
    hour = time_of(row.id) - 3_600_000
    rows = [
        dict(row._mapping) | {"id": first_id(hour + 1_000 * number), "video": library[number % 12]}
        for number in range(3_000)
    ]
    house.database.write(lambda c: c.execute(feed_events.insert(), rows))
    monkeypatch.setattr(tail, "BATCH_ROWS", 100)
    monkeypatch.setattr(changes, "FACTS_BATCH", 5)
    largest, remembered = 0, 0
    learning, read = house.open().learning, house.database.read

    def counted(run: Callable[[Connection], Any]) -> Any:
        nonlocal largest, remembered
        found = read(run)
        if isinstance(found, tuple) and isinstance(found[0], list):
            largest = max(largest, len(found[0]))
        remembered = max(remembered, len(learning._events.state.recent))
        return found

    monkeypatch.setattr(house.database, "read", counted)
    learning.catch_up()
    assert learning.learned == 3_001
    assert largest == 100
    assert remembered <= 100 + 2 * tail.LATE_MS_MAX // 1_000 + 1
    assert learning.interests(ada.who.id)
