"""The model of each process: fed by rows, alike on all nodes, whole after a loss."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.ids import first_id, time_of
from core.jobs import Job
from tests.vod.conftest import House
from tests.vod.feed.learning.conftest import Fan
from trust.reports import Subject
from vod.feed import events
from vod.feed.events import FeedEvent
from vod.feed.learning import changes, refits, tail
from vod.feed.learning import learning as module
from vod.feed.learning.judging import Done
from vod.feed.learning.learning import SNAPSHOT_AGE_MS_MAX, Learning, Saved
from vod.feed.learning.refits import RefitFailed
from vod.feed.learning.snapshots import PART_BYTES_MAX, Snapshots
from vod.feed.learning.tail import Tail
from vod.feed.learning.tries import TRIES_MAX
from vod.feed.learning.voice import NEWCOMER_VOICE
from vod.feed.recommender.model import Model
from vod.feed.recommender.picks import Interest
from vod.feed.recommender.signals import Signal, VideoFacts
from vod.part import Vod
from vod.tables import feed_changes, feed_events, feed_snapshots, video_tags, videos

Fans = Callable[..., Fan]
CHANGES = select(feed_changes.c.id)


def interests(vod: Vod, fan: Fan) -> list[Interest]:
    return vod.learning.interests(fan.who.id)


def watch(house: House, fan: Fan, count: int = 3) -> None:
    for item in fan.page(house.vod)[:count]:
        assert fan.do(house.vod, item) == 1


def newest_event(house: House) -> str:
    newest = select(feed_events.c.id).order_by(feed_events.c.id.desc()).limit(1)
    return str(house.database.read(lambda c: c.execute(newest).scalar_one()))


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


def test_a_restart_changes_nothing_with_or_without_a_snapshot(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    watch(house, ada, 2)
    before = house.vod
    before.learning.save()
    for item in ada.page(before)[:2]:
        ada.do(before, item)
    for _ in range(2):
        again = house.open()
        again.learning.catch_up()
        assert interests(again, ada) == interests(before, ada)
        house.database.write(lambda c: c.execute(feed_snapshots.delete()))


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_or_old_snapshot_is_ignored(
    house: House, library: list[str], fan: Fans, damage: bytes | None
) -> None:
    ada = fan()
    watch(house, ada)
    before = interests(house.vod, ada)
    house.vod.learning.save()
    if damage is None:
        house.time.leap_ms += SNAPSHOT_AGE_MS_MAX + 1_000
    else:
        house.database.write(lambda c: c.execute(update(feed_snapshots).values(body=damage)))
    again = house.open()
    again.learning.catch_up()
    assert interests(again, ada) == before


def test_a_snapshot_is_stored_in_parts_and_an_incomplete_one_is_not_read(house: House) -> None:
    snapshots = Snapshots(house.database, house.time)
    body = bytes(PART_BYTES_MAX + 1)
    first = snapshots.save("model", body)
    second = snapshots.save("model", b"small")
    assert [*snapshots.newest("model")] == [(second, b"small"), (first, body)]
    part = (feed_snapshots.c.id == first) & (feed_snapshots.c.part == 1)
    house.database.write(lambda c: c.execute(feed_snapshots.delete().where(part)))
    assert [snapshot for snapshot, _ in snapshots.newest("model")] == [second]


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


def refit_of(house: House) -> Job:
    return Job("", "vod.refit_recommender", "", {}, 1)


def run_refit(house: House) -> None:
    schedule = next(s for s in house.part.schedules if s.kind == "vod.refit_recommender")
    schedule.job.run(refit_of(house))


def test_a_refit_reaches_every_node(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    watch(house, ada)
    run_refit(house)
    kinds = select(feed_changes.c.kind)
    assert house.database.read(lambda c: c.execute(kinds).scalars().all()) == ["fit"]
    house.vod.learning.catch_up()
    assert ada.page(house.vod)


def test_a_killed_refit_changes_nothing(
    house: House, library: list[str], fan: Fans, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(house, fan())
    monkeypatch.setattr(refits, "_BOOT", "import os, sys; sys.stdin.read(); os.kill(os.getpid(), 9)")
    with pytest.raises(RefitFailed):
        run_refit(house)
    stored = select(feed_snapshots.c.id)
    assert house.database.read(lambda c: c.execute(stored).all()) == []
    house.vod.learning.catch_up()


def row_of(house: House, kind: str) -> tuple[float, float, str | None]:
    query = select(feed_events.c.fraction, feed_events.c.voice, feed_events.c.profile).where(feed_events.c.kind == kind)
    row = house.database.read(lambda c: c.execute(query.order_by(feed_events.c.id.desc())).first())
    assert row is not None
    return row.fraction, row.voice, row.profile


def test_what_cannot_have_been_watched_counts_for_nobody_else(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    first, second, *_ = ada.page(house.vod)
    house.time.leap_ms += 1_000
    absurd = [FeedEvent(first.id, "finish", 80_000_000, first.impression)]
    assert house.vod.feed_events.record(ada.viewer, absurd) == 1
    fraction, voice, profile = row_of(house, "finish")
    assert fraction < 0.5
    assert (voice, profile) == (0.0, ada.who.id)
    assert house.vod.feed_events.record(ada.viewer, absurd) == 0, "a replay"
    ada.do(house.vod, second)
    assert row_of(house, "finish")[:2] == (1.0, 1.0)


def test_events_without_a_showing_or_of_ones_own_video_count_for_nobody_else(
    house: House, library: list[str], fan: Fans
) -> None:
    ada = fan()
    house.vod.feed_events.record(ada.viewer, [FeedEvent(library[0], "share")])
    assert row_of(house, "share")[1] == 0.0
    own = house.show(ada.who)
    house.vod.feed_events.record(ada.viewer, [FeedEvent(own, "view", 1_000)])
    assert row_of(house, "view")[1:] == (0.0, None)
    views = select(videos.c.views).where(videos.c.id == own)
    assert house.database.read(lambda c: c.execute(views).scalar_one()) == 0


def test_a_ring_of_new_accounts_is_hardly_heard(house: House, library: list[str], fan: Fans) -> None:
    for _ in range(10):
        bot = fan(aged=False)
        shown = bot.page(house.vod, 12)
        target = next((item for item in shown if item.id == library[0]), shown[0])
        bot.do(house.vod, target)
    voices = house.database.read(lambda c: c.execute(select(feed_events.c.voice)).scalars().all())
    assert sum(voices) <= 10 * (NEWCOMER_VOICE + 0.01)


def test_likes_take_turns_and_a_second_like_says_nothing_new(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    (shown, *_) = ada.page(house.vod)
    for deed in ("like", "like", "unlike", "unlike", "like"):
        house.vod.feed_events.note(ada.viewer, deed, shown.id)
    rows = house.database.read(
        lambda c: c.execute(select(feed_events.c.kind, feed_events.c.voice).order_by(feed_events.c.id)).all()
    )
    assert [tuple(row) for row in rows] == [("like", 1.0), ("unlike", 1.0), ("like", 0.0)]


def stats_of(vod: Vod, video: str) -> list[float]:
    """What the model has heard about a video."""
    model = vod.learning._model
    assert model is not None
    row = model._catalogue.ids.find(video)
    return [*model._catalogue.rows["stats"][row].tolist(), float(model._catalogue.rows["heat"][row])]


def test_a_report_that_is_taken_back_says_nothing_any_more(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    item, *_ = ada.page(house.vod)
    ada.do(house.vod, item, "view")
    before, liked = stats_of(house.vod, item.id), interests(house.vod, ada)
    for number in range(2):
        report = house.reports.add(ada.who, Subject("video", item.id), "spam", "")
        assert (stats_of(house.vod, item.id) == before) is (number > 0), "once said, it says nothing new"
        house.reports.withdraw(ada.who, report)
        assert stats_of(house.vod, item.id) == pytest.approx(before, abs=1e-5)
        assert [(one.kind, one.key) for one in interests(house.vod, ada)] == [(one.kind, one.key) for one in liked]
    kinds = (
        select(feed_events.c.kind, feed_events.c.voice).where(feed_events.c.kind != "view").order_by(feed_events.c.id)
    )
    rows = [tuple(row) for row in house.database.read(lambda c: c.execute(kinds).all())]
    assert rows == [("report", 1.0), ("unreport", 1.0), ("report", 0.0), ("unreport", 0.0)]
    again = house.open()
    again.learning.catch_up()
    assert stats_of(again, item.id) == pytest.approx(before, abs=1e-5)


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


class PoisonedModel(Model):
    """Cannot learn from one video, nor put another."""

    poison = ""

    def learn(self, signal: Signal) -> None:
        if signal.video == self.poison:
            raise IndexError(signal.video)
        super().learn(signal)

    def put(self, video: VideoFacts) -> None:
        if video.id == self.poison:
            raise ValueError(video.id)
        super().put(video)


def poisoned(house: House, vod: Vod, video: str) -> Learning:
    model = type("Poisoned", (PoisonedModel,), {"poison": video})
    vod.learning._make = model
    return vod.learning


def test_a_row_that_cannot_be_learned_stops_no_other(house: House, library: list[str], fan: Fans) -> None:
    ada, bob = fan(), fan()
    first, second, *_ = ada.page(house.vod)
    ada.do(house.vod, first)
    ada.do(house.vod, second)
    vod = house.open()
    learning = poisoned(house, vod, first.id)
    learning.catch_up()
    assert learning.learned == 1
    assert ada.do(vod, first, "share") == 1, "it was recorded, and nobody is told that it failed"
    assert learning._events.applied(newest_event(house)) is False, "it is tried again"
    for _ in range(TRIES_MAX):
        learning._looked_back_at = 0.0
        learning.catch_up()
    assert learning._events.applied(newest_event(house)), "but not for ever"
    assert [item.id for item in bob.page(vod)]
    watch(house, bob, 2)
    learning.catch_up()
    assert learning.learned > 1


def test_a_change_that_cannot_be_applied_stops_no_other(
    house: House, library: list[str], fan: Fans, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, maker = house.open(), house.person()
    poisoned(house, there, "none").catch_up()
    bad, good = house.show(maker), house.show(maker)
    type(there.learning._model).poison = bad  # type: ignore[union-attr]
    for video in (bad, good):
        house.database.write(lambda c, v=video: house.vod.videos.changed(c, v))  # type: ignore[misc]
    for _ in range(TRIES_MAX):
        there.learning.catch_up()
    assert there.learning.live([bad, good]) == {good}
    assert all(map(there.learning._changes.applied, house.database.read(lambda c: c.execute(CHANGES).scalars().all())))


async def test_an_unexpected_fault_does_not_end_the_task(
    house: House, library: list[str], fan: Fans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process whose task ends is started again, and would meet the same fault again."""
    learning = house.open().learning
    monkeypatch.setattr(module, "POLL_S", 0.01)
    catch_up, faults = learning.catch_up, [ValueError("a"), KeyError("b"), PoolTimeout(), None]

    def sometimes() -> None:
        if faults and (fault := faults.pop(0)) is not None:
            raise fault
        catch_up()

    monkeypatch.setattr(learning, "catch_up", sometimes)
    task = asyncio.create_task(learning.run())
    while not learning.ready:
        assert not task.done()
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


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
