"""Makes whole pictures of interlaced ones, which some cameras still record."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from av.filter import Graph
from av.video.frame import VideoFrame

from vod.pipeline.decode import Frame
from vod.pipeline.picture import TIME_BASE


def deinterlaced(frames: Iterator[tuple[Frame, Fraction]]) -> Iterator[tuple[Frame, Fraction]]:
    """The same frames at the same times. Sound and whole pictures stay as they are."""
    filter_ = _Deinterlacer()
    for frame, time in frames:
        if isinstance(frame, VideoFrame):
            yield from filter_.convert(frame, time)
        else:
            yield frame, time
    yield from filter_.flush()


class _Deinterlacer:
    """Starts with the first interlaced picture; each picture comes out after the next one went in."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._format: tuple[str, int, int] | None = None

    def convert(self, frame: VideoFrame, time: Fraction) -> Iterator[tuple[VideoFrame, Fraction]]:
        format_ = (frame.format.name, frame.width, frame.height)
        if format_ != self._format:
            yield from self.flush()
        if self._graph is None:
            if not frame.interlaced_frame:
                yield frame, time
                return
            self._format, self._graph = format_, _graph(frame)
        frame.pts, frame.time_base = round(time / TIME_BASE), TIME_BASE
        self._graph.push(frame)
        yield from _pulled(self._graph)

    def flush(self) -> Iterator[tuple[VideoFrame, Fraction]]:
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.push(None)
            yield from _pulled(graph)


def _graph(frame: VideoFrame) -> Graph:
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=TIME_BASE)
    graph.link_nodes(source, graph.add("bwdif", "send_frame:auto:interlaced"), graph.add("buffersink")).configure()
    return graph


def _pulled(graph: Graph) -> Iterator[tuple[VideoFrame, Fraction]]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):  # it needs another picture, or has given all
            return
        assert isinstance(frame, VideoFrame)
        assert frame.pts is not None
        assert frame.time_base is not None
        yield frame, frame.pts * frame.time_base
