"""What the C sources beside this file make; `live.media.kernel` puts it behind the interface of
`live.media.fanout.engine`."""

import builtins
import socket
from collections.abc import Sequence
from typing import final

from live.media.fanout.engine import Address, RewriteOffsets, Route
from live.media.rtp.packets import Packet, ReceivedPacket
from live.media.transport.rtp_reader import ReadPackets

CIPHERS: tuple[str, ...]
"""Of `libcrypto`, `AES-NI` and `VAES` those this processor runs."""

@final
class Engine:
    cipher: str
    """What encrypts with AES-GCM: `libcrypto`, `AES-NI`, or the latter's wider sister `VAES`."""

    dropped: int
    """Packets that were lost before they reached the network."""

    def __new__(cls, sock: socket.socket, gso: bool, cipher: str | None = None) -> Engine:
        """Without `cipher` the fastest. Raises ValueError when this processor does not have it."""

@final
class RtpSender:
    offsets: RewriteOffsets
    packets: int
    bytes: int
    repaired: int
    """The SRTP index of the next retransmission."""

    def __new__(
        cls,
        engine: Engine,
        aead: bool,
        key: builtins.bytes,
        salt: builtins.bytes,
        route: Route,
        offsets: RewriteOffsets,
        address: Address,
    ) -> RtpSender: ...
    def set_offsets(self, offsets: RewriteOffsets, first: int) -> None: ...
    def move(self, address: Address) -> None: ...
    def repeat(self, packets: Sequence[Packet], offsets: RewriteOffsets, send_time: int) -> None:
        """At most 64 packets."""

@final
class Frame:
    """Packets on their way to everybody who was in the fan-out when it was made."""

@final
class Fanout:
    def __new__(cls, engine: Engine) -> Fanout: ...
    def __len__(self) -> int: ...
    def add(self, sender: RtpSender) -> None: ...
    def remove(self, sender: RtpSender) -> None: ...
    def frame(self, packets: Sequence[Packet]) -> Frame:
        """At most 64 packets."""

    def advance(self, frame: Frame, nanoseconds: int) -> bool:
        """Send on, for about that long; negative: to the end. True when everybody has it."""

    def abandon(self, frame: Frame) -> None:
        """Who does not have it yet does not get it."""

    def send_to(self, sender: RtpSender, packets: Sequence[Packet]) -> None:
        """At most 64 packets."""

@final
class FeedbackFilter:
    """See `live.media.transport.feedback_filter`."""

    dropped: int
    """Reports that were not due."""

    def __new__(cls, sock: socket.socket) -> FeedbackFilter: ...
    def turn(self, now: float) -> tuple[list[tuple[builtins.bytes, Address]], bool]: ...
    def know(
        self, address: Address, ufrag: builtins.bytes, password: builtins.bytes, report_interval_s: float
    ) -> None: ...
    def forget(self, address: Address) -> None: ...
    def set_interval(self, address: Address, seconds: float) -> None: ...
    def heard_at(self, address: Address) -> float: ...

@final
class Opener:
    """See `live.media.transport.srtp`."""

    def __new__(cls, aead: bool, key: builtins.bytes, salt: builtins.bytes, cipher: str | None = None) -> Opener: ...
    def open(self, data: builtins.bytes) -> builtins.bytes | None: ...
    def open_rtcp(self, data: builtins.bytes) -> builtins.bytes | None: ...

@final
class Sealer:
    """See `live.media.transport.srtp.RtcpSealer`."""

    def __new__(cls, aead: bool, key: builtins.bytes, salt: builtins.bytes, cipher: str | None = None) -> Sealer: ...
    def seal_rtcp(self, packet: builtins.bytes, index: int) -> builtins.bytes: ...

@final
class RtpReader:
    """See `live.media.transport.rtp_reader`."""

    def __new__(
        cls, sock: socket.socket, address: Address, opener: Opener, parsed: type[ReceivedPacket]
    ) -> RtpReader: ...
    def turn(self) -> ReadPackets: ...
