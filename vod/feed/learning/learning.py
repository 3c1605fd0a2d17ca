"""The one model of this process: loaded at the start, taught by every event, read by every page.

The node that accepts an event applies it at once. The others hear from the bus that there are new rows, and read them;
without the bus they look every POLL_S. Rows are the truth: each is applied once by each node.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import Connection, Row, select

from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.ids import new_id, time_of
from core.outages import is_outage
from vod.feed.learning.changes import CHANGE_AGE_MS_MAX, facts, forgot_since, next_facts
from vod.feed.learning.forgotten import Forgotten
from vod.feed.learning.judging import Done
from vod.feed.learning.refits import fit_of
from vod.feed.learning.rows import PROFILE_ROWS_MAX, signal_of
from vod.feed.learning.snapshots import Snapshots
from vod.feed.learning.tail import LATE_MS_MAX, USUALLY_LATE_MS, Tail, TailState, unread
from vod.feed.learning.tries import Tries
from vod.feed.recommender.model import Model
from vod.feed.recommender.picks import Interest, InterestKind, PageRequest, Pick
from vod.feed.recommender.signals import Signal
from vod.feed.recommender.snapshot import SnapshotDamaged
from vod.feed.viewer import PSEUDONYM_PREFIX
from vod.tables import feed_changes, feed_events

TOPIC = "feed"
POLL_S = 2.0
PAUSE_S_MAX = 60.0  # between two rounds that failed
ANNOUNCE_S = 0.05  # events of this time are announced together
LOOK_BACK_EVERY_S = 10.0  # for rows that were committed late
SESSION_MS = 30 * 60_000  # a visitor's profile is forgotten this long after their last event
VISITORS_MAX = 5_000  # profiles of visitors in memory
SNAPSHOT_AGE_MS_MAX = CHANGE_AGE_MS_MAX - 3_600_000  # changes since an older one may have been deleted

log = structlog.get_logger("feed")


class Saved(msgspec.Struct):
    """A snapshot: the model, and which rows it has learned."""

    at: int  # Unix ms
    events: TailState
    changes: TailState
    visitors: dict[str, int]
    model: bytes


class Learning:
    """Its methods may be called from any thread, except `run`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        snapshots: Snapshots,
        make: Callable[[], Model] = Model,
        read: Callable[[bytes], Model] = Model.load,
        on_video: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`on_video`: called with each video of which this node hears that it has come, gone or changed."""
        self._database = database
        self._clock = clock
        self._bus = bus
        self._snapshots = snapshots
        self._make, self._read = make, read
        self._on_video = on_video
        self._node = new_id().encode()
        self._model: Model | None = None
        self._lock = threading.Lock()  # of the model, the tails and the visitors
        self._catching_up = threading.Lock()
        self._events, self._changes = Tail(feed_events, clock), Tail(feed_changes, clock)
        self._visitors: OrderedDict[str, int] = OrderedDict()  # their last event, Unix ms
        self._forgotten, self._tries = Forgotten(), Tries()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._announcing = False
        self._looked_back_at = 0.0
        self.caught_up_at = 0.0  # monotonic
        self.learned = 0  # events, since the start
        self.behind_ms = 0  # how old the last row of another node was when it came

    # -- for pages --------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        return self._model is not None

    def page(self, request: PageRequest) -> list[Pick] | None:
        """None before the model is loaded."""
        with self._lock:
            return None if self._model is None else self._model.page(request)

    def live(self, videos: Collection[str]) -> set[str]:
        """Those of these videos that anybody may see, as far as this node has heard. Without a model, none."""
        with self._lock:
            return set() if self._model is None else self._model.live(videos)

    def recall(self, connection: Connection, person: str) -> None:
        """Learn a person's history again if the model has forgotten them for others."""
        with self._lock:
            if self._model is None or self._model.knows(person):
                return
        query = select(feed_events).where(feed_events.c.viewer == person, feed_events.c.profile == person)
        rows = connection.execute(query.order_by(feed_events.c.id.desc()).limit(PROFILE_ROWS_MAX)).all()
        with self._lock:
            for row in reversed(rows):
                signal = signal_of(row, voice=0.0)
                if signal is None or not self._events.passed(row.id) or self._forgotten.covers(person, row.id):
                    continue
                try:
                    self._model.learn(signal)
                except Exception as error:
                    self._tries.failed(row.id, error)

    def interests(self, person: str) -> list[Interest]:
        with self._lock:
            return [] if self._model is None else self._model.interests(person)

    # -- what this node accepts --------------------------------------------------------------------

    def learn(self, done: Sequence[Done]) -> None:
        """Apply rows that this process has just committed."""
        for row in done:
            self._try(self._events, row)
        self.announce()

    def forget(self, person: str, kind: InterestKind | None = None, key: str | None = None) -> None:
        """At once here; the other nodes hear of it by the change that the caller has committed."""
        with self._lock:
            if kind is None:
                self._forgotten.add(person, new_id())
            if self._model is not None:
                self._model.forget(person, kind, key)
        self.announce()

    def announce(self) -> None:
        """Tell the other nodes that there are new rows."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._announce_soon, loop)

    def _announce_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._announcing:
            self._announcing = True
            loop.call_later(ANNOUNCE_S, self._announce)

    def _announce(self) -> None:
        self._announcing = False
        self._bus.publish(TOPIC, self._node)

    # -- what all nodes accept ---------------------------------------------------------------------

    async def run(self) -> None:
        """Follow the rows until cancelled. During an outage of the database the model stays as it is, and whatever else
        goes wrong, the feed goes on with what the model knows."""
        self._loop = asyncio.get_running_loop()
        heard = asyncio.Event()
        unsubscribe = self._bus.subscribe(TOPIC, lambda node: None if node == self._node else heard.set())
        failures = 0
        try:
            while True:
                failures = failures + 1 if await self._failed() else 0
                if failures:
                    await asyncio.sleep(min(POLL_S * 2 ** min(failures, 10), PAUSE_S_MAX))
                    continue
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(heard.wait(), POLL_S)
                heard.clear()
        finally:
            unsubscribe()

    async def _failed(self) -> bool:
        """Catch up. Returns whether that failed for a reason that does not pass by itself."""
        try:
            await self._database.executor.run(self.catch_up)
        except Exception as error:
            if not is_outage(error):
                log.exception("the recommender cannot follow the events")
                return True
        return False

    def catch_up(self) -> None:
        """Load the model if there is none yet, and apply what other nodes accepted. Blocks."""
        with self._catching_up:
            if self._model is None:
                self._load()
            late_ms = USUALLY_LATE_MS
            if time.monotonic() - self._looked_back_at > LOOK_BACK_EVERY_S:
                late_ms, self._looked_back_at = LATE_MS_MAX, time.monotonic()
            tails = self._changes, self._events
            starts = [tail.since(late_ms) for tail in tails]
            while starts:  # in one transaction each: a model that begins anew reads millions of rows
                rows, starts = self._database.read(lambda c, s=starts: unread(c, tails, s))  # type: ignore[misc]
                for tail, row in rows:
                    self._try(tail, row)
                with self._lock:
                    for tail in tails:
                        tail.trim()
                    self._forget_visitors()
            self.caught_up_at = time.monotonic()

    def _try(self, tail: Tail, row: Row[Any] | Done) -> None:
        """Apply a row. If it cannot be applied, the next rounds try it again, and then pass it over: it must not keep
        the others from being learned, nor fail what it tells of."""
        try:
            if tail is self._events:
                self._apply_event(row)
            else:
                self._apply_change(row)
        except Exception as error:
            if is_outage(error):
                raise
            if self._tries.failed(row.id, error):
                with self._lock:
                    tail.mark(row.id)

    def _apply_event(self, row: Row[Any] | Done) -> None:
        signal = signal_of(row)
        with self._lock:
            if self._model is None or self._events.applied(row.id):
                return
            if signal is not None and not self._forgotten.covers(signal.person, row.id):
                self._model.learn(signal)
                self.learned += 1
                if signal.person.startswith(PSEUDONYM_PREFIX):
                    self._saw_visitor(signal)
            self._events.mark(row.id)
            if not isinstance(row, Done):
                self.behind_ms = max(0, self._clock() - row.at)

    def _apply_change(self, change: Row[Any] | Done) -> None:
        assert not isinstance(change, Done)
        about = change.subject
        found = self._database.read(lambda c: facts(c, about)) if change.kind == "video" else None
        fit = self._snapshots.body(about) if change.kind == "fit" else None
        with self._lock:
            model = self._model
            if model is None or self._changes.applied(change.id):
                return
            if change.kind == "video" and found is not None:
                model.put(found)
            elif change.kind == "video":
                model.withdraw(about)
            elif change.kind == "forget":
                self._forgotten.add(about, change.id)
                model.forget(about)
            elif change.kind == "interest":
                kind, _, key = change.key.partition(":")
                model.forget(about, kind, key)
            elif fit is not None:
                self._adopt(model, fit)
            self._changes.mark(change.id)
        if change.kind == "video":
            self._on_video(about)

    @staticmethod
    def _adopt(model: Model, body: bytes) -> None:
        try:
            model.adopt(fit_of(body))
        except ValueError as error:
            log.warning("a refit was damaged", error=str(error))

    # -- visitors ----------------------------------------------------------------------------------

    def _saw_visitor(self, signal: Signal) -> None:
        self._visitors[signal.person] = max(signal.at, self._visitors.pop(signal.person, 0))
        if len(self._visitors) > VISITORS_MAX or signal.at < self._clock() - SESSION_MS:
            self._forget_visitors()

    def _forget_visitors(self) -> None:
        assert self._model is not None
        ended = self._clock() - SESSION_MS
        for visitor, at in list(self._visitors.items()):
            if at >= ended and len(self._visitors) <= VISITORS_MAX:
                return
            del self._visitors[visitor]
            self._model.forget(visitor)

    # -- snapshots ---------------------------------------------------------------------------------

    def save(self) -> None:
        """Write a snapshot. Blocks. In a process that serves nobody it loads the model first.

        Once somebody has been forgotten, no earlier snapshot is kept that still knows them.
        """
        self.catch_up()
        with self._lock:
            assert self._model is not None
            saved = Saved(
                self._clock(), self._events.state, self._changes.state, dict(self._visitors), self._model.dump()
            )
        last = next(iter(self._snapshots.complete("model")), "")
        forgot = self._database.read(lambda c: forgot_since(c, time_of(last) - LATE_MS_MAX))
        self._snapshots.save("model", msgspec.msgpack.encode(saved), alone=forgot)

    def _load(self) -> None:
        """From the newest good snapshot, otherwise from nothing: the rows that are new to it follow."""
        saved, model = self._newest()
        events = Tail(feed_events, self._clock, saved.events if saved else None)
        now = self._clock()
        changes = Tail(feed_changes, self._clock, saved.changes if saved else TailState(now))
        if model is None:
            model = self._make()
            for _, body in self._snapshots.newest("fit"):
                fit = body
                break
            else:
                fit = b""
        self._put_all(model)
        if saved is None and fit:
            self._adopt(model, fit)
        with self._lock:
            self._model, self._events, self._changes = model, events, changes
            self._visitors = OrderedDict(sorted(saved.visitors.items(), key=lambda one: one[1]) if saved else ())

    def _put_all(self, model: Model) -> None:
        after: str | None = ""
        while after is not None:
            page, after = self._database.read(lambda c, a=after: next_facts(c, a))  # type: ignore[misc]
            for video in page:
                try:
                    model.put(video)
                except ValueError as error:
                    self._tries.failed(video.id, error)

    def _newest(self) -> tuple[Saved, Model] | tuple[None, None]:
        for snapshot, body in self._snapshots.newest("model"):
            try:
                saved = msgspec.msgpack.decode(body, type=Saved)
                if saved.at < self._clock() - SNAPSHOT_AGE_MS_MAX:
                    break
                return saved, self._read(saved.model)
            except (msgspec.DecodeError, SnapshotDamaged) as error:
                log.warning("a snapshot of the recommender cannot be used", snapshot=snapshot, error=str(error))
        return None, None

    def sizes(self) -> Iterator[tuple[str, int]]:
        """The model's memory by what it is about, in bytes. Does not wait for the model."""
        if self._model is not None:
            videos, people = self._model.bytes
            yield from (("videos", videos), ("people", people))
