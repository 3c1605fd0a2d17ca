"""Any bytes can be parsed without a fault, and independent implementations can read our frames."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from chat import wire
from chat.events import Refused
from chat.kinds.gift import Gift
from chat.kinds.like import Like
from chat.kinds.mute import Mute
from chat.kinds.remove import Remove
from chat.kinds.say import Say
from core.text import clean_line

names = st.from_regex(r"[0-9A-Za-z_.:-]{1,64}", fullmatch=True)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(-(2**63), 2**64 - 1), inner),
    max_leaves=20,
)
fields = st.dictionaries(
    st.sampled_from(["type", "id", "text", "gift", "count", "target", "person", "seconds", "extra"]),
    values | names | st.sampled_from(["say", "gift", "like", "remove", "mute"]),
)


@given(st.binary(max_size=5_000))
@example(b"\x81" * 4_096)  # a map in a map in a map ...
@example(b"\x91" * 4_096)
@example(b"\x81\xa2id" * 800)
@example(b"\x82\xa4type\xa3say\xa2id" + b"\x91" * 4_000)
@example(b"\x81\xa4type\xa3say\xff")
@example(b"\xdf\xff\xff\xff\xff")
@example(b"\xdd\xff\xff\xff\xff")
@example(b"\x83\xa4type\xa3say\xa2id\xa1a\xa4text\xa2\xff\xfe")
@example(b"")
def test_random_bytes_are_refused_and_nothing_else_happens(message: bytes) -> None:
    assert isinstance(wire.parse(message), Refused | Say | Gift | Like | Remove | Mute)


@given(values | fields)
def test_random_values_are_refused_and_nothing_else_happens(value: object) -> None:
    assert isinstance(wire.parse(msgpack.packb(value)), Refused | Say | Gift | Like | Remove | Mute)


@given(names, st.text(min_size=1, max_size=400))
def test_a_line_is_trimmed_or_refused_with_its_id(id: str, text: str) -> None:
    try:
        message = msgpack.packb({"type": "say", "id": id, "text": text})
    except UnicodeEncodeError:  # half a surrogate pair is no text
        return
    command = wire.parse(message)
    if isinstance(command, Refused):
        assert (command.id, command.code) == (id, "invalid_text")
    else:
        assert command == Say(id, clean_line(text, 300) or "")
        assert 1 <= len(command.text) <= 300


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("hello", True),
        ("x" * 300, True),
        (" " * 500 + "x", True),
        ("été 日本語 ", True),
        ("👩‍👩‍👧‍👦", True),
        ("مرحبا", True),
        ("x" * 301, False),
        ("", False),
        ("   ", False),
        ("\u200b\u200d", False),
        ("\x00\n\x85\u202e\u2028", False),
        ("a\x1b[2Jb\u202e", True),
    ],
)
def test_which_texts_can_be_a_line(text: str, taken: bool) -> None:
    answer = wire.parse(msgpack.packb({"type": "say", "id": "a", "text": text}))
    assert isinstance(answer, Say) is taken
    assert taken or (isinstance(answer, Refused) and answer.code == "invalid_text")


@pytest.mark.parametrize(
    "message",
    [
        {"type": "say", "id": "a"},
        {"type": "say", "id": "a", "text": 5},
        {"type": "say", "id": "a", "text": b"bytes"},
        {"type": "say", "id": "a", "text": "x", "extra": 1},
        {"type": "shout", "id": "a", "text": "x"},
        {"id": "a", "text": "x"},
        {"type": "gift", "id": "a", "gift": "rose", "count": 0},
        {"type": "gift", "id": "a", "gift": "rose", "count": 1000},
        {"type": "gift", "id": "a", "gift": "rose", "count": 1.5},
        {"type": "gift", "id": "a", "gift": "rose", "count": True},
        {"type": "gift", "id": "a", "gift": "ro\x00se", "count": 1},
        {"type": "remove", "id": "a", "target": -1},
        {"type": "remove", "id": "a", "target": 2**63},
        {"type": "mute", "id": "a", "person": "p", "seconds": -1},
        {"type": "mute", "id": "a", "person": "p", "seconds": 10**9},
    ],
)
def test_a_message_with_wrong_fields_is_refused_with_its_id(message: dict[str, Any]) -> None:
    answer = wire.parse(msgpack.packb(message))
    assert isinstance(answer, Refused)
    assert (answer.id, answer.code) == ("a", "invalid_message")


@pytest.mark.parametrize("id", ["", "x" * 65, "a\x00", "a b", "ä", 5, None])
def test_an_invalid_id_is_not_echoed(id: object) -> None:
    answer = wire.parse(msgpack.packb({"type": "say", "id": id, "text": "x"}))
    assert isinstance(answer, Refused)
    assert (answer.id, answer.code) == (None, "invalid_message")


def test_a_message_of_more_than_four_kilobytes_is_refused() -> None:
    answer = wire.parse(msgpack.packb({"type": "say", "id": "a", "text": "x" * 4_096}))
    assert isinstance(answer, Refused)
    assert (answer.id, answer.code) == (None, "message_too_large")


def parsed_frames(data: bytes) -> list[Frame]:
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    found: list[Frame] = []
    while not _finished(reader.at_eof()):
        found.append(_finished(Frame.parse(reader.read_exact, mask=False)))
    return found


def _finished(generator: Generator[None, None, Any]) -> Any:
    try:
        while True:
            next(generator)
    except StopIteration as stop:
        return stop.value


@given(st.lists(st.dictionaries(st.text(), st.integers(0, 2**32) | st.text()), max_size=40))
def test_frames_hold_the_events_in_order(events: list[dict[str, object]]) -> None:
    frames = parsed_frames(wire.frames([msgpack.packb(event) for event in events]))
    assert all(frame.opcode is Opcode.BINARY and frame.fin for frame in frames)
    assert [event for frame in frames for event in msgpack.unpackb(frame.data)] == events


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_of_any_size_is_read_back(size: int) -> None:
    (frame,) = parsed_frames(wire.frame(b"x" * size))
    assert len(frame.data) == size


@pytest.mark.parametrize("count", [0, 1, 15, 16, 65_535, 65_536])
def test_an_array_of_any_length_is_read_back(count: int) -> None:
    assert msgpack.unpackb(wire.array([b"\x07"] * count)) == [7] * count


def test_many_events_become_messages_of_a_bounded_size() -> None:
    event = msgpack.packb("x" * 1_000)
    frames = parsed_frames(wire.frames([event] * 1_000))
    assert max(len(frame.data) for frame in frames) <= wire.FRAME_EVENT_BYTES_MAX + 5
    assert sum(len(msgpack.unpackb(frame.data)) for frame in frames) == 1_000
