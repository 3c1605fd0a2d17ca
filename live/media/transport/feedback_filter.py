"""What comes to the port's UDP socket, without what needs no decision: subscribers' reports that are not due, and their
checks, which are answered on the way.

That is most of what subscribers send. Who is known here is connected and at its nominated address, so neither can
change anything; all else, and everything from everybody else, is handed over as it came."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from live.media.fanout.engine import Address
from live.media.rtp.rtcp import RECEIVER_REPORT
from live.media.transport import stun

DATAGRAM_BYTES_MAX = 2048
DATAGRAMS_PER_TURN_MAX = 128  # then the event loop gets its turn
SRTCP_BYTES_MAX = 20  # index and tag behind an encrypted compound

Arrived = tuple[list[tuple[bytes, Address]], bool]


class FeedbackFilter(Protocol):
    """Every implementation passes tests/live/media/transport/test_feedback_filter.py."""

    def turn(self, now: float) -> Arrived:
        """What has arrived and from where, but not for ever; and whether that was all."""

    def know(self, address: Address, ufrag: bytes, password: bytes, report_interval_s: float) -> None:
        """Deal with this one's plain reports and checks from now on. Begins anew with who is known there already."""

    def forget(self, address: Address) -> None:
        """Hand everything from there over again. Harmless for who is not known."""

    def set_interval(self, address: Address, seconds: float) -> None:
        """How often a plain report is worth the work of opening it."""

    def heard_at(self, address: Address) -> float:
        """When a check from there was last answered here; 0: never, or not known."""


@dataclass(slots=True)
class _Known:
    ufrag: bytes
    password: bytes
    report_interval_s: float
    report_due: float = 0.0
    heard_at: float = 0.0


class PythonFeedbackFilter:
    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._known: dict[Address, _Known] = {}

    def turn(self, now: float) -> Arrived:
        arrived: list[tuple[bytes, Address]] = []
        receive, known = self._socket.recvfrom, self._known
        checks = True
        for _ in range(DATAGRAMS_PER_TURN_MAX):
            try:
                data, address = receive(DATAGRAM_BYTES_MAX)
            except BlockingIOError:
                return arrived, True
            except OSError:  # an ICMP error of an earlier send: nothing was received
                if self._socket.fileno() < 0:
                    return arrived, True
                continue
            if not data:
                continue
            sender = known.get(address)
            if data[0] > 3:
                if sender is None or not is_plain_report(data) or self._is_due(sender, now):
                    arrived.append((data, address))
            elif sender is None or not checks or not self._answer(sender, data, address, now):
                # What a check that is handed over leads to may change what becomes of those behind it.
                checks = False
                arrived.append((data, address))
        return arrived, False

    def _is_due(self, sender: _Known, now: float) -> bool:
        if now < sender.report_due:
            return False
        sender.report_due = now + sender.report_interval_s
        return True

    def _answer(self, sender: _Known, data: bytes, address: Address, now: float) -> bool:
        """Whether it was a check of theirs."""
        request = stun.parse_request(data)
        if request is None or request.ufrag != sender.ufrag or not stun.is_authentic(data, request, sender.password):
            return False
        sender.heard_at = now
        with suppress(OSError):  # what the kernel does not take is lost, as on any network
            self._socket.sendto(stun.success(request.transaction, address[:2], sender.password), address)
        return True

    def know(self, address: Address, ufrag: bytes, password: bytes, report_interval_s: float) -> None:
        self._known[address] = _Known(ufrag, password, report_interval_s)

    def forget(self, address: Address) -> None:
        self._known.pop(address, None)

    def set_interval(self, address: Address, seconds: float) -> None:
        known = self._known.get(address)
        if known is not None:
            known.report_interval_s = seconds

    def heard_at(self, address: Address) -> float:
        known = self._known.get(address)
        return known.heard_at if known is not None else 0.0


def is_plain_report(data: bytes) -> bool:
    """An encrypted receiver report and nothing else: how long the first packet of a compound is stands in the clear."""
    if len(data) < 12 or data[0] >> 6 != 2 or data[1] != RECEIVER_REPORT:
        return False
    return len(data) - 4 - 4 * (data[2] << 8 | data[3]) <= SRTCP_BYTES_MAX
