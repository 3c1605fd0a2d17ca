"""A publisher: takes its RTP, tells it what arrived, asks for what did not, and never looks inside."""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Callable, Mapping, Sequence

from live.media.congestion.transport_feedback import TransportFeedback
from live.media.relay.encoding import Encoding
from live.media.relay.track import Track
from live.media.rtp import rtcp
from live.media.rtp.codec import Codec, Kind
from live.media.rtp.header_extensions import Extensions
from live.media.rtp.packets import ReceivedPacket, extension, media_bytes, nearest, original
from live.media.transport.peer import Peer

REPORT_S = 1.0  # between receiver reports
NACK_TRIES_MAX = 6
NACK_RETRY_S = 0.1
GAP_PACKETS_MAX = 256  # a longer one is not asked for: a keyframe repairs it sooner
SOURCE_SILENCE_S = 0.5  # before another SSRC may take over a payload type


SOURCES_MAX = 16  # SSRCs of one publisher: streams and their retransmissions


class ReceiveStream:
    """One incoming stream: what was received of it (RFC 3550, A.3 and A.8), and what is missing."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.ssrc: int | None = None
        self.received = self.bytes = 0
        self.heard_at = 0.0
        self._first = self._highest = 0  # extended
        self._jitter = 0.0  # in timestamp units
        self._transit: float | None = None
        self._reported = (0, 0)  # expected and received at the last report
        self._last_report = 0  # the middle of the publisher's NTP time
        self._last_report_at = 0.0
        self.missing: dict[int, tuple[int, float]] = {}  # extended number -> times asked for, when last
        self.ask: Callable[[], None] | None = None  # what its encoding was told to ask for keyframes by

    def begin(self, parsed: ReceivedPacket, now: float) -> None:
        self.ssrc = parsed.ssrc
        self.received = 0
        self._first = self._highest = parsed.sequence + (1 << 16)
        self._transit, self._reported, self._last_report = None, (0, 0), 0
        self.missing.clear()
        self.encoding.begin(parsed, now)

    def count(self, parsed: ReceivedPacket, now: float) -> bool:
        """Note an arrival. True when it leaves a gap behind that is worth asking for."""
        self.received += 1
        self.bytes += len(parsed.payload)
        self.heard_at = now
        sequence = nearest(parsed.sequence, self._highest)
        ahead = sequence - self._highest
        if ahead <= 0:
            self.missing.pop(sequence, None)
            return False
        self._highest = sequence
        transit = now * self.encoding.codec.clock_rate - parsed.timestamp
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

    def misses(self, sequence: int) -> bool:
        """Whether a repeated packet is of use. Senders also repeat what arrived, to find out what the line carries."""
        return nearest(sequence, self._highest) in self.missing

    def due(self, now: float) -> list[int]:
        """The missing numbers to ask for now; those asked for in vain too often are given up."""
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

    def heard_report(self, info: rtcp.SenderInfo, now: float) -> None:
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


class Publisher:
    """One WHIP session's media. `peer` is set by who makes both, before anything arrives."""

    peer: Peer

    def __init__(self, tracks: Mapping[Kind, Track], codecs: Mapping[Kind, Codec], extensions: Extensions,
                 rids: Sequence[str] = ()) -> None:  # fmt: skip
        """`codecs`: as the session numbers them; `rids`: of the simulcast streams of its video, none for one stream."""
        self.session = secrets.token_urlsafe(16)
        self.began_at = self.heard_at = time.monotonic()
        self.media = False  # whether any has arrived
        self.inputs: list[ReceiveStream] = []
        self._by_rid: dict[str, ReceiveStream] = {}
        self._by_type: list[ReceiveStream | None] = [None] * 128  # where a payload type means one stream
        self._by_ssrc: dict[int, ReceiveStream] = {}
        self._repairs: dict[int, int] = {}  # payload type of retransmissions -> of what they repeat
        self._plain: dict[
            int, bytes
        ] = {}  # payload type of sound without redundancy, where subscribers expect it: header
        for kind, codec in codecs.items():
            self._agree(tracks[kind], codec, rids if kind == "video" and rids else ("",))
        self._ssrc = secrets.randbits(31) | 1
        self._extensions = extensions
        self._feedback = TransportFeedback(self._ssrc)
        self._clock_shift: float | None = None  # our clock minus the publisher's, in seconds
        self._reported_at = 0.0

    def _agree(self, track: Track, codec: Codec, rids: Sequence[str]) -> None:
        made = {rid: ReceiveStream(encoding) for rid, encoding in track.prepare(rids).items()}
        self.inputs += made.values()
        types = [codec.payload_type]
        if codec.retransmission is not None:
            types.append(codec.retransmission)
            self._repairs[codec.retransmission] = codec.payload_type
        if codec.redundancy is not None:
            types.append(codec.redundancy)
        if track.codec.redundancy is not None:
            self._plain[codec.payload_type] = bytes((track.codec.payload_type,))
        if len(made) > 1:
            self._by_rid = made
        else:
            for number in types:
                self._by_type[number] = next(iter(made.values()))

    # -- media -----------------------------------------------------------------------------------

    def on_rtp(self, packets: Sequence[ReceivedPacket]) -> None:
        """What arrived at once."""
        for parsed in packets:
            self._take(parsed)
        for entry in self.inputs:
            entry.encoding.wait()

    def _take(self, parsed: ReceivedPacket) -> None:
        extensions, now = self._extensions, parsed.at
        if extensions.transport_wide is not None:
            number = extension(parsed.extensions, extensions.transport_wide)
            if number is not None and len(number) == 2:
                self._feedback.arrived(number[0] << 8 | number[1], now)
        repeats = self._repairs.get(parsed.payload_type)
        entry = self._by_ssrc.get(parsed.ssrc) or self._recognize(parsed, repeats is not None)
        if entry is None:
            return
        if repeats is not None:
            repeated = original(parsed, repeats, entry.ssrc) if entry.ssrc is not None else None
            if repeated is None or not entry.misses(repeated.sequence):
                return
            parsed = repeated
        elif parsed.ssrc != entry.ssrc:
            if entry.ssrc is not None and now - entry.heard_at < SOURCE_SILENCE_S:
                return
            entry.begin(parsed, now)
        size = media_bytes(parsed)
        if size < 0:
            return
        self.heard_at = now
        self.media = True
        gap = entry.count(parsed, now)
        if parsed.payload_type in self._plain:  # a sender may leave redundancy out: subscribers get one format
            parsed = parsed._replace(payload=self._plain[parsed.payload_type] + parsed.payload)
        descriptor = None
        if extensions.dependency is not None:
            descriptor = extension(parsed.extensions, extensions.dependency)
        entry.encoding.receive(parsed, descriptor, now)
        if gap:
            self._ask_again(entry, now)

    def _recognize(self, parsed: ReceivedPacket, repairs: bool) -> ReceiveStream | None:
        """Whose packet this is, of a source that is new: simulcast streams say their rid until we know them."""
        entry = self._by_type[parsed.payload_type]
        if entry is not None:
            return entry
        number = self._extensions.repaired_rid if repairs else self._extensions.rid
        rid = extension(parsed.extensions, number) if number is not None else None
        entry = self._by_rid.get(rid.decode("ascii", "replace")) if rid is not None else None
        if entry is not None and len(self._by_ssrc) < SOURCES_MAX:
            self._by_ssrc[parsed.ssrc] = entry
        return entry

    def on_rtcp(self, data: bytes, now: float) -> None:
        for block in rtcp.blocks(data):
            if block.kind != rtcp.SENDER_REPORT:
                continue
            info = rtcp.sender_info(block.body)
            entry = next((e for e in self.inputs if info is not None and e.ssrc == info.ssrc), None)
            if info is None or entry is None:
                continue
            said = rtcp.seconds(info.ntp)
            if self._clock_shift is None:  # one for all streams, so that they stay in step
                self._clock_shift = time.time() - said
            entry.heard_report(info, now)
            entry.encoding.synchronize(said + self._clock_shift, info.timestamp)

    # -- feedback --------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Ten times a second: what arrived, what is still missing, and now and then how it went."""
        media = next((e.ssrc for e in self.inputs if e.ssrc is not None), None)
        if media is None:
            return
        feedback = self._feedback.take(media)
        if feedback:
            self.peer.send_rtcp(feedback)
        for entry in self.inputs:
            if entry.missing:
                self._ask_again(entry, now)
            entry.encoding.tick(now)
        if now - self._reported_at >= REPORT_S:
            self._reported_at = now
            reports = [e.report(now) for e in self.inputs if e.ssrc is not None]
            self.peer.send_rtcp(rtcp.receiver_report(self._ssrc, reports))

    def claim(self) -> None:
        """Its encodings ask here for keyframes."""
        for entry in self.inputs:
            entry.ask = functools.partial(self._request_keyframe, entry)
            entry.encoding.request_keyframe_from = entry.ask

    def release(self) -> None:
        """Its encodings ask somebody else for keyframes from now on, if anybody."""
        for entry in self.inputs:
            if entry.encoding.request_keyframe_from is entry.ask:
                entry.encoding.request_keyframe_from = None

    def _ask_again(self, entry: ReceiveStream, now: float) -> None:
        due = entry.due(now)
        if due and entry.ssrc is not None:
            self.peer.send_rtcp(rtcp.nack(self._ssrc, entry.ssrc, due))

    def _request_keyframe(self, entry: ReceiveStream) -> None:
        if entry.encoding.video and entry.ssrc is not None:
            self.peer.send_rtcp(rtcp.picture_loss(self._ssrc, entry.ssrc))
