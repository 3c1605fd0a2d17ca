"""Reads the shared UDP socket and handles the most frequent datagrams itself: it drops subscribers' reports that are
not due, and answers their connectivity checks.

That is most of what subscribers send. A registered subscriber is connected and at its nominated address, so neither
changes any state. All other datagrams are handed over unchanged."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from live.media.rtp.rtcp import RECEIVER_REPORT
from live.media.transport import stun
from live.media.transport.addresses import Address

DATAGRAM_BYTES_MAX = 2048
DATAGRAMS_PER_READ_MAX = 128  # then the event loop goes on
SRTCP_BYTES_MAX = 20  # index and tag behind an encrypted compound packet

Arrived = tuple[list[tuple[bytes, Address]], bool]


class FeedbackFilter(Protocol):
    """Every implementation passes tests/live/media/transport/test_feedback_filter.py."""

    def read_waiting(self, now: float) -> Arrived:
        """Up to DATAGRAMS_PER_READ_MAX datagrams and their senders; and whether that has emptied the socket."""

    def register(self, address: Address, ufrag: bytes, password: bytes, report_interval_s: float) -> None:
        """Handle this sender's plain reports and checks from now on. Replaces a registration of the address."""

    def forget(self, address: Address) -> None:
        """Hand over all of this sender's datagrams again. Does nothing for an unregistered address."""

    def set_report_interval(self, address: Address, seconds: float) -> None:
        """How often a plain report is worth decrypting."""

    def last_check_at(self, address: Address) -> float:
        """When a check from this address was last answered here; 0: never, or not registered."""


@dataclass(slots=True)
class _Sender:
    ufrag: bytes
    password: bytes
    report_interval_s: float
    report_due_at: float = 0.0
    last_check_at: float = 0.0


class PythonFeedbackFilter:
    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._senders: dict[Address, _Sender] = {}

    def read_waiting(self, now: float) -> Arrived:
        arrived: list[tuple[bytes, Address]] = []
        receive, senders = self._socket.recvfrom, self._senders
        answers_checks = True
        for _ in range(DATAGRAMS_PER_READ_MAX):
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
            sender = senders.get(address)
            if data[0] > 3:
                if sender is None or not is_plain_report(data) or self._is_due(sender, now):
                    arrived.append((data, address))
            elif sender is None or not answers_checks or not self._answer(sender, data, address, now):
                # Handling this check may change the registrations, so later checks must be handed over too.
                answers_checks = False
                arrived.append((data, address))
        return arrived, False

    def _is_due(self, sender: _Sender, now: float) -> bool:
        if now < sender.report_due_at:
            return False
        sender.report_due_at = now + sender.report_interval_s
        return True

    def _answer(self, sender: _Sender, data: bytes, address: Address, now: float) -> bool:
        """Whether it was an authentic check of this sender's session."""
        request = stun.parse_request(data)
        if request is None or request.ufrag != sender.ufrag or not stun.is_authentic(data, request, sender.password):
            return False
        sender.last_check_at = now
        with suppress(OSError):  # if the send buffer is full, the answer is lost, as on any network
            self._socket.sendto(stun.success(request.transaction, address[:2], sender.password), address)
        return True

    def register(self, address: Address, ufrag: bytes, password: bytes, report_interval_s: float) -> None:
        self._senders[address] = _Sender(ufrag, password, report_interval_s)

    def forget(self, address: Address) -> None:
        self._senders.pop(address, None)

    def set_report_interval(self, address: Address, seconds: float) -> None:
        sender = self._senders.get(address)
        if sender is not None:
            sender.report_interval_s = seconds

    def last_check_at(self, address: Address) -> float:
        sender = self._senders.get(address)
        return sender.last_check_at if sender is not None else 0.0


def is_plain_report(data: bytes) -> bool:
    """Whether it is an encrypted receiver report and nothing else. The length of a compound's first packet is not
    encrypted, so it shows whether more follows."""
    if len(data) < 12 or data[0] >> 6 != 2 or data[1] != RECEIVER_REPORT:
        return False
    return len(data) - 4 - 4 * (data[2] << 8 | data[3]) <= SRTCP_BYTES_MAX
