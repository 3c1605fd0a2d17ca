"""The child process: looks at stills and at keyframes of live rooms, in a sandbox, one after the other.

It is asked `messages.Ask` and answers `messages.Answer`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import msgspec

from trust.machine.frames import Answers, serve
from trust.machine.sight.messages import KEYFRAME_BYTES_MAX, STILL_PX_MAX, Answer, Ask

if TYPE_CHECKING:
    from trust.machine.sight.still import Pixels

THUMBNAIL_PX = 240
THUMBNAIL_QUALITY = 60
PICTURE_PX_MAX = 4_096
_CODECS = {"VP8": "vp8", "VP9": "vp9", "H264": "h264", "AV1": "libdav1d"}


def main() -> None:
    serve(_load)


def _load() -> Answers:
    looker = _Looker()

    def answers(request: bytes) -> bytes:
        ask = msgspec.msgpack.decode(request, type=Ask)
        try:
            answer = looker.answer(ask)
        except Exception as fault:  # of this picture, not of the next one
            answer = Answer(ask.id, fault=type(fault).__name__)
        return msgspec.msgpack.encode(answer)

    return answers


class _Looker:
    def __init__(self) -> None:
        from trust.machine.sight import network, still

        self._still = still
        file = network.weights()
        try:
            self._network = network.Network(file) if file is not None else None
        except ImportError:
            self._network = None

    def answer(self, ask: Ask) -> Answer:
        import numpy as np

        if not ask.codec:
            if not (0 < ask.width <= STILL_PX_MAX and 0 < ask.height <= STILL_PX_MAX):
                raise ValueError("no still")
            pixels: Pixels = np.frombuffer(ask.rgb, np.uint8).reshape(ask.height, ask.width, 3)
            return self._looked(ask.id, pixels, b"")
        pixels = _decoded(ask)
        return self._looked(ask.id, pixels, _thumbnail(pixels))

    def _looked(self, id: int, pixels: Pixels, thumbnail: bytes) -> Answer:
        still = self._still
        inner = still.without_borders(pixels)
        if still.is_blank(inner):
            return Answer(id, thumbnail=thumbnail)
        hashed = still.pdq(inner)
        if self._network is None:
            return Answer(id, pdq=hashed, thumbnail=thumbnail)
        score, vector = self._network.look(still.squared(inner))
        return Answer(id, score, vector.tobytes(), hashed, thumbnail, self._network.hash)


def _decoded(ask: Ask) -> Pixels:
    """The last picture of a keyframe, small. A fresh decoder for each: nothing is left of the one before."""
    import av

    from trust.machine.sight.depacketize import bitstream

    if sum(map(len, ask.payloads)) > KEYFRAME_BYTES_MAX:
        raise ValueError("too large")
    decoder = av.CodecContext.create(_CODECS[ask.codec], "r")
    decoder.thread_count = 1
    packet = av.Packet(bitstream(ask.codec, ask.payloads))
    frames = [*decoder.decode(packet), *decoder.decode(None)]  # type: ignore[attr-defined]
    frame = frames[-1]
    if max(frame.width, frame.height) > PICTURE_PX_MAX:
        raise ValueError("too large")
    scale = min(1.0, STILL_PX_MAX / max(frame.width, frame.height))
    size = max(2, int(frame.width * scale)), max(2, int(frame.height * scale))
    made: Pixels = frame.reformat(*size, "rgb24").to_ndarray()
    return made


def _thumbnail(pixels: Pixels) -> bytes:
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    made = io.BytesIO()
    image.save(made, "JPEG", quality=THUMBNAIL_QUALITY)
    return made.getvalue()
