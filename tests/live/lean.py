"""A minimal client: real ICE, DTLS and SRTP over its own socket, without codecs.

Light enough to run hundreds. It can do what no browser does on request: lose packets, move, fall silent.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import struct
from collections.abc import Callable

import httpx
from aioice import stun as reference
from aiortc import sdp
from aiortc.rtcdtlstransport import RTCCertificate

from live.media.rtp.packets import Packet
from live.media.transport.srtp import LibsrtpOpener, sealer
from tests.live.media.relay.stage import until
from tests.live.media.transport.dtls_client import DatagramQueue, DtlsClient, fingerprint

VP8, OPUS = 96, 111
CODECS = {"video": (VP8, "VP8/90000"), "audio": (OPUS, "opus/48000/2")}


class LeanClient:
    certificate = RTCCertificate.generateCertificate()  # shared, because generating one takes longer than the rest

    def __init__(self, url: str, key: str = "", *, kinds: tuple[str, ...] = ("video", "audio")) -> None:
        self.url, self.key, self.kinds = url, key, kinds
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(12)
        self.location = self.etag = ""
        self.headers: dict[str, str] = {}  # more of them
        self.setup = "actpass"
        self.http: httpx.AsyncClient | None = None
        self.received = 0
        self.on_rtp: Callable[[bytes], None] | None = None  # called with decrypted packets; None: they are only counted
        self.on_rtcp: Callable[[bytes], None] | None = None
        self.ssrcs: dict[str, int] = {}
        self.dtls: DtlsClient | None = None
        self.checks_answered = 0
        self.seen_as: tuple[str, int] | None = None  # our address as the server sees it
        self.answers_checks = True
        self._opener: LibsrtpOpener | None = None
        self._early: list[bytes] = []
        self._rtcp_index = 0
        self._datagrams = DatagramQueue(self.send)
        self._open_socket()

    def _open_socket(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", 0))
        asyncio.get_running_loop().add_reader(self.socket, self.drain)

    # -- negotiation -----------------------------------------------------------------------------

    def offer(self) -> str:
        direction = "sendonly" if self.key else "recvonly"
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=group:BUNDLE {' '.join(self.kinds)}"]
        for kind in self.kinds:
            number, name = CODECS[kind]
            lines += [
                f"m={kind} 9 UDP/TLS/RTP/SAVPF {number}", "c=IN IP4 0.0.0.0", f"a=mid:{kind}", f"a={direction}",
                "a=rtcp-mux", "a=rtcp-rsize", f"a=setup:{self.setup}",
                f"a=ice-ufrag:{self.ufrag}", f"a=ice-pwd:{self.password}",
                f"a=fingerprint:{fingerprint(self.certificate)}", f"a=rtpmap:{number} {name}",
                f"a=rtcp-fb:{number} nack", f"a=rtcp-fb:{number} nack pli",
            ]  # fmt: skip
        return "\r\n".join(lines) + "\r\n"

    async def agree(self) -> httpx.Response:
        headers = {"Content-Type": "application/sdp", **self.headers} | (
            {"Authorization": f"Bearer {self.key}"} if self.key else {}
        )
        # Hundreds of clients share one: generating a certificate costs more than a join.
        async with contextlib.nullcontext(self.http) if self.http else httpx.AsyncClient(timeout=30) as http:
            answer = await http.post(self.url, content=self.offer(), headers=headers)
        if answer.status_code == 201:
            self.location = str(httpx.URL(self.url).join(answer.headers["location"]))
            self.etag = answer.headers["etag"]
            media = sdp.SessionDescription.parse(answer.text).media
            assert media[0].ice is not None
            assert media[0].dtls is not None
            self._their_ufrag, self._their_password = media[0].ice.usernameFragment, media[0].ice.password
            self._fingerprints = [(f.algorithm, f.value) for f in media[0].dtls.fingerprints]
            self.address = media[0].ice_candidates[0].ip, media[0].ice_candidates[0].port
            self.ssrcs = {m.kind: m.ssrc[0].ssrc for m in media if m.ssrc}
        return answer

    async def connect(self) -> None:
        """Complete ICE and DTLS."""
        before = self.checks_answered
        self.check()
        await until(lambda: self.checks_answered > before)
        self.dtls = DtlsClient(self._datagrams, self.certificate, waits=self.setup == "passive")
        assert await self.dtls.handshake(self._fingerprints)
        assert self.dtls.sending is not None
        assert self.dtls.receiving is not None
        # The names are from the server's side: its send key is our receive key.
        self._sealer, self._opener = sealer(self.dtls.receiving), LibsrtpOpener(self.dtls.sending)
        early, self._early = self._early, []
        for data in early:
            self._on_srtp(data)

    async def join(self) -> None:
        answer = await self.agree()
        assert answer.status_code == 201, answer.text
        await self.connect()

    # -- actions ---------------------------------------------------------------------------------

    def check(self, *, nominate: bool = True) -> None:
        """Send a connectivity check, which keeps the session alive and moves it to our address."""
        message = reference.Message(reference.Method.BINDING, reference.Class.REQUEST)
        message.attributes["USERNAME"] = f"{self._their_ufrag}:{self.ufrag}"
        message.attributes["ICE-CONTROLLING"] = 1
        if nominate:
            message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity(str(self._their_password).encode())
        message.add_fingerprint()
        self.send(bytes(message))

    def send(self, data: bytes) -> None:
        if self.socket.fileno() >= 0:
            self.socket.sendto(data, self.address)

    def send_rtp(self, kind: str, packet: Packet, *, ssrc: int = 0) -> None:
        """`packet.sequence` is the SRTP index."""
        ssrc = ssrc or (1000 if kind == "video" else 2000)
        kind_type = CODECS[kind][0] | (0x80 if packet.marker else 0)
        header = struct.pack("!BBHLL", 0x80, kind_type, packet.sequence & 0xFFFF, packet.timestamp & 0xFFFFFFFF, ssrc)
        self.send(header + self._sealer.seal(ssrc, packet.sequence, header, packet.payload))

    def send_rtcp(self, packet: bytes) -> None:
        self._rtcp_index += 1
        self.send(self._sealer.seal_rtcp(packet, self._rtcp_index))

    def stop_listening(self) -> None:
        """Leave it to the caller to call `drain` from now on."""
        asyncio.get_running_loop().remove_reader(self.socket)

    def move(self) -> None:
        """Use another local address from now on, as after a change of network."""
        self._close_socket()
        self._open_socket()

    async def close(self) -> None:
        if self.dtls is not None:
            await self.dtls.stop()
        self.vanish()

    def vanish(self) -> None:
        """Disappear without closing the session."""
        if self.socket.fileno() >= 0:
            self._close_socket()

    def _close_socket(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()

    def drain(self) -> None:
        """Process everything that has arrived. The event loop calls it, until `stop_listening` is called."""
        while True:
            try:
                data = self.socket.recv(2048)
            except BlockingIOError:
                return
            except OSError:
                continue
            self.on_datagram(data)

    def on_datagram(self, data: bytes) -> None:
        if 127 < data[0] < 192:
            self._on_srtp(data)
        elif data[0] > 19:
            self._datagrams.put(data)
        else:
            self._on_stun(reference.parse_message(data))

    def _on_stun(self, message: reference.Message) -> None:
        if message.message_class == reference.Class.RESPONSE:
            self.checks_answered += 1
            self.seen_as = message.attributes["XOR-MAPPED-ADDRESS"]
        elif self.answers_checks:
            assert message.check_message_integrity(self.password.encode())
            answer = reference.Message(reference.Method.BINDING, reference.Class.RESPONSE, message.transaction_id)
            answer.attributes["XOR-MAPPED-ADDRESS"] = self.address
            answer.add_message_integrity(self.password.encode())
            self.send(bytes(answer))

    def _on_srtp(self, data: bytes) -> None:
        if self._opener is None:  # it overtook the end of the handshake
            self._early.append(data)
            return
        if 192 <= data[1] <= 223:
            if self.on_rtcp is not None and (opened := self._opener.open_rtcp(data)) is not None:
                self.on_rtcp(opened)
            return
        self.received += 1
        if self.on_rtp is not None:
            opened = self._opener.open(data)
            assert opened is not None, "a packet that cannot be decrypted"
            self.on_rtp(opened)


def vp8_frame(sequence: int, timestamp: int, *, keyframe: bool, packets: int = 3, size: int = 600) -> list[Packet]:
    """A VP8 frame with what a relay reads: the descriptor and the keyframe bit."""
    made = []
    for i in range(packets):
        payload = (b"\x10" if i == 0 else b"\x00") + (b"\x00" if keyframe else b"\x01") + secrets.token_bytes(size - 2)
        made.append(Packet(sequence + i, timestamp, i == packets - 1, False, payload))
    return made
