"""A viewer: its place in each track's fan-out, and what it says of what it got."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from live import rtcp
from live.codec import Kind
from live.fanout import Address, Outlet
from live.peer import Peer
from live.rtp import nearest
from live.srtp import MasterKey
from live.track import Track

RESENDS_PER_SECOND_MAX = 400  # packets: a viewer that has lost more is helped by a keyframe
CNAME = b"cadeau"


@dataclass(slots=True)
class _Seat:
    track: Track
    payload_type: int
    outlet: Outlet | None = None


class Viewer:
    """One WHEP session's media. `peer` is set by who makes both, before anything arrives."""

    peer: Peer

    def __init__(self, tracks: Mapping[Kind, Track], payload_types: Mapping[Kind, int]) -> None:
        self.session = secrets.token_urlsafe(16)
        self.watching = False
        self.fraction_lost = 0.0  # of the packets, as it last said
        self._seats = [_Seat(tracks[kind], payload_type) for kind, payload_type in payload_types.items()]
        self._by_ssrc = {seat.track.ssrc: seat for seat in self._seats}
        self._resends_left = RESENDS_PER_SECOND_MAX

    @property
    def ssrcs(self) -> dict[Kind, int]:
        return {seat.track.codec.kind: seat.track.ssrc for seat in self._seats}

    @property
    def packets(self) -> int:
        return sum(seat.outlet.packets for seat in self._seats if seat.outlet is not None)

    def start(self, key: MasterKey) -> None:
        """The handshake is done: from here on it gets what everybody gets."""
        address = self.peer.address
        assert address is not None
        self.watching = True
        for seat in self._seats:
            sequence, pictures = seat.track.joining()
            seat.outlet = seat.track.fanout.add(key, seat.payload_type, sequence, address)
            if pictures:
                seat.track.fanout.send_to(seat.outlet, pictures)
        self.report({seat.track.ssrc: seat.track.sender_report() for seat in self._seats})

    def stop(self) -> None:
        self.watching = False
        for seat in self._seats:
            if seat.outlet is not None:
                seat.track.fanout.remove(seat.outlet)
                seat.outlet = None

    def on_moved(self, address: Address) -> None:
        for seat in self._seats:
            if seat.outlet is not None:
                seat.track.fanout.move(seat.outlet, address)

    def on_rtp(self, data: bytes, _now: float) -> None:
        """Viewers do not send media."""

    def on_rtcp(self, data: bytes, _now: float) -> None:
        for block in rtcp.blocks(data):
            if block.kind == rtcp.TRANSPORT_FEEDBACK and block.detail == rtcp.NACK:
                self._resend(block.body)
            elif block.kind == rtcp.PAYLOAD_FEEDBACK:
                self._repair(block)
            elif block.kind == rtcp.RECEIVER_REPORT:
                self.fraction_lost = max((r.fraction_lost for r in rtcp.report_blocks(block)), default=0) / 256

    def _resend(self, body: bytes) -> None:
        seat = self._by_ssrc.get(rtcp.media_ssrc(body))
        if seat is None or seat.outlet is None:
            return
        track, origin = seat.track, seat.outlet.origin
        following = track.following
        packets = []
        for sequence in rtcp.nacked(body):
            packet = track.cache.get(nearest(sequence, following - origin) + origin)
            if packet is not None and packet.sequence < following and self._resends_left > 0:
                self._resends_left -= 1
                packets.append(packet)
        if packets:
            track.fanout.send_to(seat.outlet, packets)

    def _repair(self, block: rtcp.Block) -> None:
        if block.detail == rtcp.PICTURE_LOSS:
            wanted = [rtcp.media_ssrc(block.body)]
        elif block.detail == rtcp.FULL_INTRA_REQUEST:
            wanted = list(rtcp.intra_requested(block.body))
        else:
            return
        for ssrc in wanted:
            seat = self._by_ssrc.get(ssrc)
            if seat is not None and seat.track.video:
                seat.track.request_keyframe()

    def report(self, reports: Mapping[int, bytes]) -> None:
        """Once a second: which moments the timestamps mean, so that sound and picture stay in step.

        `reports`: the sender reports of all the room's tracks, by SSRC; empty where nothing was sent yet.
        """
        self._resends_left = RESENDS_PER_SECOND_MAX
        ours = [ssrc for ssrc in self._by_ssrc if reports.get(ssrc)]
        if ours:
            self.peer.send_rtcp(b"".join(reports[ssrc] for ssrc in ours) + rtcp.source_description(CNAME, ours))
