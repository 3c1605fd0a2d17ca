"""Reads a publisher's own socket, decrypts and parses its packets."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from live.media.rtp.packets import ReceivedPacket, parse
from live.media.rtp.rtcp import is_rtcp
from live.media.transport.addresses import Address
from live.media.transport.feedback_filter import DATAGRAM_BYTES_MAX, DATAGRAMS_PER_READ_MAX
from live.media.transport.srtp import Opener


class ReadPackets(NamedTuple):
    packets: Sequence[ReceivedPacket]  # media
    reports: Sequence[bytes]  # compound RTCP packets
    others: Sequence[tuple[bytes, Address]]  # anything else, or from other senders: unchanged
    emptied: bool  # nothing is left to read


class RtpReader(Protocol):
    """Every implementation passes tests/live/media/transport/test_rtp_reader.py."""

    def read_waiting(self) -> ReadPackets:
        """Read up to DATAGRAMS_PER_READ_MAX datagrams. Drops those that are not authentic."""


class PythonRtpReader:
    def __init__(self, sock: socket.socket, address: Address, opener: Opener) -> None:
        """`address`: the sender that the socket is connected to, in the socket's form."""
        self._socket, self._address, self._opener = sock, address, opener

    def read_waiting(self) -> ReadPackets:
        packets: list[ReceivedPacket] = []
        reports: list[bytes] = []
        others: list[tuple[bytes, Address]] = []
        read = ReadPackets(packets, reports, others, True)
        for _ in range(DATAGRAMS_PER_READ_MAX):
            try:
                data, address = self._socket.recvfrom(DATAGRAM_BYTES_MAX)
            except BlockingIOError:
                return read
            except OSError:  # an ICMP error of an earlier send: nothing was received
                if self._socket.fileno() < 0:
                    return read
                continue
            if not data:
                continue
            if data[0] >> 6 != 2 or address != self._address:
                others.append((data, address))
            elif is_rtcp(data):
                report = self._opener.open_rtcp(data)
                if report is not None:
                    reports.append(report)
            else:
                opened = self._opener.open(data)
                parsed = parse(opened, time.monotonic()) if opened is not None else None
                if parsed is not None:
                    packets.append(parsed)
        return read._replace(emptied=False)
