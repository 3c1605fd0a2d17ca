"""Continues a stream's sequence numbers and timestamps when its source is replaced. Receivers notice nothing."""

from __future__ import annotations

from live.media.rtp.packets import nearest


class SequenceRewriter:
    """Maps the numbers of several sources in turn, each a publisher's SSRC, to one outgoing stream.

    Within a source, numbers keep their distances: gaps and reordering stay visible.
    """

    def __init__(self, clock_rate: int, sequence: int, timestamp: int) -> None:
        self._clock_rate = clock_rate
        self._first = sequence  # the first outgoing number of the source we carry
        self._shift = 0  # outgoing minus incoming, of sequence numbers
        self._timestamp_shift = 0
        self._highest_in = 0
        self.highest = sequence - 1  # outgoing
        self._timestamp = timestamp  # of the packet with the highest number
        self._at = 0.0  # when that packet came, in seconds
        self.ssrc: int | None = None

    def start_source(self, ssrc: int, sequence: int, timestamp: int, now: float) -> None:
        """A source's first packet: it follows the last one sent, as much later as it is."""
        elapsed = max(1, round((now - self._at) * self._clock_rate)) if self.ssrc is not None else 0
        self.ssrc = ssrc
        self._first = self.highest + 1
        self._highest_in = sequence
        self._shift = self._first - sequence
        self._timestamp_shift = (self._timestamp + elapsed - timestamp) & 0xFFFFFFFF

    def sequence(self, sequence: int) -> int:
        """The outgoing extended number of an incoming one; below `first` it belongs to nobody."""
        return nearest(sequence, self._highest_in) + self._shift

    @property
    def first(self) -> int:
        return self._first

    def timestamp(self, timestamp: int) -> int:
        return (timestamp + self._timestamp_shift) & 0xFFFFFFFF

    def advance(self, sequence: int, timestamp: int, now: float) -> None:
        """An outgoing packet with a number higher than any before is on its way."""
        self.highest = sequence
        self._highest_in = sequence - self._shift
        self._timestamp = timestamp
        self._at = now

    def timestamp_at(self, now: float) -> int:
        """The outgoing timestamp of a moment, judged by the last packet."""
        return (self._timestamp + round((now - self._at) * self._clock_rate)) & 0xFFFFFFFF
