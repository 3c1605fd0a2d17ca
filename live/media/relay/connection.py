"""What a subscriber's feedback tells about its connection: bandwidth, loss, round trip."""

from __future__ import annotations

import time

from live.media.congestion.bandwidth import Bandwidth
from live.media.congestion.loss_detector import LossDetector
from live.media.congestion.send_rate import SendRate
from live.media.fanout.engine import RtpSender
from live.media.rtp import rtcp

PACKET_BYTES = 1200  # until packets have been measured


class Connection:
    def __init__(self, now: float) -> None:
        self.bandwidth = Bandwidth(now)
        self.losses = LossDetector(now)
        self._send_rate = SendRate(now)
        self._counted = (0, 0)  # packets and bytes of the measured track at the last sample
        self._packet_bytes = PACKET_BYTES  # average of that track's packets lately
        self._echoed = 0  # the last of our sender reports whose round trip is known

    def sample(self, now: float, sent_bytes: int, measured: RtpSender | None) -> None:
        """Note what has been sent. `sent_bytes`: on all tracks; `measured`: the track whose reports are used."""
        if not self._send_rate.is_due(now):
            return
        self._send_rate.sample(now, sent_bytes)
        packets, bytes_ = self._counted
        if measured is not None and measured.packets > packets:
            self._counted = measured.packets, measured.bytes
            self._packet_bytes = (measured.bytes - bytes_) // (measured.packets - packets)

    def on_estimate(self, bits_per_second: int, now: float) -> bool:
        """The receiver's estimate (REMB). True when the connection is overloaded."""
        return self.bandwidth.on_estimate(bits_per_second, self._send_rate.bps, now)

    def on_echo(self, report: rtcp.ReportBlock, now: float) -> tuple[float | None, bool]:
        """The round trip by this report, and whether it shows an overload.

        Each of our sender reports gives one round trip: later echoes of it say nothing new.
        """
        if report.last_report == self._echoed:
            return None, False
        round_trip_s = rtcp.round_trip_s(report, rtcp.ntp(time.time()))
        if round_trip_s is None:
            return None, False
        self._echoed = report.last_report
        return round_trip_s, self.bandwidth.on_round_trip(round_trip_s, self._send_rate.bps, now)

    def on_losses(self, report: rtcp.ReportBlock, keyframe_index: int, now: float) -> bool:
        """True when losses show an overload. Packets before `keyframe_index` say nothing about what is sent now."""
        losses, bandwidth = self.losses, self.bandwidth
        overloaded = False
        losses.ignore_before(keyframe_index)
        if losses.on_report(report.highest, report.lost, now):
            overloaded = bandwidth.on_loss(losses.loss, self._send_rate.bps, now)
        if losses.carried is None:
            return overloaded
        bandwidth.on_certain_overload(losses.carried * self._packet_bytes * 8, now)
        return True
