"""The way of a picture: from what was decoded to upright pictures in every size, each scaled from the next larger."""

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
TIME_BASE = Fraction(1, 90_000)  # of every frame we make
_FORMAT = "yuv420p"
_HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)

# What to do for a display matrix, by the signs of its a, b, c and d (ISO 14496-12, 6.2.2).
_TURNS: dict[tuple[int, int, int, int], tuple[tuple[str, str], ...]] = {
    (0, 1, -1, 0): (("transpose", "clock"),),
    (0, -1, 1, 0): (("transpose", "cclock"),),
    (-1, 0, 0, -1): (("hflip", ""), ("vflip", "")),
    (-1, 0, 0, 1): (("hflip", ""),),
    (1, 0, 0, -1): (("vflip", ""),),
    (0, 1, 1, 0): (("transpose", "cclock_flip"),),
    (0, -1, -1, 0): (("transpose", "clock_flip"),),
}

Turn = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Size:
    width: int  # px, even: 4:2:0 has one colour for two by two pixels
    height: int

    @property
    def short_side(self) -> int:
        return min(self.width, self.height)

    @property
    def turned(self) -> Size:
        return Size(self.height, self.width)


def fitted(width: int, height: int, short_side: int) -> Size:
    """The size with that short side, or the picture's own if that is smaller: nothing is ever scaled up."""
    scale = min(1.0, short_side / min(width, height))
    return Size(_even(width * scale), _even(height * scale))


def ladder(width: int, height: int) -> list[Size]:
    """The sizes to make of a picture, the largest first; at least one."""
    return list(dict.fromkeys(fitted(width, height, rung) for rung in LADDER_PX))


def turn_of(frame: VideoFrame) -> Turn:
    """How to turn a frame upright. Matrices that are no quarter turn are left alone."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(matrix, SideData) or len(bytes(matrix)) != 36:
        return ()
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    return _TURNS.get((_sign(a), _sign(b), _sign(c), _sign(d)), ())


def swaps_sides(turn: Turn) -> bool:
    return any(name == "transpose" for name, _ in turn)


@dataclass(frozen=True, slots=True)
class Colors:
    """What the numbers of a picture mean, in the codes of ITU-T H.273."""

    primaries: int
    transfer: int
    matrix: int


def colors_of(frame: VideoFrame) -> Colors:
    """The colours of what `Scaler` makes of such a frame: HDR becomes BT.709, everything else stays what it was."""
    if frame.color_trc in _HDR:
        return Colors(ColorPrimaries.BT709, ColorTrc.BT709, 1)
    return Colors(frame.color_primaries, frame.color_trc, frame.colorspace)


class Scaler:
    """Scales to one size. Keeps its context between frames, and makes a new one when what comes in changes."""

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
            dst_colorspace=Colorspace.ITU709 if hdr else None,
            dst_color_trc=ColorTrc.BT709 if hdr else None,
            dst_color_primaries=ColorPrimaries.BT709 if hdr else None,
            threads=2,
        )
        scaled.pict_type = 0  # the encoder decides what is a key frame, not the source
        return scaled


class Turner:
    """Turns frames of one size upright."""

    def __init__(self, size: Size, turn: Turn) -> None:
        self._graph: Graph | None = None
        if not turn:
            return
        self._graph = graph = Graph()
        chain = [
            graph.add_buffer(width=size.width, height=size.height, format=VideoFormat(_FORMAT), time_base=TIME_BASE)
        ]
        chain += [graph.add(name, arguments) for name, arguments in turn]
        graph.link_nodes(*chain, graph.add("buffersink")).configure()

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        if self._graph is None:
            return frame
        pts, time_base = frame.pts, frame.time_base
        self._graph.push(frame)
        turned = self._graph.pull()
        assert isinstance(turned, VideoFrame)
        turned.pts, turned.time_base = pts, time_base
        return turned


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
