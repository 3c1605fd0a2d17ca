"""One incoming RTP stream of a publisher: what arrived (RFC 3550, A.3 and A.8) and what is missing."""

from __future__ import annotations

from collections.abc import Callable

from live.media.relay.encoding import Encoding
from live.media.rtp import rtcp
from live.media.rtp.packets import ReceivedPacket, nearest

NACK_TRIES_MAX = 6
NACK_RETRY_S = 0.1
GAP_PACKETS_MAX = 256  # a longer gap is not asked for: a keyframe repairs it sooner


class ReceiveStream:
    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.ssrc: int | None = None
        self.received = self.bytes = 0
        self.received_at = 0.0  # monotonic seconds
        self.missing: dict[int, tuple[int, float]] = {}  # extended number -> times requested, when last
        self.request_keyframe: Callable[[], None] | None = None  # what `encoding` was told to send requests with
        self._first = self._highest = 0  # extended
        self._jitter = 0.0  # in timestamp units
        self._transit: float | None = None
        self._reported = (0, 0)  # expected and received at the last report
        self._last_report = 0  # the middle 32 bits of the publisher's NTP time
        self._last_report_at = 0.0

    def start_source(self, first: ReceivedPacket, now: float) -> None:
        """Another SSRC takes over with this packet."""
        self.ssrc = first.ssrc
        self.received = 0
        self._first = self._highest = first.sequence + (1 << 16)
        self._transit, self._reported, self._last_report = None, (0, 0), 0
        self.missing.clear()
        self.encoding.start_source(first, now)

    def count(self, packet: ReceivedPacket, now: float) -> bool:
        """Note an arrival. True when it leaves a gap that is worth asking for."""
        self.received += 1
        self.bytes += len(packet.payload)
        self.received_at = now
        sequence = nearest(packet.sequence, self._highest)
        ahead = sequence - self._highest
        if ahead <= 0:
            self.missing.pop(sequence, None)
            return False
        self._highest = sequence
        transit = now * self.encoding.codec.clock_rate - packet.timestamp
        if self._transit is not None:
            self._jitter += (min(abs(transit - self._transit), self.encoding.codec.clock_rate) - self._jitter) / 16
        self._transit = transit
        if ahead == 1 or not self.encoding.video:
            return False
        if ahead > GAP_PACKETS_MAX:
            self.missing.clear()
            self.encoding.request_keyframe()
            return False
        for lost in range(sequence - ahead + 1, sequence):
            self.missing[lost] = (0, 0.0)
        return True

    def lacks(self, sequence: int) -> bool:
        """Whether a retransmission is of use. Senders also repeat packets that arrived, to probe the connection."""
        return nearest(sequence, self._highest) in self.missing

    def due_requests(self, now: float) -> list[int]:
        """The missing numbers to ask for now. Those asked for too often are given up."""
        due: list[int] = []
        for sequence, (tries, at) in list(self.missing.items()):
            if tries >= NACK_TRIES_MAX or sequence < self._highest - GAP_PACKETS_MAX:
                del self.missing[sequence]
            elif now - at >= NACK_RETRY_S:
                self.missing[sequence] = tries + 1, now
                due.append(sequence)
        return sorted(due)

    @property
    def lost(self) -> int:
        return max(0, self._highest - self._first + 1 - self.received) if self.received else 0

    def on_sender_report(self, info: rtcp.SenderInfo, now: float) -> None:
        self._last_report, self._last_report_at = info.ntp >> 16 & 0xFFFFFFFF, now

    def report(self, now: float) -> rtcp.ReportBlock:
        expected = self._highest - self._first + 1
        lately, arrived = expected - self._reported[0], self.received - self._reported[1]
        self._reported = expected, self.received
        fraction = max(0, min(255, (lately - arrived) * 256 // lately)) if lately > 0 else 0
        delay = int((now - self._last_report_at) * 65536) if self._last_report else 0
        return rtcp.ReportBlock(
            self.ssrc or 0, fraction, expected - self.received, self._highest, int(self._jitter),
            self._last_report, delay & 0xFFFFFFFF,
        )  # fmt: skip
