"""What comes to a publisher's own socket, decrypted and taken apart."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from live.media.fanout.engine import Address
from live.media.rtp.packets import ReceivedPacket, parse
from live.media.rtp.rtcp import is_rtcp
from live.media.transport.feedback_filter import DATAGRAM_BYTES_MAX, DATAGRAMS_PER_TURN_MAX
from live.media.transport.srtp import Opener


class ReadPackets(NamedTuple):
    packets: Sequence[ReceivedPacket]  # media
    reports: Sequence[bytes]  # compound packets of RTCP
    others: Sequence[tuple[bytes, Address]]  # what is neither, or from somebody else, as it came
    emptied: bool  # that was all


class RtpReader(Protocol):
    """Every implementation passes tests/live/media/transport/test_rtp_reader.py."""

    def turn(self) -> ReadPackets:
        """What has arrived, but not for ever. What cannot be decrypted has not."""


class PythonRtpReader:
    def __init__(self, sock: socket.socket, address: Address, opener: Opener) -> None:
        """`address`: whom the socket is connected to, as it gives it."""
        self._socket, self._address, self._opener = sock, address, opener

    def turn(self) -> ReadPackets:
        packets: list[ReceivedPacket] = []
        reports: list[bytes] = []
        others: list[tuple[bytes, Address]] = []
        taken = ReadPackets(packets, reports, others, True)
        for _ in range(DATAGRAMS_PER_TURN_MAX):
            try:
                data, address = self._socket.recvfrom(DATAGRAM_BYTES_MAX)
            except BlockingIOError:
                return taken
            except OSError:  # an ICMP error of an earlier send: nothing was received
                if self._socket.fileno() < 0:
                    return taken
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
        return taken._replace(emptied=False)
