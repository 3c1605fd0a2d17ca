"""A hall tells everybody every event once and in order, whenever they come, and whatever the bus loses or doubles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgpack
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.events import Ok, Removed, Said, encode
from chat.hall import HISTORY_EVENTS, RESUME_EVENTS_MAX, Hall, Member
from chat.socket import Outlet, write_to_all
from core.identity import Person
from tests.chat.test_wire import parsed_frames

ANN = Person("ann", "ann", "Ann")


def line(seq: int) -> bytes:
    return encode(Said(seq, 0, ANN, f"id-{seq}", f"line {seq}"))


def outlet(write: Callable[[bytes], None]) -> Outlet:
    """One that is open and keeps up."""
    return Outlet(lambda: False, lambda: 0, write, lambda: None)


def events_in(frames: bytes) -> list[dict[str, Any]]:
    return [event for frame in parsed_frames(frames) for event in msgpack.unpackb(frame.data)]


class Watcher:
    """Reads as a client does. `seen`: the last event it was told, or told that it is skipped."""

    def __init__(self, hall: Hall, after: int) -> None:
        self.seen = after
        self.write(hall.welcome(None, after, 0, 0))
        hall.members[Member(hall, outlet(self.write))] = outlet(self.write)

    def write(self, frames: bytes) -> None:
        for event in events_in(frames):
            if event["type"] == "gap":
                assert event["after"] == self.seen, "a gap begins where what was told ends"
                self.seen = event["seq"]
            elif "at" in event:
                assert event["seq"] == self.seen + 1, "no event is missed or doubled"
                self.seen = event["seq"]


def tick(hall: Hall) -> None:
    write_to_all(hall.members.values(), hall.take())


steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 60)),
        st.tuples(st.just("lose"), st.integers(1, 60)),
        st.tuples(st.just("double"), st.integers(1, 60)),
        st.tuples(st.just("tick"), st.just(0)),
        st.tuples(st.just("join"), st.integers(0, 700)),
        st.tuples(st.just("catch up"), st.just(0)),
        st.tuples(st.just("fill"), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1_200), steps)
def test_everybody_is_told_everything_in_order_or_of_the_gap(start: int, steps: list[tuple[str, int]]) -> None:
    log = [line(seq) for seq in range(1, start + 1)]
    hall = Hall("room")
    hall.fill(len(log), 0, log[-RESUME_EVENTS_MAX:])
    watchers = [Watcher(hall, hall.told)]
    for step, count in steps:
        if step in ("append", "lose"):
            new = [line(len(log) + n) for n in range(1, count + 1)]
            log += new
            if step == "append":
                hall.hear(new)
        elif step == "double":
            hall.hear(log[-count:])
        elif step == "tick":
            tick(hall)
        elif step == "join":
            watchers.append(Watcher(hall, max(hall.told - count, 0)))
        elif step == "catch up":
            hall.hear(log[hall.seq :])
        else:
            hall.fill(len(log), 0, log[-RESUME_EVENTS_MAX:])
        assert hall.behind == (hall.wanted > hall.seq)
    hall.hear(log[hall.seq :])
    tick(hall)
    assert hall.told == len(log)
    assert {watcher.seen for watcher in watchers} == {len(log)}


def test_a_removed_line_comes_without_its_text_also_in_the_history() -> None:
    hall = Hall("room")
    hall.fill(2, 0, [line(1), line(2)])
    hall.hear([line(3), encode(Removed(4, 0, ANN, 2)), encode(Removed(5, 0, ANN, 3))])
    tick(hall)
    lines = [event for event in events_in(hall.welcome(None, -1, 0, 0)) if event["type"] == "said"]
    assert [(event["text"], event.get("removed")) for event in lines] == [("line 1", None), ("", True), ("", True)]


def test_an_answer_waits_for_its_event() -> None:
    hall = Hall("room")
    hall.fill(0, 0, [])
    told: list[dict[str, Any]] = []
    member = Member(hall, outlet(lambda frames: told.extend(events_in(frames))))
    member.answer(Ok("b", 2), 2)
    member.answer(Ok("a", 1), 1)
    hall.hear([line(1)])
    hall.take()
    assert member.send_answers()
    assert [event["id"] for event in told] == ["a"]
    hall.hear([line(2)])
    hall.take()
    assert not member.send_answers()
    assert [event["id"] for event in told] == ["a", "b"]


def test_a_welcome_holds_at_most_the_last_fifty() -> None:
    hall = Hall("room")
    hall.fill(200, 0, [line(seq) for seq in range(1, 201)])
    welcome, *history = events_in(hall.welcome(None, -1, 0, 0))
    assert welcome["seq"] == 200
    assert [event["seq"] for event in history] == list(range(201 - HISTORY_EVENTS, 201))
