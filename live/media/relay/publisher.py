"""A publisher's session: receives RTP, sends feedback, requests what is missing. Nothing is decoded."""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Mapping, Sequence

from core.faults import FaultLog
from live.media.congestion.transport_feedback import TransportFeedback
from live.media.relay.receive_stream import ReceiveStream
from live.media.relay.track import Track
from live.media.rtp import rtcp
from live.media.rtp.codec import Codec, Kind
from live.media.rtp.header_extensions import Extensions
from live.media.rtp.packets import ReceivedPacket, extension, media_bytes, original
from live.media.transport.peer import Peer

REPORT_S = 1.0  # between two receiver reports
SOURCE_SILENCE_S = 0.5  # before another SSRC may take over a payload type
SOURCES_MAX = 16  # SSRCs of one publisher: streams and their retransmissions

_faults = FaultLog("packet_failed")


class Publisher:
    """The media of one WHIP session. Its creator sets `peer` before the first packet arrives."""

    peer: Peer

    def __init__(self, tracks: Mapping[Kind, Track], codecs: Mapping[Kind, Codec], extensions: Extensions,
                 rids: Sequence[str] = ()) -> None:  # fmt: skip
        """`codecs`: with this session's payload types; `rids`: of simulcast video, empty for a single stream."""
        self.session = secrets.token_urlsafe(16)
        self.began_at = self.received_at = time.monotonic()
        self.has_media = False  # whether any media has arrived
        self.streams: list[ReceiveStream] = []
        self._by_rid: dict[str, ReceiveStream] = {}
        self._by_type: list[ReceiveStream | None] = [None] * 128  # payload types that identify a stream
        self._by_ssrc: dict[int, ReceiveStream] = {}
        self._repairs: dict[int, int] = {}  # payload type of RTX -> of the packets it repeats
        self._red_headers: dict[int, bytes] = {}  # payload type of plain audio -> header that turns it into RED
        for kind, codec in codecs.items():
            self._add_track(tracks[kind], codec, rids if kind == "video" and rids else ("",))
        self._ssrc = secrets.randbits(31) | 1
        self._extensions = extensions
        self._feedback = TransportFeedback(self._ssrc)
        self._clock_shift: float | None = None  # our clock minus the publisher's, in seconds
        self._reported_at = 0.0

    def _add_track(self, track: Track, codec: Codec, rids: Sequence[str]) -> None:
        made = {rid: ReceiveStream(encoding) for rid, encoding in track.prepare(rids).items()}
        self.streams += made.values()
        types = [codec.payload_type]
        if codec.retransmission is not None:
            types.append(codec.retransmission)
            self._repairs[codec.retransmission] = codec.payload_type
        if codec.redundancy is not None:
            types.append(codec.redundancy)
        if track.codec.redundancy is not None:
            self._red_headers[codec.payload_type] = bytes((track.codec.payload_type,))
        if len(made) > 1:
            self._by_rid = made
        else:
            for number in types:
                self._by_type[number] = next(iter(made.values()))

    # -- media -----------------------------------------------------------------------------------

    def on_rtp(self, packets: Sequence[ReceivedPacket]) -> None:
        """Packets that arrived together."""
        for packet in packets:
            try:
                self._on_packet(packet)
            except Exception:  # a packet's fault is not the next one's
                _faults.add()
        for stream in self.streams:
            stream.encoding.schedule_flush()

    def _on_packet(self, packet: ReceivedPacket) -> None:
        extensions, now = self._extensions, packet.at
        if extensions.transport_wide is not None:
            number = extension(packet.extensions, extensions.transport_wide)
            if number is not None and len(number) == 2:
                self._feedback.on_packet(number[0] << 8 | number[1], now)
        repeats = self._repairs.get(packet.payload_type)
        stream = self._by_ssrc.get(packet.ssrc) or self._recognize(packet, repeats is not None)
        if stream is None:
            return
        if repeats is not None:
            repeated = original(packet, repeats, stream.ssrc) if stream.ssrc is not None else None
            if repeated is None or not stream.lacks(repeated.sequence):
                return
            packet = repeated
        elif packet.ssrc != stream.ssrc:
            if stream.ssrc is not None and now - stream.received_at < SOURCE_SILENCE_S:
                return
            stream.start_source(packet, now)
        if media_bytes(packet) < 0:
            return
        self.received_at = now
        self.has_media = True
        gap = stream.count(packet, now)
        if packet.payload_type in self._red_headers:  # senders may skip RED; subscribers get one format
            packet = packet._replace(payload=self._red_headers[packet.payload_type] + packet.payload)
        descriptor = None
        if extensions.dependency is not None:
            descriptor = extension(packet.extensions, extensions.dependency)
        stream.encoding.on_packet(packet, descriptor, now)
        if gap:
            self._request_missing(stream, now)

    def _recognize(self, packet: ReceivedPacket, repairs: bool) -> ReceiveStream | None:
        """The stream of an unknown SSRC, by payload type or, with simulcast, by the rid in its packets."""
        stream = self._by_type[packet.payload_type]
        if stream is not None:
            return stream
        number = self._extensions.repaired_rid if repairs else self._extensions.rid
        rid = extension(packet.extensions, number) if number is not None else None
        stream = self._by_rid.get(rid.decode("ascii", "replace")) if rid is not None else None
        if stream is not None and len(self._by_ssrc) < SOURCES_MAX:
            self._by_ssrc[packet.ssrc] = stream
        return stream

    def on_rtcp(self, data: bytes, now: float) -> None:
        for block in rtcp.blocks(data):
            if block.kind != rtcp.SENDER_REPORT:
                continue
            info = rtcp.sender_info(block.body)
            stream = next((s for s in self.streams if info is not None and s.ssrc == info.ssrc), None)
            if info is None or stream is None:
                continue
            publisher_time = rtcp.seconds(info.ntp)
            if self._clock_shift is None:  # the same for all streams, so that they stay in sync
                self._clock_shift = time.time() - publisher_time
            stream.on_sender_report(info, now)
            stream.encoding.numbering.on_sender_report(publisher_time + self._clock_shift, info.timestamp)

    # -- feedback --------------------------------------------------------------------------------

    def send_feedback(self, now: float) -> None:
        """Call ten times a second. Sends congestion feedback, NACKs and, once a second, a receiver report."""
        media = next((s.ssrc for s in self.streams if s.ssrc is not None), None)
        if media is None:
            return
        feedback = self._feedback.build(media)
        if feedback:
            self.peer.send_rtcp(feedback)
        for stream in self.streams:
            if stream.missing:
                self._request_missing(stream, now)
            stream.encoding.retry_keyframe_request(now)
        if now - self._reported_at >= REPORT_S:
            self._reported_at = now
            reports = [s.report(now) for s in self.streams if s.ssrc is not None]
            self.peer.send_rtcp(rtcp.receiver_report(self._ssrc, reports))

    def attach(self) -> None:
        """Send its encodings' keyframe requests to this publisher."""
        for stream in self.streams:
            stream.request_keyframe = functools.partial(self._request_keyframe, stream)
            stream.encoding.keyframes.send = stream.request_keyframe

    def detach(self) -> None:
        """Send it no more keyframe requests. Encodings that have another publisher already keep that one."""
        for stream in self.streams:
            if stream.encoding.keyframes.send is stream.request_keyframe:
                stream.encoding.keyframes.send = None

    def _request_missing(self, stream: ReceiveStream, now: float) -> None:
        due = stream.due_requests(now)
        if due and stream.ssrc is not None:
            self.peer.send_rtcp(rtcp.nack(self._ssrc, stream.ssrc, due))

    def _request_keyframe(self, stream: ReceiveStream) -> None:
        if stream.encoding.video and stream.ssrc is not None:
            self.peer.send_rtcp(rtcp.picture_loss(self._ssrc, stream.ssrc))
