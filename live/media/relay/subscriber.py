"""A subscriber's session: its down tracks, feedback and layers."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence

from live.media.congestion.bandwidth import Bandwidth
from live.media.congestion.layer_controller import LayerController
from live.media.congestion.layer_option import LayerOption
from live.media.congestion.layer_selector import AUTO, LOWEST
from live.media.fanout.engine import Route
from live.media.relay.connection import Connection
from live.media.relay.retransmission_budget import RetransmissionBudget, copies
from live.media.relay.rtp_down_track import RtpDownTrack
from live.media.relay.track import Track
from live.media.rtp import rtcp
from live.media.rtp.codec import Codec, Kind, SsrcPair
from live.media.rtp.packets import ReceivedPacket
from live.media.transport.addresses import Address
from live.media.transport.peer import Peer
from live.media.transport.srtp import MasterKey

REPORT_S = 0.25  # between two receiver reports that we read, where there are layers
PLAIN_REPORT_S = 2.0  # the same without layers
CNAME = b"cadeau"


class Subscriber:
    """The media of one WHEP session. Its creator sets `peer` before the first packet arrives."""

    peer: Peer

    def __init__(
        self, tracks: Iterable[tuple[Track, Codec]], send_time: int = 0, dependency: int = 0, *, lowest: bool = False
    ) -> None:
        """`tracks`: of any sources, each with its codec as negotiated in this session. The first video track is the one
        whose layers are controlled and whose reports are used. `send_time` and `dependency`: the ids of the header
        extensions abs-send-time and dependency descriptor; 0: not negotiated. `lowest`: it gets the lowest layer only.
        """
        self.session = secrets.token_urlsafe(16)
        self.watching = False
        self._down_tracks: list[RtpDownTrack] = []
        self._without_redundancy: set[RtpDownTrack] = set()
        for track, codec in tracks:
            down_track = RtpDownTrack(track, _route(track, codec, send_time, dependency))
            self._down_tracks.append(down_track)
            if track.codec.redundancy is not None and codec.redundancy is None:
                self._without_redundancy.add(down_track)
        self._by_ssrc = {down_track.track.ssrc: down_track for down_track in self._down_tracks}
        self._video = next((down_track for down_track in self._down_tracks if down_track.track.video), None)
        self._measured = self._video or self._down_tracks[0]
        self._connection = Connection(time.monotonic())
        self._budget = RetransmissionBudget()
        self._layers = LayerController(self._video, self.bandwidth, self.send_report) if self._video else None
        if self._layers is not None and lowest:
            self._layers.choice = LOWEST

    @property
    def bandwidth(self) -> Bandwidth:
        return self._connection.bandwidth

    @property
    def loss(self) -> float:
        """Fraction of packets lost recently."""
        return self._connection.losses.loss

    @property
    def ssrcs(self) -> dict[Kind, SsrcPair]:
        """Of the first track of each kind, for the session's SDP answer."""
        return {
            d.track.codec.kind: SsrcPair(d.track.ssrc, d.route.repair_ssrc or None) for d in reversed(self._down_tracks)
        }

    @property
    def packets(self) -> int:
        return sum(d.sender.packets for d in self._down_tracks if d.sender is not None)

    @property
    def sent_bytes(self) -> int:
        return sum(d.sender.bytes for d in self._down_tracks if d.sender is not None)

    # -- joining and leaving ---------------------------------------------------------------------

    def start(self, key: MasterKey) -> None:
        """The DTLS handshake is complete: send media from now on."""
        address = self.peer.address
        assert address is not None
        self.watching = True
        for down_track in self._down_tracks:
            if down_track is self._video:
                assert self._layers is not None
                down_track.join_video(key, address, self._layers.initial(time.monotonic()))
            elif down_track.track.video:
                down_track.join_video(key, address, down_track.available(time.monotonic())[-1])
            else:
                encoding = next(iter(down_track.track.encodings.values()))
                plain = down_track in self._without_redundancy
                stream = encoding.without_redundancy() if plain else encoding.full
                down_track.join_audio(key, address, encoding, stream)
        self.send_report()

    def stop(self) -> None:
        self.watching = False
        for down_track in self._down_tracks:
            down_track.leave()

    def on_moved(self, address: Address) -> None:
        for down_track in self._down_tracks:
            if down_track.sender is not None:
                down_track.sender.move(address)

    # -- layers ----------------------------------------------------------------------------------

    @property
    def layer(self) -> str | None:
        """The layer it receives now."""
        video = self._video
        return video.option.layer if video is not None and video.option is not None else None

    @property
    def choice(self) -> str:
        """The layer that the viewer chose, AUTO or LOWEST."""
        return self._layers.choice if self._layers is not None else AUTO

    @property
    def options(self) -> Sequence[LayerOption]:
        """What it can receive, best first."""
        return self._video.options if self._video is not None else ()

    def choose(self, choice: str, height: int | None) -> None:
        """`choice`: a layer or AUTO; `height`: of the player, in pixels. Raises KeyError for an unknown layer.

        Changes nothing for a subscriber that gets the lowest layer only."""
        if self.choice == LOWEST:
            return
        if self._layers is not None:
            self._layers.choose(choice, height, time.monotonic(), at_once=self.watching)
        elif choice != AUTO:
            raise KeyError(choice)

    def update(self, now: float, *, select: bool) -> None:
        """Call ten times a second where there are layers. `select`: also select layers anew."""
        if self._layers is not None and self.watching:
            self._layers.update(now)
            if select:
                self._layers.select(now)

    @property
    def _layered(self) -> bool:
        return self._layers is not None and self._layers.has_choice

    # -- feedback --------------------------------------------------------------------------------

    def on_rtp(self, _packets: Sequence[ReceivedPacket]) -> None:
        """Subscribers do not send media."""

    def on_rtcp(self, data: bytes, now: float) -> None:
        connection = self._connection
        connection.sample(now, self.sent_bytes, self._measured.sender)
        connection.losses.carried = None
        overloaded = False
        for block in rtcp.blocks(data):
            if block.kind == rtcp.TRANSPORT_FEEDBACK and block.detail == rtcp.NACK:
                self._on_nack(block.body, now)
            elif block.kind == rtcp.PAYLOAD_FEEDBACK and block.detail == rtcp.APPLICATION:
                estimate = rtcp.estimated_bitrate(block.body)
                overloaded |= estimate is not None and connection.on_estimate(estimate, now)
            elif block.kind == rtcp.PAYLOAD_FEEDBACK:
                self._on_keyframe_request(block)
            elif block.kind == rtcp.RECEIVER_REPORT:
                overloaded |= self._on_receiver_report(block, now)
        if overloaded:
            self._on_overload(now)

    def _on_overload(self, now: float) -> None:
        certain = self.bandwidth.certain_at == now
        if certain:
            self._connection.losses.ignore_before(self._measured.next_index)
        if self._layers is not None and self._layers.has_choice:
            self._layers.on_overload(now, certain=certain)

    def _on_nack(self, body: bytes, now: float) -> None:
        down_track = self._by_ssrc.get(rtcp.media_ssrc(body))
        if down_track is None:
            return
        left = self._budget.refill(self.bandwidth, self._layered, now)
        # While the connection is full and a smaller picture is about to follow, extra copies only make it worse.
        full = self.bandwidth.recovering(now) and down_track.has_smaller
        times = 1 if full else copies(self.loss)
        self._budget.spend(down_track.retransmit(rtcp.nacked(body), left // times, times) * times)

    def _on_keyframe_request(self, block: rtcp.Block) -> None:
        if block.detail == rtcp.PICTURE_LOSS:
            wanted = [rtcp.media_ssrc(block.body)]
        elif block.detail == rtcp.FULL_INTRA_REQUEST:
            wanted = list(rtcp.intra_requests(block.body))
        else:
            return
        for ssrc in wanted:
            down_track = self._by_ssrc.get(ssrc)
            if down_track is not None:
                down_track.request_keyframe()

    def _on_receiver_report(self, block: rtcp.Block, now: float) -> bool:
        """True when it shows an overload."""
        ssrc = self._measured.track.ssrc
        report = next((r for r in rtcp.report_blocks(block) if r.ssrc == ssrc), None)
        if report is None:
            return False
        round_trip_s, overloaded = self._connection.on_echo(report, now)
        if round_trip_s is not None and self._layers is not None:
            self._layers.on_echo(now - round_trip_s)
        return self._connection.on_losses(report, self._measured.keyframe_index, now) or overloaded

    def send_report(self) -> None:
        """Send sender reports of all tracks, for audio and video sync; their echoes give the round trip."""
        self.peer.report_interval_s = REPORT_S if self._layered else PLAIN_REPORT_S
        now, ntp_time = time.monotonic(), rtcp.ntp(time.time())
        reports = [(d.track.ssrc, d.sender_report(ntp_time, now)) for d in self._down_tracks]
        ours = [ssrc for ssrc, report in reports if report]
        if ours:
            self.peer.send_rtcp(b"".join(r for _, r in reports) + rtcp.source_description(CNAME, ours))


def _route(track: Track, codec: Codec, send_time: int, dependency: int) -> Route:
    payload_type = codec.payload_type if codec.redundancy is None else codec.redundancy
    if not track.video:
        return Route(track.ssrc, payload_type)
    repair = codec.retransmission
    return Route(
        track.ssrc, payload_type, track.repair_ssrc if repair is not None else 0, repair or 0, send_time, dependency
    )
