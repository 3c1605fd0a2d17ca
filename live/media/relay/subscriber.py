"""A subscriber: its down tracks in the room's tracks, what it says of what it got, and which layers that earns it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence

from live.media.congestion.bandwidth import Bandwidth
from live.media.congestion.layer_controller import LayerController
from live.media.congestion.layer_selector import AUTO
from live.media.congestion.loss_detector import LossDetector
from live.media.congestion.send_rate import SendRate
from live.media.fanout.engine import Address, Route
from live.media.relay.down_track import DownTrack
from live.media.relay.encoding import LayerOption
from live.media.relay.track import Track
from live.media.rtp import rtcp
from live.media.rtp.codec import Codec, Kind, Source
from live.media.rtp.packets import ReceivedPacket
from live.media.transport.peer import Peer
from live.media.transport.srtp import MasterKey
from live.watch_view import LayerView, WatchView

RESENDS_PER_SECOND_MAX = 400  # packets: a subscriber that has lost more is helped by a keyframe
LOSSY = (0.03, 0.07)  # shares of packets lost, from which repeats are sent twice, and three times
RESENDS_PER_SECOND_MIN = 30.0
RESENDS_S = 0.25  # how much of that may be saved up
RESENT_SHARE_MAX, RESENT_BYTES = 0.5, 1200  # of its budget at most, at about so many bytes each
REPORT_S = 0.25  # how often reports are read while there are layers to choose from
IDLE_REPORT_S = 2.0  # and where there are none
CNAME = b"cadeau"


class Subscriber:
    """One WHEP session's media. `peer` is set by who makes both, before anything arrives."""

    peer: Peer

    def __init__(self, tracks: Mapping[Kind, Track], codecs: Mapping[Kind, Codec], send_time: int = 0,
                 dependency: int = 0) -> None:  # fmt: skip
        """`codecs`: as the session numbers them; `send_time` and `dependency`: ids of the header extensions for the
        time of sending and for dependency descriptors, 0: none."""
        self.session = secrets.token_urlsafe(16)
        self.watching = False
        self._down_tracks = [
            DownTrack(tracks[kind], _route(tracks[kind], codec, send_time, dependency))
            for kind, codec in codecs.items()
        ]
        self._plain = {kind for kind, codec in codecs.items() if codec.redundancy is None}  # without redundancy
        self._by_ssrc = {down_track.track.ssrc: down_track for down_track in self._down_tracks}
        self._resends_left = RESENDS_PER_SECOND_MAX * RESENDS_S
        self._resent_at = 0.0
        now = time.monotonic()
        self.bandwidth = Bandwidth(now)
        video = self._video
        self._layers = LayerController(video, self.bandwidth, self.report) if video is not None else None
        self.arrivals = LossDetector(now)
        self._sent = SendRate(now)
        self._counted = (0, 0)  # by then, of the down track that is judged: packets and bytes
        self._packet_bytes = RESENT_BYTES  # of one of its packets lately
        self._echo = 0  # the last sender report it told the round trip of

    @property
    def sources(self) -> dict[Kind, Source]:
        return {s.track.codec.kind: Source(s.track.ssrc, s.route.repair_ssrc or None) for s in self._down_tracks}

    @property
    def packets(self) -> int:
        return sum(down_track.sender.packets for down_track in self._down_tracks if down_track.sender is not None)

    @property
    def sent_bytes(self) -> int:
        return sum(down_track.sender.bytes for down_track in self._down_tracks if down_track.sender is not None)

    @property
    def fraction_lost(self) -> float:
        return self.arrivals.loss

    @property
    def _video(self) -> DownTrack | None:
        return next((down_track for down_track in self._down_tracks if down_track.track.video), None)

    @property
    def _judged(self) -> DownTrack:
        """By whose packets its line is judged."""
        return self._video or self._down_tracks[0]

    @property
    def layer(self) -> str | None:
        """The layer it gets at this moment."""
        video = self._video
        return video.option.layer if video is not None and video.option is not None else None

    # -- coming and going ------------------------------------------------------------------------

    def start(self, key: MasterKey) -> None:
        """The handshake is done: from here on it gets what everybody gets."""
        address = self.peer.address
        assert address is not None
        self.watching = True
        for down_track in self._down_tracks:
            track = down_track.track
            if track.video:
                assert self._layers is not None
                option = self._layers.first(time.monotonic())
                encoding = track.encodings[option.rid]
                down_track.join(key, address, encoding, encoding.stream(option), option)
            else:
                encoding = next(iter(track.encodings.values()))
                plain = track.codec.redundancy is not None and track.codec.kind in self._plain
                down_track.join(key, address, encoding, encoding.without_redundancy() if plain else encoding.full)
        self.report()

    def stop(self) -> None:
        self.watching = False
        for down_track in self._down_tracks:
            if down_track.sender is not None:
                down_track.leave()

    def on_moved(self, address: Address) -> None:
        for down_track in self._down_tracks:
            if down_track.sender is not None:
                down_track.sender.move(address)

    # -- layers ----------------------------------------------------------------------------------

    def choose(self, choice: str, height: int | None) -> None:
        """By hand, or by the player's height in pixels. Raises KeyError for a layer there is none of."""
        if self._layers is not None:
            self._layers.choose(choice, height, time.monotonic())
        elif choice != AUTO:
            raise KeyError(choice)

    def tick(self, now: float, *, select: bool) -> None:
        """Ten times a second, where there are layers. `select`: which it should have is looked at."""
        if self._layers is not None and self.watching:
            self._layers.tick(now)
            if select:
                self._layers.select(now)

    def watching_view(self) -> WatchView:
        video = self._video
        layers: dict[str, LayerOption] = {}
        for option in video.options if video is not None else ():
            layers.setdefault(option.layer, option)
        line = self.bandwidth
        return WatchView(
            layers=[LayerView.of(option) for option in layers.values()],
            playing=self.layer,
            choice=self._layers.choice if self._layers is not None else AUTO,
            estimate_bps=int(line.budget_bps) if len(layers) > 1 else line.estimate_bps,
            round_trip_ms=round(line.round_trip_s * 1000) if line.round_trip_s is not None else None,
            loss=round(self.arrivals.loss, 4),
        )

    # -- what it says ----------------------------------------------------------------------------

    def on_rtp(self, _packets: Sequence[ReceivedPacket]) -> None:
        """Subscribers do not send media."""

    def on_rtcp(self, data: bytes, now: float) -> None:
        overloaded = False
        self._look_at_sent(now)
        self.arrivals.carried = None
        for block in rtcp.blocks(data):
            if block.kind == rtcp.TRANSPORT_FEEDBACK and block.detail == rtcp.NACK:
                self._resend(block.body, now)
            elif block.kind == rtcp.PAYLOAD_FEEDBACK:
                overloaded |= self._feedback(block, now)
            elif block.kind == rtcp.RECEIVER_REPORT:
                overloaded |= self._reported(block, now)
        if not overloaded:
            return
        surely = self.bandwidth.sure_at == now
        if surely:
            self.arrivals.judge_from(self._judged.following)
        if self._layers is not None and self._layers.several:
            self._layers.overloaded(now, surely=surely)

    def _look_at_sent(self, now: float) -> None:
        if self._sent.is_due(now):
            self._sent.look(now, self.sent_bytes)
            self._measure_packets()

    def _measure_packets(self) -> None:
        sender, before = self._judged.sender, self._counted
        if sender is not None and sender.packets > before[0]:
            self._counted = sender.packets, sender.bytes
            self._packet_bytes = (sender.bytes - before[1]) // (sender.packets - before[0])

    def _resend(self, body: bytes, now: float) -> None:
        down_track = self._by_ssrc.get(rtcp.media_ssrc(body))
        if down_track is None:
            return
        numbers = list(rtcp.nacked(body))
        rate = float(RESENDS_PER_SECOND_MAX)
        if self._layered:  # else there is nothing smaller to change to, and what is lost is all that counts
            share = self.bandwidth.budget_bps * RESENT_SHARE_MAX / (8 * RESENT_BYTES)
            rate = max(RESENDS_PER_SECOND_MIN, min(rate, share))
        left = self._resends_left = min(rate * RESENDS_S, self._resends_left + (now - self._resent_at) * rate)
        self._resent_at = now
        # A repeat that is lost too costs the most time: the lossier the line, the more of them at once. But not while
        # the line is only full, and something smaller is about to be sent.
        full = self.bandwidth.recovering(now) and not down_track.least
        copies = 1 if full else 1 + sum(self.arrivals.loss >= share for share in LOSSY)
        self._resends_left -= down_track.lost(numbers, int(left) // copies, copies) * copies

    def _feedback(self, block: rtcp.Block, now: float) -> bool:
        if block.detail == rtcp.APPLICATION:
            estimate = rtcp.estimated_bitrate(block.body)
            return estimate is not None and self.bandwidth.estimated(estimate, self._sent.bps, now)
        if block.detail == rtcp.PICTURE_LOSS:
            wanted = [rtcp.media_ssrc(block.body)]
        elif block.detail == rtcp.FULL_INTRA_REQUEST:
            wanted = list(rtcp.intra_requested(block.body))
        else:
            return False
        for ssrc in wanted:
            down_track = self._by_ssrc.get(ssrc)
            if down_track is not None:
                down_track.request_keyframe()
        return False

    def _reported(self, block: rtcp.Block, now: float) -> bool:
        down_track = self._judged
        report = next((r for r in rtcp.report_blocks(block) if r.ssrc == down_track.track.ssrc), None)
        if report is None:
            return False
        overloaded = self._echoed(report, now)
        arrivals = self.arrivals
        arrivals.judge_from(down_track.afresh)
        if arrivals.heard(report.highest, report.lost, now):
            overloaded |= self.bandwidth.lost(arrivals.loss, self._sent.bps, now)
        if arrivals.carried is None:
            return overloaded
        self.bandwidth.overrun(arrivals.carried * self._packet_bytes * 8, now)
        return True

    def _echoed(self, report: rtcp.ReportBlock, now: float) -> bool:
        """Each of our reports tells one round trip: later echoes of it say nothing new."""
        if report.last_report == self._echo:
            return False
        trip = rtcp.round_trip_s(report, rtcp.ntp(time.time()))
        if trip is None:
            return False
        self._echo = report.last_report
        overloaded = self.bandwidth.echoed(trip, self._sent.bps, now)
        if self._layers is not None:
            self._layers.echoed(now - trip)
        return overloaded

    def report(self) -> None:
        """Every few seconds: which moments the timestamps mean, so that sound and picture stay in step."""
        self.peer.report_interval_s = REPORT_S if self._layered else IDLE_REPORT_S
        now, ntp_time = time.monotonic(), rtcp.ntp(time.time())
        reports = [(down_track.track.ssrc, down_track.sender_report(ntp_time, now)) for down_track in self._down_tracks]
        ours = [ssrc for ssrc, report in reports if report]
        if ours:
            self.peer.send_rtcp(b"".join(r for _, r in reports) + rtcp.source_description(CNAME, ours))

    @property
    def _layered(self) -> bool:
        """Whether there are layers to choose from."""
        return self._layers is not None and self._layers.several


def _route(track: Track, codec: Codec, send_time: int, dependency: int) -> Route:
    payload_type = codec.payload_type if codec.redundancy is None else codec.redundancy
    if not track.video:
        return Route(track.ssrc, payload_type)
    repair = codec.retransmission
    return Route(
        track.ssrc, payload_type, track.repair_ssrc if repair is not None else 0, repair or 0, send_time, dependency
    )
