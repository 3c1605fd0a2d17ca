"""A packet's place among the frames and layers of its stream, from its payload descriptor: as few bytes as it takes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

from live.media.rtp.dependency import LAYERS_MAX, MANDATORY_BYTES, SWITCH, DependencyReader, Described, Frame
from live.media.rtp.header import DESCRIPTOR_BYTES_MAX


class FramePosition(NamedTuple):
    begins: bool  # the first packet of a frame of its spatial layer
    ends: bool  # the last packet of a frame of its spatial layer
    keyframe: bool  # a picture that needs no other begins here
    spatial: int  # 0 where there is one layer
    temporal: int  # 0 where the codec does not tell
    switch: bool  # who has the lower temporal layers can have this one too, from this frame on
    picture_at: int  # where in the payload a VP8 PictureID of 15 bits is; 0 where there is none to rewrite
    tl0_at: int  # where in the payload VP8's TL0PICIDX is; 0 where there is none
    described: Described | None = None  # its dependency descriptor, if subscribers can make use of it
    apart: bool = False  # no higher spatial layer needs anything of this frame


Reader = Callable[[bytes, bool, bytes | None], FramePosition]
"""Of one stream, as it comes: an RTP payload, the RTP marker, and the dependency descriptor if the packet has one."""

H264_SLICE, H264_IDR, H264_SPS, H264_AUD, H264_STAP_A, H264_FU_A = 1, 5, 7, 9, 24, 28
_H264_KEYFRAMES = (H264_IDR, H264_SPS)

ALL_TEMPORAL = 0xFF
_WHOLE = FramePosition(True, True, False, 0, 0, False, 0, 0)


def reader(codec_name: str) -> Reader:
    """A new one, for one stream."""
    if codec_name == "AV1":
        return Av1Reader().read
    if codec_name == "VP9":
        return Vp9Reader().read
    return _READERS.get(codec_name, whole)


def whole(_payload: bytes, _marker: bool, _descriptor: bytes | None) -> FramePosition:
    """For audio, where every packet stands for itself."""
    return _WHOLE


def vp8(payload: bytes, marker: bool, _descriptor: bytes | None = None) -> FramePosition:
    """RFC 7741, 4.2."""
    size = len(payload)
    if not size:
        return FramePosition(False, marker, False, 0, 0, False, 0, 0)
    first = payload[0]
    begins = first & 0x17 == 0x10
    at = 1
    temporal = picture_at = tl0_at = 0
    switch = False
    if first & 0x80 and size > 1:
        flags, at = payload[1], 2
        if flags & 0x80:
            long = size > 3 and payload[2] & 0x80
            picture_at = 2 if long else 0
            at += 2 if long else 1
        if flags & 0x40:
            tl0_at = at if at < size else 0
            at += 1
        if flags & 0x30:
            if flags & 0x20 and at < size:
                temporal, switch = payload[at] >> 6, payload[at] & 0x20 != 0
            at += 1
    keyframe = begins and at < size and not payload[at] & 0x01
    return FramePosition(begins, marker, keyframe, 0, temporal, switch or keyframe, picture_at, tl0_at)


class Vp9Reader:
    """RFC 9628, 4.2. A keyframe's other spatial layers are no keyframes: they are predicted from its lowest.

    Z says that no higher spatial layer is predicted from this one.

    U says that later pictures of higher temporal layers need none from before this one. Said of the lowest layer, it
    opens the way up; Chrome says it of all.
    """

    __slots__ = ("_ascent",)

    def __init__(self) -> None:
        self._ascent = Ascent()

    def read(self, payload: bytes, marker: bool, _descriptor: bytes | None) -> FramePosition:
        if not payload:
            return FramePosition(False, marker, False, 0, 0, False, 0, 0)
        first = payload[0]
        begins = first & 0x08 != 0
        predicted = first & 0x40 != 0
        at, mask = 1, 0
        if first & 0x80:
            mask = 0x7FFF if len(payload) > 2 and payload[1] & 0x80 else 0x7F
            at = 3 if mask == 0x7FFF else 2
        if not first & 0x20:  # no layer indices: there is one layer
            keyframe = begins and not predicted
            return FramePosition(begins, first & 0x04 != 0, keyframe, 0, 0, keyframe, 0, 0)
        if at >= len(payload):
            return FramePosition(begins, first & 0x04 != 0, False, 0, 0, False, 0, 0)
        layers = payload[at]
        spatial, temporal = layers >> 1 & 0x07, layers >> 5
        keyframe = begins and not predicted and spatial == 0
        switch = keyframe
        if mask:
            number = (payload[1] << 8 | payload[2] if mask == 0x7FFF else payload[1]) & mask
            opens = ALL_TEMPORAL if keyframe or layers & 0x10 else 0
            switch = self._ascent.switches(number, mask, 0, temporal, opens, keyframe) or keyframe
        return FramePosition(
            begins, first & 0x04 != 0, keyframe, spatial, temporal, switch, 0, 0, apart=first & 0x01 != 0
        )  # fmt: skip


def h264(payload: bytes, marker: bool, _descriptor: bytes | None = None) -> FramePosition:
    """RFC 6184. Parameter sets count as the keyframe they precede; alone in their packets, each is said to begin it.

    There are no layers here: browsers send none in H264.
    """
    begins = keyframe = False
    size = len(payload)
    kind = payload[0] & 0x1F if size else 0
    if kind == H264_STAP_A:
        at = 1
        while at + 2 < size:
            unit = payload[at + 2] & 0x1F
            begins = begins or (at == 1 and _h264_begins(unit, payload, at + 3))
            if unit in _H264_KEYFRAMES:
                keyframe = True
                break
            at += 2 + (payload[at] << 8 | payload[at + 1])
    elif kind == H264_FU_A:
        if size > 1 and payload[1] & 0x80:
            unit = payload[1] & 0x1F
            begins, keyframe = _h264_begins(unit, payload, 2), unit in _H264_KEYFRAMES
    else:
        begins, keyframe = _h264_begins(kind, payload, 1), kind in _H264_KEYFRAMES
    return FramePosition(begins, marker, keyframe, 0, 0, keyframe, 0, 0)


def _h264_begins(unit: int, payload: bytes, at: int) -> bool:
    """Whether a NAL unit may be the first of its picture: what precedes slices, or a slice of macroblock 0 (7.3.3)."""
    if H264_SLICE <= unit <= H264_IDR:
        return at < len(payload) and payload[at] & 0x80 != 0
    return H264_IDR < unit <= H264_AUD


class Av1Reader:
    """The AV1 RTP specification, 4.4: the aggregation header says where a coded video sequence begins (N).

    The layers are in the dependency descriptor. Its "switch", said of a frame of the lowest temporal layer, opens the
    way up: what comes from there on needs nothing from before. One can begin only with a keyframe that brings the
    structure, where descriptors need one.
    """

    __slots__ = ("_ascent", "dependency")

    def __init__(self) -> None:
        self.dependency = DependencyReader()
        self._ascent = Ascent()

    def read(self, payload: bytes, marker: bool, descriptor: bytes | None) -> FramePosition:
        first = payload[0] if payload else 0x80
        keyframe = first & 0x88 == 0x08
        if descriptor is None:
            return FramePosition(not first & 0x80, marker, keyframe, 0, 0, keyframe, 0, 0)
        frame = self.dependency.read(descriptor)
        if frame is None:
            described = self._unread(descriptor)
            keyframe = keyframe and described is None
            return FramePosition(not first & 0x80, marker, keyframe, 0, 0, keyframe, 0, 0, described)
        begins, ends, number, spatial, temporal, _, structured, described = frame
        keyframe = keyframe and (structured or described is None)
        opens = 0 if temporal or described is None else _opens(frame, described)
        switch = self._ascent.switches(number, 0xFFFF, spatial, temporal, opens, keyframe)
        apart = described is not None and _is_apart(described.targets, spatial, frame.indications)
        return FramePosition(begins, ends, keyframe, spatial, temporal, switch or keyframe, 0, 0, described, apart)

    def _unread(self, descriptor: bytes) -> Described | None:
        """What we cannot read for want of a packet that brings its structure, a subscriber may, or drops it as it
        should: without it the packet would seem to be of a stream that has none."""
        usual = MANDATORY_BYTES <= len(descriptor) <= DESCRIPTOR_BYTES_MAX
        return Described(descriptor) if usual and self.dependency.structure is not None else None


@functools.lru_cache
def _is_apart(targets: tuple[tuple[int, int], ...], spatial: int, indications: tuple[int, ...]) -> bool:
    """Whether a frame of this spatial layer is in no decode target above it, and there are some. A stream has few kinds
    of frames, and each packet of them asks."""
    higher = [i for (reaches, _), i in zip(targets, indications, strict=True) if reaches > spatial]
    return bool(higher) and not any(higher)


def _opens(frame: Frame, described: Described) -> int:
    """The temporal layers one can go up to at this frame, as a bit mask."""
    opens = 0
    for (spatial, temporal), indication in zip(described.targets, frame.indications, strict=True):
        if indication == SWITCH and spatial == frame.spatial:
            opens |= 1 << temporal
    return opens


class Ascent:
    """Where a subscriber may go up to a higher temporal layer.

    A frame of the lowest layer opens the way: what comes behind it needs nothing from before it. The next frame of a
    higher layer, with none between them that it may need, is where to begin; from then on the way up to that layer is
    closed until the next opening.
    """

    __slots__ = ("_number", "_open", "_switch")

    def __init__(self) -> None:
        self._number: int | None = None  # of the frame the last packet was of
        self._switch = False  # whether one may go up at that frame
        self._open = [0] * LAYERS_MAX  # by spatial layer, a bit for each temporal layer

    def switches(self, number: int, mask: int, spatial: int, temporal: int, opens: int, keyframe: bool) -> bool:
        """Of a packet of frame `number`; `opens`: to which temporal layers, if it is of the lowest."""
        ahead = number - self._number & mask if self._number is not None else 1
        if ahead == 0:
            return self._switch
        if ahead > mask >> 1 and not keyframe:  # late: by now others depend on it
            return False
        if ahead != 1:  # what is missing may have been what one goes up at
            self._open = [0] * LAYERS_MAX
        self._number = number
        way = self._open[spatial]
        self._switch = temporal > 0 and way >> temporal & 1 != 0
        self._open[spatial] = way & (1 << temporal) - 1 if temporal else opens
        return self._switch


_READERS: dict[str, Reader] = {"VP8": vp8, "H264": h264}
