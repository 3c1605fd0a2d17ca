"""Reads a packet's frame and layers from its payload descriptor or dependency descriptor, without decoding."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

from live.media.rtp.dependency import LAYERS_MAX, MANDATORY_BYTES, SWITCH, DependencyReader, Frame, ParsedDescriptor
from live.media.rtp.header import DESCRIPTOR_BYTES_MAX


class FramePosition(NamedTuple):
    begins: bool  # the first packet of a frame of its spatial layer
    ends: bool  # the last packet of a frame of its spatial layer
    keyframe: bool  # a keyframe begins with this packet
    spatial: int  # 0 where there is one layer
    temporal: int  # 0 where the codec does not tell
    switch: bool  # a receiver of the lower temporal layers can decode this one as well, from this frame on
    picture_at: int  # position of VP8's 15-bit PictureID in the payload; 0: there is none to rewrite
    tl0_at: int  # position of VP8's TL0PICIDX in the payload; 0: there is none
    descriptor: ParsedDescriptor | None = None  # dependency descriptor, if subscribers can use it
    independent: bool = False  # no higher spatial layer depends on this frame


Reader = Callable[[bytes, bool, bytes | None], FramePosition]
"""Reads the packets of one stream in order of arrival: RTP payload, marker, dependency descriptor if there is one."""

H264_SLICE, H264_IDR, H264_SPS, H264_AUD, H264_STAP_A, H264_FU_A = 1, 5, 7, 9, 24, 28
_H264_KEYFRAMES = (H264_IDR, H264_SPS)

ALL_TEMPORAL = 0xFF
_WHOLE = FramePosition(True, True, False, 0, 0, False, 0, 0)


def reader(codec_name: str) -> Reader:
    """A new reader for one stream of this codec."""
    if codec_name == "AV1":
        return Av1Reader().read
    if codec_name == "VP9":
        return Vp9Reader().read
    return _READERS.get(codec_name, every_packet)


def every_packet(_payload: bytes, _marker: bool, _descriptor: bytes | None) -> FramePosition:
    """For audio, where every packet is a frame."""
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
    """RFC 9628, 4.2.

    Only the lowest spatial layer of a keyframe counts as a keyframe: the others are predicted from it. Z means that no
    higher spatial layer is predicted from this frame. U means that later pictures of higher temporal layers depend on
    none from before this frame. We use U of the lowest temporal layer only, because Chrome sets it on all of them.
    """

    __slots__ = ("_switching_points",)

    def __init__(self) -> None:
        self._switching_points = SwitchingPoints()

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
        if not first & 0x20:  # no layer indices: a single layer
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
            switch = self._switching_points.is_switch(number, mask, 0, temporal, opens, keyframe) or keyframe
        return FramePosition(
            begins, first & 0x04 != 0, keyframe, spatial, temporal, switch, 0, 0, independent=first & 0x01 != 0
        )  # fmt: skip


def h264(payload: bytes, marker: bool, _descriptor: bytes | None = None) -> FramePosition:
    """RFC 6184. Parameter sets count as part of the keyframe that follows them.

    If they come in packets of their own, each of these packets is reported as a keyframe's first. We read no layers:
    browsers send none in H264.
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
    """Whether a NAL unit may be a picture's first: the slice with macroblock 0 (7.3.3), or what precedes slices."""
    if H264_SLICE <= unit <= H264_IDR:
        return at < len(payload) and payload[at] & 0x80 != 0
    return H264_IDR < unit <= H264_AUD


class Av1Reader:
    """The AV1 RTP specification, 4.4: N in the aggregation header marks the start of a coded video sequence.

    The layers are in the dependency descriptor. Its "switch" indication on a frame of the lowest temporal layer means
    that later frames of the decode target depend on nothing before that frame. Where descriptors need a structure, a
    receiver can start only with a keyframe that carries one: other keyframes are not reported as such.
    """

    __slots__ = ("_switching_points", "dependency")

    def __init__(self) -> None:
        self.dependency = DependencyReader()
        self._switching_points = SwitchingPoints()

    def read(self, payload: bytes, marker: bool, descriptor: bytes | None) -> FramePosition:
        first = payload[0] if payload else 0x80
        keyframe = first & 0x88 == 0x08
        if descriptor is None:
            return FramePosition(not first & 0x80, marker, keyframe, 0, 0, keyframe, 0, 0)
        frame = self.dependency.read(descriptor)
        if frame is None:
            unread = self._forward_unread(descriptor)
            keyframe = keyframe and unread is None
            return FramePosition(not first & 0x80, marker, keyframe, 0, 0, keyframe, 0, 0, unread)
        begins, ends, number, spatial, temporal, _, has_structure, parsed = frame
        keyframe = keyframe and (has_structure or parsed is None)
        opens = 0 if temporal or parsed is None else _switch_targets(frame, parsed)
        switch = self._switching_points.is_switch(number, 0xFFFF, spatial, temporal, opens, keyframe)
        independent = parsed is not None and _is_independent(parsed.targets, spatial, frame.indications)
        return FramePosition(begins, ends, keyframe, spatial, temporal, switch or keyframe, 0, 0, parsed, independent)

    def _forward_unread(self, descriptor: bytes) -> ParsedDescriptor | None:
        """A descriptor that we cannot read because the packet with its structure is missing.

        Forward it: the subscriber either has the structure or drops the packet, as it should. Without a descriptor it
        would believe that the stream has none.
        """
        valid = MANDATORY_BYTES <= len(descriptor) <= DESCRIPTOR_BYTES_MAX
        return ParsedDescriptor(descriptor) if valid and self.dependency.structure is not None else None


@functools.lru_cache
def _is_independent(targets: tuple[tuple[int, int], ...], spatial: int, indications: tuple[int, ...]) -> bool:
    """Whether decode targets of higher spatial layers exist and none contains this frame.

    Cached: every packet asks, and a stream has few kinds of frames.
    """
    higher = [i for (reaches, _), i in zip(targets, indications, strict=True) if reaches > spatial]
    return bool(higher) and not any(higher)


def _switch_targets(frame: Frame, descriptor: ParsedDescriptor) -> int:
    """The temporal layers that no longer depend on anything before this frame, as a bit mask."""
    opens = 0
    for (spatial, temporal), indication in zip(descriptor.targets, frame.indications, strict=True):
        if indication == SWITCH and spatial == frame.spatial:
            opens |= 1 << temporal
    return opens


class SwitchingPoints:
    """Finds the frames at which a receiver may switch up to a higher temporal layer.

    A frame of the lowest layer opens a higher layer if later frames of that layer depend on nothing before it. The next
    frame of the higher layer is then the switching point, unless a frame between them that it may depend on is missing.
    Afterwards the layer is closed until a frame opens it again.
    """

    __slots__ = ("_number", "_open", "_switch")

    def __init__(self) -> None:
        self._number: int | None = None  # frame number of the last packet
        self._switch = False  # whether that frame is a switching point
        self._open = [0] * LAYERS_MAX  # per spatial layer, a bit mask of the open temporal layers

    def is_switch(self, number: int, mask: int, spatial: int, temporal: int, opens: int, keyframe: bool) -> bool:
        """For a packet of frame `number`, which wraps at `mask`.

        `opens`: the temporal layers that this frame opens if it is of the lowest layer, as a bit mask.
        """
        ahead = number - self._number & mask if self._number is not None else 1
        if ahead == 0:
            return self._switch
        if ahead > mask >> 1 and not keyframe:  # late: newer frames depend on it by now
            return False
        if ahead != 1:  # the missing frame may have been the switching point
            self._open = [0] * LAYERS_MAX
        self._number = number
        open_layers = self._open[spatial]
        self._switch = temporal > 0 and open_layers >> temporal & 1 != 0
        self._open[spatial] = open_layers & (1 << temporal) - 1 if temporal else opens
        return self._switch


_READERS: dict[str, Reader] = {"VP8": vp8, "H264": h264}
