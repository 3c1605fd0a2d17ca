"""A profile is its person's: it can be switched off, emptied, and leaves with them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence

import msgspec
import pytest
from sqlalchemy import Connection, select

from tests.vod.conftest import House
from tests.vod.feed.learning.showings import Fans, interests, row_of, watch
from vod.feed import events
from vod.feed.learning.judging import Done
from vod.feed.learning.learning import Saved
from vod.feed.learning.snapshots import Snapshots
from vod.feed.learning.tail import Tail
from vod.feed.recommender.model import Model
from vod.tables import feed_events, feed_snapshots, video_tags


def test_minors_and_those_who_do_not_want_it_have_no_profile(house: House, library: list[str], fan: Fans) -> None:
    minor, ada = fan(adult=False), fan()
    house.vod.interests.personalise(ada.who, personalised=False)
    for one in (minor, ada):
        item, *_ = one.page(house.vod)
        assert item.reason.code in ("chronological", "trending")
        one.do(house.vod, item)
        assert row_of(house, "finish")[1:] == (0.0, None)
        assert interests(house.vod, one) == []


def test_what_is_on_its_way_when_somebody_switches_it_off_teaches_nobody(
    house: House, library: list[str], fan: Fans
) -> None:
    ada, there = fan(), house.open()
    first, second, *_ = ada.page(house.vod)
    ada.do(house.vod, first)
    assert row_of(house, "finish")[1:] == (1.0, ada.who.id)
    there.interests.personalise(ada.who, personalised=False)
    ada.do(house.vod, second)
    assert row_of(house, "finish")[1:] == (0.0, None), "another node has not heard of it yet"


def test_nobody_switches_it_off_between_the_look_and_the_commit(
    house: House, library: list[str], fan: Fans, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = fan()
    item, *_ = ada.page(house.vod)
    off = threading.Thread(target=lambda: house.vod.interests.personalise(ada.who, personalised=False))
    insert = events._insert

    def late(connection: Connection, done: Sequence[Done], viewed: Collection[str]) -> None:
        off.start()
        off.join(0.5)  # long enough for it to come first, if it can
        insert(connection, done, viewed)

    monkeypatch.setattr(events, "_insert", late)
    ada.do(house.vod, item)
    off.join()
    assert row_of(house, "finish")[1:] == (0.0, None)


def test_one_interest_can_be_removed_for_good(house: House, library: list[str], fan: Fans) -> None:
    row = [{"tag": "cats", "video": video} for video in library]
    house.database.write(lambda c: c.execute(video_tags.insert(), row))
    vod = house.open()
    vod.learning.catch_up()
    ada = fan()
    ada.do(vod, ada.page(vod)[0])
    assert ("hashtag", "cats") in [(one.kind, one.key) for one in vod.interests.view(ada.who).items]
    vod.interests.remove(ada.who, "hashtag", "cats")
    again = house.open()
    again.learning.catch_up()
    for each in (vod, again):
        assert ("hashtag", "cats") not in [(one.kind, one.key) for one in each.interests.view(ada.who).items]


@pytest.mark.parametrize("how", ["reset", "off"])
def test_training_data_leaves_with_the_person(house: House, library: list[str], fan: Fans, how: str) -> None:
    ada, bob, here = fan(), fan(), house.vod
    there = house.open()
    there.learning.catch_up()
    for one in (ada, bob):
        watch(house, one)
    here.learning.save()
    if how == "reset":
        here.interests.reset(ada.who)
    else:
        here.interests.personalise(ada.who, personalised=False)
    there.learning.catch_up()
    there.learning.save()
    house.time.leap_ms += 1
    restarted = house.open()
    restarted.learning.catch_up()
    from_rows = house.open()
    for vod in (here, there, restarted):
        assert interests(vod, ada) == []
        assert vod.learning._model is not None
        assert not vod.learning._model.knows(ada.who.id)
        assert interests(vod, bob)
    snapshots = Snapshots(house.database, house.time).newest("model")
    stored = [msgspec.msgpack.decode(body, type=Saved) for _, body in snapshots]
    assert stored
    assert not any(Model.load(saved.model).knows(ada.who.id) for saved in stored), "an earlier one is not kept either"
    left = select(feed_events.c.id).where(feed_events.c.viewer == ada.who.id)
    trained = left.where((feed_events.c.profile.is_not(None)) | (feed_events.c.voice > 0))
    assert house.database.read(lambda c: c.execute(trained).all()) == []
    house.database.write(lambda c: c.execute(feed_snapshots.delete()))
    from_rows.learning.catch_up()
    assert interests(from_rows, ada) == []
    assert interests(from_rows, bob)


@pytest.mark.parametrize("how", ["here", "elsewhere"])
def test_what_was_read_before_a_reset_is_not_learned_after_it(
    house: House, library: list[str], fan: Fans, how: str
) -> None:
    ada, vod = fan(), house.open()
    vod.learning.catch_up()
    watch(house, ada, 1)
    rows = house.database.read(lambda c: c.execute(select(feed_events)).all())
    (vod if how == "here" else house.vod).interests.reset(ada.who)
    vod.learning.catch_up()
    vod.learning._events = Tail(feed_events, house.time)  # it has not applied them yet
    vod.learning.learn([Done(**row._mapping) for row in rows])
    assert interests(vod, ada) == []
    watch(house, ada, 1)
    vod.learning._looked_back_at = 0.0
    vod.learning.catch_up()
    assert interests(vod, ada), "what comes after it is"
