"""Frames of clients, as RFC 6455 defines them, however they are split."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.frames import Opcode as Theirs

from core.http.protocol import frames
from core.http.protocol.frames import (
    FRAGMENTS_PER_MESSAGE_MAX,
    MESSAGE_BYTES_MAX,
    Code,
    FrameReader,
    Opcode,
    Received,
    Violation,
)


def sent(opcode: int, payload: bytes = b"", *, last: bool = True) -> bytes:
    """As a client sends it, by another implementation."""
    return Frame(Theirs(opcode), payload, fin=last).serialize(mask=True)


def read_all(data: bytes, piece: int = 1_000_000) -> list[Received]:
    reader, found = FrameReader(), []
    for at in range(0, len(data), piece):
        reader.feed(data[at : at + piece])
        while (received := reader.read()) is not None:
            found.append(received)
        reader.shrink()
    return found


def messages(data: bytes, piece: int = 1_000_000) -> list[Received]:
    return [received for received in read_all(data, piece) if received.opcode is not Opcode.CONTINUATION]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from((1, 2, 9, 10)), st.binary(max_size=120)), max_size=20),
    st.integers(1, 50),
)  # fmt: skip
def test_every_frame_is_read_however_the_bytes_are_split(given_frames: list[tuple[int, bytes]], piece: int) -> None:
    data = b"".join(sent(opcode, payload) for opcode, payload in given_frames)
    assert read_all(data, piece) == [(Opcode(opcode), payload) for opcode, payload in given_frames]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, MESSAGE_BYTES_MAX])
def test_messages_of_every_size_are_read(size: int) -> None:
    payload = bytes(range(256)) * (size // 256 + 1)
    assert read_all(sent(2, payload[:size]), 1_000) == [(Opcode.BINARY, payload[:size])]


def test_a_message_is_put_together_around_control_frames() -> None:
    data = sent(1, b"one ", last=False) + sent(9, b"ping") + sent(0, b"two ", last=False) + sent(0, b"three")
    assert messages(data) == [(Opcode.PING, b"ping"), (Opcode.TEXT, b"one two three")]
    assert messages(data + sent(2, b"next"))[-1] == (Opcode.BINARY, b"next")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x82\x05hello", Code.PROTOCOL_ERROR),  # not masked
        (b"\xc2\x80\0\0\0\0", Code.PROTOCOL_ERROR),  # a reserved bit
        (b"\x83\x80\0\0\0\0", Code.PROTOCOL_ERROR),  # a reserved opcode
        (b"\x8b\x80\0\0\0\0", Code.PROTOCOL_ERROR),
        (b"\x09\x80\0\0\0\0", Code.PROTOCOL_ERROR),  # a ping in fragments
        (b"\x89\xfe\0\x7e\0\0\0\0", Code.PROTOCOL_ERROR),  # a ping of 126 bytes
        (sent(0), Code.PROTOCOL_ERROR),  # the continuation of nothing
        (sent(1, last=False) + sent(2), Code.PROTOCOL_ERROR),  # a message within a message
        (sent(2, bytes(MESSAGE_BYTES_MAX + 1)), Code.TOO_BIG),
        (b"\x82\xff" + b"\x7f" * 8, Code.TOO_BIG),  # before its content is there
        (sent(2, bytes(40_000), last=False) + sent(0, bytes(40_000)), Code.TOO_BIG),
        (sent(2, last=False) + sent(0, last=False) * FRAGMENTS_PER_MESSAGE_MAX, Code.POLICY),
    ],
    ids=[
        "not masked", "a reserved bit", "a reserved opcode", "another reserved opcode", "a ping in fragments",
        "a long ping", "the continuation of nothing", "a message within a message", "too long", "announced too long",
        "too long in fragments", "too many fragments",
    ],  # the masks in the frames are random, so that they cannot be their names
)  # fmt: skip
def test_what_breaks_a_rule_is_found_out(data: bytes, code: Code) -> None:
    with pytest.raises(Violation) as violation:
        read_all(data, 1_000)
    assert violation.value.code is code


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_found_out(data: bytes) -> None:
    with contextlib.suppress(Violation):
        read_all(data, 7)


@pytest.mark.parametrize(("payload", "code"), [(b"", 1005), (b"\x03\xe8", 1000), (b"\x0f\xa0bye", 4000)])
def test_a_close_code_is_read(payload: bytes, code: int) -> None:
    assert frames.close_code(payload) == code


@pytest.mark.parametrize("payload", [b"\x03", b"\x03\xed", b"\x00\x00", b"\x13\x88", b"\x03\xe8\xff"])
def test_an_invalid_close_code_is_found_out(payload: bytes) -> None:
    with pytest.raises(Violation):
        frames.close_code(payload)


def test_a_close_frame_has_at_most_125_bytes() -> None:
    frame = frames.close(4008, "é" * 200)
    assert len(frame) <= 2 + 125
    frame[4:].decode()
