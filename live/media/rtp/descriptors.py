"""Which frame and layer a packet belongs to, read from its payload descriptor."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

from live.media.rtp.dependency import LAYERS_MAX, MANDATORY_BYTES, SWITCH, DependencyReader, Described, Frame
from live.media.rtp.header import DESCRIPTOR_BYTES_MAX


class FramePosition(NamedTuple):
    begins: bool  # the first packet of a frame of its spatial layer
    ends: bool  # the last packet of a frame of its spatial layer
    keyframe: bool  # it begins a picture that depends on no other
    spatial: int  # 0 if there is one layer
    temporal: int  # 0 if the codec does not say
    switch: bool  # receivers of the lower temporal layers can start to receive this one at this frame
    picture_at: int  # offset of a 15-bit VP8 PictureID in the payload; 0: none to rewrite
    tl0_at: int  # offset of VP8's TL0PICIDX in the payload; 0: none
    described: Described | None = None  # its dependency descriptor, if subscribers can use it
    apart: bool = False  # no higher spatial layer depends on this frame


Reader = Callable[[bytes, bool, bytes | None], FramePosition]
"""Takes one stream's packets in order: payload, RTP marker, and dependency descriptor if there is one."""

H264_SLICE, H264_IDR, H264_SPS, H264_AUD, H264_STAP_A, H264_FU_A = 1, 5, 7, 9, 24, 28
_H264_KEYFRAMES = (H264_IDR, H264_SPS)

ALL_TEMPORAL = 0xFF
_WHOLE = FramePosition(True, True, False, 0, 0, False, 0, 0)


def reader(codec_name: str) -> Reader:
    """A new reader for one stream."""
    if codec_name == "AV1":
        return Av1Reader().read
    if codec_name == "VP9":
        return Vp9Reader().read
    return _READERS.get(codec_name, whole)


def whole(_payload: bytes, _marker: bool, _descriptor: bytes | None) -> FramePosition:
    """For audio: every packet is a whole frame."""
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
    """RFC 9628, 4.2. Of a keyframe only the lowest spatial layer counts as one: the others are predicted from it.

    The Z bit says that no higher spatial layer is predicted from this frame.

    The U bit says that later pictures of higher temporal layers depend on none before this one. In the lowest layer it
    allows going up; Chrome sets it in all layers.
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
    """RFC 6184. Parameter sets count as part of the keyframe they precede; one alone in its packet counts as its begin.

    There are no layers: browsers send none in H264.
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
    """Whether a NAL unit can begin its picture: it precedes slices, or is the slice of macroblock 0 (7.3.3)."""
    if H264_SLICE <= unit <= H264_IDR:
        return at < len(payload) and payload[at] & 0x80 != 0
    return H264_IDR < unit <= H264_AUD


class Av1Reader:
    """The AV1 RTP specification, 4.4: the aggregation header says where a coded video sequence begins (N).

    The layers are in the dependency descriptor. Its "switch" indication on a frame of the lowest temporal layer allows
    going up: later frames depend on nothing before it. A receiver can start only at a keyframe that carries the
    structure, if there are descriptors.
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
        """A descriptor whose structure was in a lost packet. We forward it: a subscriber may be able to read it, and
        without it the packet would look like one of a stream without descriptors."""
        usual = MANDATORY_BYTES <= len(descriptor) <= DESCRIPTOR_BYTES_MAX
        return Described(descriptor) if usual and self.dependency.structure is not None else None


@functools.lru_cache
def _is_apart(targets: tuple[tuple[int, int], ...], spatial: int, indications: tuple[int, ...]) -> bool:
    """Whether there are higher spatial layers, and no decode target of theirs contains this frame. Cached, because a
    stream has few kinds of frames and many packets."""
    higher = [i for (reaches, _), i in zip(targets, indications, strict=True) if reaches > spatial]
    return bool(higher) and not any(higher)


def _opens(frame: Frame, described: Described) -> int:
    """The temporal layers that a receiver can go up to from this frame on, as a bit mask."""
    opens = 0
    for (spatial, temporal), indication in zip(described.targets, frame.indications, strict=True):
        if indication == SWITCH and spatial == frame.spatial:
            opens |= 1 << temporal
    return opens


class Ascent:
    """Finds the frames at which a subscriber can go up to a higher temporal layer.

    A frame of the lowest layer opens the way up: later frames depend on nothing before it. The next frame of a higher
    layer is the one to go up at, if no frame between them is missing. Then the way to that layer is closed until a
    frame opens it again.
    """

    __slots__ = ("_number", "_open", "_switch")

    def __init__(self) -> None:
        self._number: int | None = None  # of the last packet's frame
        self._switch = False  # whether that frame is one to go up at
        self._open = [0] * LAYERS_MAX  # by spatial layer, a bit for each temporal layer

    def switches(self, number: int, mask: int, spatial: int, temporal: int, opens: int, keyframe: bool) -> bool:
        """Whether to go up at frame `number`. `opens`: the layers that a frame of the lowest layer opens the way to."""
        ahead = number - self._number & mask if self._number is not None else 1
        if ahead == 0:
            return self._switch
        if ahead > mask >> 1 and not keyframe:  # late: later frames already depend on it
            return False
        if ahead != 1:  # a missing frame may be one that this one depends on
            self._open = [0] * LAYERS_MAX
        self._number = number
        way = self._open[spatial]
        self._switch = temporal > 0 and way >> temporal & 1 != 0
        self._open[spatial] = way & (1 << temporal) - 1 if temporal else opens
        return self._switch


_READERS: dict[str, Reader] = {"VP8": vp8, "H264": h264}
