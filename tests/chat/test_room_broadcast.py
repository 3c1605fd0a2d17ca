"""Every member gets every event once and in order, whenever they join, and whatever the bus loses or repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgpack
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.events import Ok, encode
from chat.kinds.gift import Gifted
from chat.kinds.remove import Removed
from chat.kinds.room_view import RoomView
from chat.kinds.say import Said
from chat.kinds.state import Ended, Started
from chat.room_broadcast import HISTORY_EVENTS, RESUME_EVENTS_MAX, Member, RoomBroadcast
from chat.socket import SocketWriter, write_to_all
from core.identity import Person
from tests.chat.test_wire import parsed_frames

ANN = Person("ann", "ann", "Ann")


def line(seq: int) -> bytes:
    return encode(Said(seq, 0, ANN, f"id-{seq}", f"line {seq}"))


def view(seq: int, tail: list[bytes]) -> RoomView:
    return RoomView(seq, "live", 0, tail)


def writer(write: Callable[[bytes], None]) -> SocketWriter:
    """One that is open and keeps up."""
    return SocketWriter(lambda: False, lambda: 0, write, lambda: None)


def events_in(frames: bytes) -> list[dict[str, Any]]:
    return [event for frame in parsed_frames(frames) for event in msgpack.unpackb(frame.data)]


class Watcher:
    """Reads as a client does. `seen`: the last event it was told, or told that it is skipped."""

    def __init__(self, broadcast: RoomBroadcast, after: int) -> None:
        self.seen = after
        self.write(broadcast.welcome(None, after, 0, 0))
        broadcast.members[Member(broadcast, writer(self.write))] = writer(self.write)

    def write(self, frames: bytes) -> None:
        for event in events_in(frames):
            if event["type"] == "gap":
                assert event["after"] == self.seen, "a gap begins where what was told ends"
                self.seen = event["seq"]
            elif "at" in event:
                assert event["seq"] == self.seen + 1, "no event is missed or doubled"
                self.seen = event["seq"]


def fan_out(broadcast: RoomBroadcast) -> None:
    write_to_all(broadcast.members.values(), broadcast.drain())


steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 60)),
        st.tuples(st.just("lose"), st.integers(1, 60)),
        st.tuples(st.just("double"), st.integers(1, 60)),
        st.tuples(st.just("fan out"), st.just(0)),
        st.tuples(st.just("join"), st.integers(0, 700)),
        st.tuples(st.just("catch up"), st.just(0)),
        st.tuples(st.just("reset"), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1_200), steps)
def test_everybody_gets_every_event_in_order_or_a_gap(start: int, steps: list[tuple[str, int]]) -> None:
    log = [line(seq) for seq in range(1, start + 1)]
    broadcast = RoomBroadcast("room")
    broadcast.reset(view(len(log), log[-RESUME_EVENTS_MAX:]))
    watchers = [Watcher(broadcast, broadcast.sent)]
    for step, count in steps:
        if step in ("append", "lose"):
            new = [line(len(log) + n) for n in range(1, count + 1)]
            log += new
            if step == "append":
                broadcast.add(new)
        elif step == "double":
            broadcast.add(log[-count:])
        elif step == "fan out":
            fan_out(broadcast)
        elif step == "join":
            watchers.append(Watcher(broadcast, max(broadcast.sent - count, 0)))
        elif step == "catch up":
            broadcast.add(log[broadcast.seq :])
        else:
            broadcast.reset(view(len(log), log[-RESUME_EVENTS_MAX:]))
        assert broadcast.behind == (broadcast.wanted > broadcast.seq)
    broadcast.add(log[broadcast.seq :])
    fan_out(broadcast)
    assert broadcast.sent == len(log)
    assert {watcher.seen for watcher in watchers} == {len(log)}


def test_a_removed_line_comes_without_its_text_also_in_the_history() -> None:
    broadcast = RoomBroadcast("room")
    broadcast.reset(view(2, [line(1), line(2)]))
    broadcast.add([line(3), encode(Removed(4, 0, ANN, 2)), encode(Removed(5, 0, ANN, 3))])
    fan_out(broadcast)
    lines = [event for event in events_in(broadcast.welcome(None, -1, 0, 0)) if event["type"] == "said"]
    assert [(event["text"], event.get("removed")) for event in lines] == [("line 1", None), ("", True), ("", True)]


def test_an_answer_waits_for_its_event() -> None:
    broadcast = RoomBroadcast("room")
    broadcast.reset(view(0, []))
    told: list[dict[str, Any]] = []
    member = Member(broadcast, writer(lambda frames: told.extend(events_in(frames))))
    member.answer(Ok("b", 2), 2)
    member.answer(Ok("a", 1), 1)
    broadcast.add([line(1)])
    broadcast.drain()
    assert member.send_answers()
    assert [event["id"] for event in told] == ["a"]
    broadcast.add([line(2)])
    broadcast.drain()
    assert not member.send_answers()
    assert [event["id"] for event in told] == ["a", "b"]


def test_a_welcome_holds_at_most_the_last_fifty() -> None:
    broadcast = RoomBroadcast("room")
    broadcast.reset(view(200, [line(seq) for seq in range(1, 201)]))
    welcome, *history = events_in(broadcast.welcome(None, -1, 0, 0))
    assert welcome["seq"] == 200
    assert [event["seq"] for event in history] == list(range(201 - HISTORY_EVENTS, 201))


def test_a_welcome_shows_the_state_and_the_coins_after_the_last_event() -> None:
    broadcast = RoomBroadcast("room")
    broadcast.reset(view(1, [encode(Started(1, 0, None))]))
    broadcast.add([encode(Gifted(2, 0, ANN, "a", "rose", 1, 10, 1)), encode(Gifted(3, 0, ANN, "b", "rose", 2, 20, 3))])
    fan_out(broadcast)
    welcome, *_ = events_in(broadcast.welcome(None, -1, 0, 0))
    assert (welcome["state"], welcome["coins"]) == ("live", 30)
    broadcast.add([encode(Ended(4, 0, None))])
    fan_out(broadcast)
    welcome, *_ = events_in(broadcast.welcome(None, -1, 0, 0))
    assert (welcome["state"], welcome["coins"]) == ("ended", 30)
