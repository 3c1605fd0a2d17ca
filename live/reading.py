"""What reads the port and decrypts what peers send, in two implementations like the fan-out: here the one in Python."""

from __future__ import annotations

import socket
from typing import Any, Protocol

from live.fanout import Address
from live.inbox import Inbox, PythonInbox
from live.intake import Intake, PythonIntake
from live.srtp import LibsrtpOpener, MasterKey, Opener, RtcpSealer, sealer


class Reading(Protocol):
    def inbox(self, sock: socket.socket) -> Inbox: ...

    def intake(self, sock: socket.socket, address: Address, opener: Any) -> Intake:
        """Only with an opener made here."""

    def opener(self, master: MasterKey) -> Opener: ...

    def sealer(self, master: MasterKey) -> RtcpSealer: ...


class PythonReading:
    def inbox(self, sock: socket.socket) -> Inbox:
        return PythonInbox(sock)

    def intake(self, sock: socket.socket, address: Address, opener: Any) -> Intake:
        return PythonIntake(sock, address, opener)

    def opener(self, master: MasterKey) -> Opener:
        return LibsrtpOpener(master)

    def sealer(self, master: MasterKey) -> RtcpSealer:
        return sealer(master)
