"""Third-party clients: stock aiortc as a WHIP publisher and as a WHEP viewer."""

from __future__ import annotations

import asyncio
import fractions

import httpx
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame


class Stripes(VideoStreamTrack):
    """Moving stripes, small and cheap to encode; `brightness` tells publishers apart."""

    def __init__(self, brightness: int = 120) -> None:
        super().__init__()
        self._brightness = brightness
        self._count = 0

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(320, 240, "yuv420p")
        for plane, level in zip(frame.planes, (self._brightness, 128, 128), strict=True):
            row = bytearray([level]) * plane.line_size
            lines = bytearray(bytes(row) * plane.height)
            start = self._count * 3 % plane.height * plane.line_size
            lines[start : start + 8 * plane.line_size] = bytes(len(lines[start : start + 8 * plane.line_size]))
            plane.update(bytes(lines))
        self._count += 1
        frame.pts, frame.time_base = pts, fractions.Fraction(time_base)
        return frame


class Client:
    """A session negotiated over HTTP."""

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.location = ""
        self.etag = ""

    async def agree(self) -> httpx.Response:
        """POST the offer and, if it is accepted, apply the answer."""
        await self.peer.setLocalDescription(await self.peer.createOffer())
        headers = {**self.headers, "Content-Type": "application/sdp"}
        async with httpx.AsyncClient() as http:
            answer = await http.post(self.url, content=self.peer.localDescription.sdp, headers=headers)
        if answer.status_code == 201:
            self.location = str(httpx.URL(self.url).join(answer.headers["location"]))
            self.etag = answer.headers["etag"]
            await self.peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        return answer

    async def delete(self) -> httpx.Response:
        async with httpx.AsyncClient() as http:
            return await http.delete(self.location, headers=self.headers)

    async def close(self) -> None:
        await self.peer.close()


class Publishing(Client):
    def __init__(
        self, url: str, key: str, *, video: bool = True, audio: bool = True, brightness: int = 120, codec: str = "VP8"
    ) -> None:
        super().__init__(url, key)
        if audio:
            self.peer.addTransceiver(AudioStreamTrack(), direction="sendonly")
        if video:
            transceiver = self.peer.addTransceiver(Stripes(brightness), direction="sendonly")
            known = RTCRtpSender.getCapabilities("video").codecs
            transceiver.setCodecPreferences([c for c in known if c.name in (codec, "rtx")])


class Watching(Client):
    """Decodes and counts the received frames."""

    def __init__(self, url: str, kinds: tuple[str, ...] = ("video", "audio")) -> None:
        super().__init__(url)
        self.frames = {"video": 0, "audio": 0}
        self.brightness = 0
        self._readers: list[asyncio.Task[None]] = []
        for kind in kinds:
            self.peer.addTransceiver(kind, direction="recvonly")
        self.peer.on("track", lambda track: self._readers.append(asyncio.create_task(self._read(track))))

    async def _read(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self.frames[track.kind] += 1
            if isinstance(frame, VideoFrame):
                self.brightness = max(bytes(frame.planes[0])[:64])

    async def close(self) -> None:
        await super().close()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
