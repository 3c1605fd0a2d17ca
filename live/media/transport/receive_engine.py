"""Reads the media port and decrypts. Like the fan-out it has two implementations; this one is in Python."""

from __future__ import annotations

import socket
from typing import Any, Protocol

from live.media.transport.addresses import Address
from live.media.transport.feedback_filter import FeedbackFilter, PythonFeedbackFilter
from live.media.transport.rtp_reader import PythonRtpReader, RtpReader
from live.media.transport.srtp import LibsrtpOpener, MasterKey, Opener, RtcpSealer, sealer


class ReceiveEngine(Protocol):
    def feedback_filter(self, sock: socket.socket) -> FeedbackFilter: ...

    def rtp_reader(self, sock: socket.socket, address: Address, opener: Any) -> RtpReader:
        """`opener` must be one of this engine's."""

    def opener(self, master: MasterKey) -> Opener: ...

    def sealer(self, master: MasterKey) -> RtcpSealer: ...


class PythonReceiveEngine:
    def feedback_filter(self, sock: socket.socket) -> FeedbackFilter:
        return PythonFeedbackFilter(sock)

    def rtp_reader(self, sock: socket.socket, address: Address, opener: Any) -> RtpReader:
        return PythonRtpReader(sock, address, opener)

    def opener(self, master: MasterKey) -> Opener:
        return LibsrtpOpener(master)

    def sealer(self, master: MasterKey) -> RtcpSealer:
        return sealer(master)
