"""Redundant audio, written here according to RFC 2198."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from live.media.rtp.redundancy import BLOCKS_MAX, primary

OPUS = 111


def redundant(repeated: list[bytes], newest: bytes) -> bytes:
    """`repeated`: the oldest first, 20 ms apart."""
    headers = b""
    for i, block in enumerate(repeated):
        word = 1 << 31 | OPUS << 24 | (len(repeated) - i) * 960 << 10 | len(block)
        headers += word.to_bytes(4)
    return headers + bytes((OPUS,)) + b"".join(repeated) + newest


@given(st.lists(st.binary(max_size=1023), max_size=BLOCKS_MAX - 1), st.binary(min_size=1, max_size=200))
def test_the_newest_packet_is_the_last(repeated: list[bytes], newest: bytes) -> None:
    assert primary(redundant(repeated, newest)) == newest


@given(st.lists(st.binary(max_size=200), max_size=3), st.data())
def test_a_truncated_packet_is_refused(repeated: list[bytes], data: st.DataObject) -> None:
    whole = redundant(repeated, b"")
    assert primary(whole) is None
    assert primary(whole[: data.draw(st.integers(0, len(whole)))]) is None


def test_too_many_blocks_are_refused() -> None:
    assert primary(redundant([b"x"] * BLOCKS_MAX, b"newest")) is None


@given(st.binary(max_size=60))
def test_garbage_does_not_raise(payload: bytes) -> None:
    found = primary(payload)
    assert found is None or (found and payload.endswith(found))
