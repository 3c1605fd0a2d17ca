"""The packets of a frame are sent together, at its end or after a short wait."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence

import pytest

from live.media.fanout.python_engine import PythonEngine
from live.media.rtp.descriptors import FramePosition
from live.media.rtp.packets import Packet
from live.media.streams.forwarded_stream import BATCH_S_MAX, ForwardedStream

POSITION = FramePosition(False, False, False, 0, 0, False, 0, 0)


class Clock:
    """Replaces the event loop's timers."""

    def __init__(self) -> None:
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.cancelled = 0

    def schedule(self, seconds: float, callback: Callable[[], None]) -> Clock:
        self.due.append((seconds, callback))
        return self

    def cancel(self) -> None:
        self.cancelled += 1


class RecordingFanout:
    """A fan-out that records which packets are sent together."""

    def __init__(self) -> None:
        self.frames: list[list[int]] = []

    def send(self, packets: Sequence[Packet]) -> None:
        self.frames.append([packet.sequence for packet in packets])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stream(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForwardedStream]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        made = ForwardedStream(PythonEngine(sock).fanout(), clock.schedule, 100, video=True)
        monkeypatch.setattr(made, "_fanout", RecordingFanout())
        yield made


def push(stream: ForwardedStream, *sequences: int, end: int = 0) -> list[list[int]]:
    for sequence in sequences:
        assert stream.push(Packet(sequence, 9000, sequence == end, False, b"payload"), POSITION)
        if stream.frame_complete:
            stream.flush()
    stream.schedule_flush()
    frames: list[list[int]] = stream._fanout.frames  # type: ignore[attr-defined]
    return frames


def test_a_frame_that_arrives_at_once_is_sent_at_once_without_a_timer(stream: ForwardedStream, clock: Clock) -> None:
    assert push(stream, 100, 101, 102, end=102) == [[100, 101, 102]]
    assert not clock.due


def test_a_frame_that_arrives_in_parts_is_sent_together(stream: ForwardedStream, clock: Clock) -> None:
    assert push(stream, 100) == []
    assert push(stream, 101) == []
    assert len(clock.due) == 1
    assert push(stream, 102, end=102) == [[100, 101, 102]]
    assert clock.cancelled == 1, "the timer must not wake anybody"


def test_an_incomplete_frame_is_sent_after_a_short_wait(stream: ForwardedStream, clock: Clock) -> None:
    push(stream, 100, 101)
    ((seconds, late),) = clock.due
    assert seconds == BATCH_S_MAX
    late()
    assert push(stream) == [[100, 101]]
    assert push(stream, 102) == [[100, 101]]
    assert len(clock.due) == 2
    clock.due[1][1]()
    assert push(stream) == [[100, 101], [102]]
