"""Scales decoded pictures to every size, each from the next larger, and rotates them upright."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

from av.filter import Graph
from av.sidedata.sidedata import SideData
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter

LADDER_PX = (1080, 720, 480)  # short sides
TIME_BASE = Fraction(1, 90_000)  # of every frame we encode
SAME_SHAPE = Fraction(98, 100)  # how much of the width and height a picture fills without borders
_FORMAT = "yuv420p"
_BT709_MATRIX = 1
_HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)

Filters = tuple[tuple[str, str], ...]
"""The names and arguments of FFmpeg's filters."""

# Filters for a display matrix, by the signs of its a, b, c and d (ISO 14496-12, 6.2.2).
_ROTATIONS: dict[tuple[int, int, int, int], Filters] = {
    (0, 1, -1, 0): (("transpose", "clock"),),
    (0, -1, 1, 0): (("transpose", "cclock"),),
    (-1, 0, 0, -1): (("hflip", ""), ("vflip", "")),
    (-1, 0, 0, 1): (("hflip", ""),),
    (1, 0, 0, -1): (("vflip", ""),),
    (0, 1, 1, 0): (("transpose", "cclock_flip"),),
    (0, -1, -1, 0): (("transpose", "clock_flip"),),
}


@dataclass(frozen=True, slots=True)
class Size:
    width: int  # px, even: 4:2:0 has one chroma sample for 2x2 pixels
    height: int

    @property
    def short_side(self) -> int:
        return min(self.width, self.height)

    @property
    def transposed(self) -> Size:
        return Size(self.height, self.width)


def fitted(width: int, height: int, short_side: int) -> Size:
    """The size with that short side, or the picture's own if that is smaller: we never scale up."""
    scale = min(1.0, short_side / min(width, height))
    return Size(_even(width * scale), _even(height * scale))


def ladder(width: int, height: int) -> list[Size]:
    """The sizes to make of a picture, the largest first; at least one."""
    return list(dict.fromkeys(fitted(width, height, rung) for rung in LADDER_PX))


def rotation_of(frame: VideoFrame) -> Filters:
    """The filters that rotate a frame upright. Rotations by other than quarter turns are ignored."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(matrix, SideData) or len(bytes(matrix)) != 36:
        return ()
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    return _ROTATIONS.get((_sign(a), _sign(b), _sign(c), _sign(d)), ())


def swaps_sides(rotation: Filters) -> bool:
    return any(name == "transpose" for name, _ in rotation)


@dataclass(frozen=True, slots=True)
class Colors:
    """The colour space of a picture, in the codes of ITU-T H.273."""

    primaries: int
    transfer: int
    matrix: int


def colors_of(frame: VideoFrame) -> Colors:
    """The colour space after `Scaler`: HDR and RGB become BT.709, anything else is kept."""
    if frame.color_trc in _HDR:
        return Colors(ColorPrimaries.BT709, ColorTrc.BT709, _BT709_MATRIX)
    return Colors(frame.color_primaries, frame.color_trc, _BT709_MATRIX if frame.format.is_rgb else frame.colorspace)


class Scaler:
    """Scales to one size. Reuses its context as long as the input format stays the same."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        hdr = frame.color_trc in _HDR
        scaled = self._reformatter.reformat(
            frame,
            self.size.width,
            self.size.height,
            _FORMAT,
            interpolation=Interpolation.BICUBIC,
            dst_color_range=ColorRange.MPEG,
            dst_colorspace=Colorspace.ITU709 if hdr or frame.format.is_rgb else None,
            dst_color_trc=ColorTrc.BT709 if hdr else None,
            dst_color_primaries=ColorPrimaries.BT709 if hdr else None,
            threads=2,
        )
        scaled.pict_type = 0  # the encoder, not the source, decides which frames are key frames
        return scaled


class Fitter:
    """Scales pictures to the size that is made of the first one.

    A picture of another shape gets borders: browsers change the size when a phone is turned while it records.
    """

    def __init__(self, first: VideoFrame, size: Size) -> None:
        self._across = Fraction(size.width, first.width)
        self._down = Fraction(size.height, first.height)
        self._size = size
        self._scaler = Scaler(size)
        self._borders = _Filters(size, ())

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        inner = self._inner(frame)
        if inner != self._scaler.size:
            left, top = _half(self._size.width - inner.width), _half(self._size.height - inner.height)
            pad = f"{self._size.width}:{self._size.height}:{left}:{top}:black"
            self._scaler = Scaler(inner)
            self._borders = _Filters(inner, () if inner == self._size else (("pad", pad),))
        return self._borders(self._scaler(frame))

    def _inner(self, frame: VideoFrame) -> Size:
        """The size of this picture inside its borders."""
        width, height = frame.width * self._across, frame.height * self._down
        scale = min(self._size.width / width, self._size.height / height)
        across, down = width * scale / self._size.width, height * scale / self._size.height
        if min(across, down) > SAME_SHAPE:
            return self._size
        return Size(_even(width * scale), _even(height * scale))


class _Filters:
    """Filters for frames of one size in the format we encode, each of which gives one frame at once."""

    def __init__(self, size: Size, filters: Filters) -> None:
        self._graph: Graph | None = None
        if not filters:
            return
        self._graph = graph = Graph()
        chain = [
            graph.add_buffer(width=size.width, height=size.height, format=VideoFormat(_FORMAT), time_base=TIME_BASE)
        ]
        chain += [graph.add(name, arguments) for name, arguments in filters]
        graph.link_nodes(*chain, graph.add("buffersink")).configure()

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        if self._graph is None:
            return frame
        pts, time_base = frame.pts, frame.time_base
        self._graph.push(frame)
        filtered = self._graph.pull()
        assert isinstance(filtered, VideoFrame)
        filtered.pts, filtered.time_base = pts, time_base
        return filtered


class Rotator(_Filters):
    """Rotates frames of one size upright."""


def _even(length: float | Fraction) -> int:
    return max(2, round(length / 2) * 2)


def _half(length: int) -> int:
    """Half of it, as an even number: the borders, too, have whole samples of colour."""
    return length // 4 * 2


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
