"""The child that looks at pictures: hung, killed, missing its packages, fed nonsense. Nobody else notices."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder

from core.database import Database
from tests.served import ROOT
from tests.trust.machine.edits import scene
from trust.machine import child
from trust.machine.live.sampler import QUEUE_SAMPLES_MAX, TICK_S, Host, Keyframe, Sampler
from trust.machine.sight import process
from trust.machine.sight.messages import Answer, check
from trust.machine.sight.process import Looker

_HANGS = "import time; time.sleep(60)"
_WITHOUT = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    "sys.modules['onnxruntime'] = sys.modules['pdqhash'] = None;"
    "from trust.machine.sight.child import main; main()"
)
STILL = (144, 256, scene(1).tobytes())


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "RESTART_S", 0.0)


@pytest.fixture
def made() -> Iterator[list[Looker]]:
    lookers: list[Looker] = []
    yield lookers
    for one in lookers:
        one.close()


def test_a_hung_child_costs_its_picture_and_is_replaced(made: list[Looker]) -> None:
    made.append(Looker(start_s=0.3, boot=_HANGS))
    first = (made[0].look_at(*STILL), made[0].pid)
    assert first == (None, None)
    assert made[0].faults == 1
    made[0]._child._boot, made[0]._child._start_s = process._BOOT, 60.0
    assert made[0].look_at(*STILL) is not None


def test_a_killed_child_costs_nothing_the_next_time(made: list[Looker]) -> None:
    made.append(Looker(start_s=60.0))
    for _ in range(2):
        assert made[0].look_at(*STILL) is not None
        assert made[0].pid
        os.kill(made[0].pid, signal.SIGKILL)
        time.sleep(0.1)
    assert made[0].faults >= 1


def test_without_the_packages_pictures_are_left_undecided_and_thumbnails_are_still_made(made: list[Looker]) -> None:
    made.append(Looker(start_s=60.0, boot=_WITHOUT))
    still = made[0].look_at(*STILL)
    assert still is not None
    assert (still.score, still.vector, still.pdq) == (None, b"", b"")
    answer = made[0].look_at_keyframe("VP8", _vp8())
    assert answer is not None
    assert answer.thumbnail.startswith(b"\xff\xd8\xff")


def _frame() -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(scene(5), format="rgb24").reformat(format="yuv420p")
    frame.pts, frame.time_base = 0, Fraction(1, 90_000)
    return frame


def _vp8() -> tuple[bytes, ...]:
    return tuple(Vp8Encoder().encode(_frame(), force_keyframe=True)[0])


def _h264() -> tuple[bytes, ...]:
    return tuple(H264Encoder().encode(_frame(), force_keyframe=True)[0])


@pytest.mark.parametrize(("codec", "payloads"), [("VP8", _vp8), ("H264", _h264)])
def test_a_keyframe_is_decoded_and_looked_at(codec: str, payloads: Any, looker: Looker) -> None:
    answer = looker.look_at_keyframe(codec, payloads())
    still = looker.look_at(*STILL[:2], scene(5).tobytes())
    assert answer is not None
    assert still is not None
    seen, known = (np.frombuffer(one.vector, np.float16).astype(np.float32) for one in (answer, still))
    assert float(seen @ known) > 0.95


@pytest.mark.parametrize(
    ("codec", "payloads"),
    [
        ("VP8", (b"",)), ("VP9", (b"\xff" * 9,)), ("H264", (b"\x7c",)), ("AV1", (b"\x90" + b"\xff" * 6,)),
        ("X", (b"a",)),
    ],
)  # fmt: skip
def test_nonsense_is_no_picture_and_ends_nothing(codec: str, payloads: tuple[bytes, ...], looker: Looker) -> None:
    assert looker.look_at_keyframe(codec, payloads) is None
    assert looker.look_at(*STILL) is not None


@pytest.mark.parametrize(
    "answer",
    [Answer(2), Answer(1, score=1.5), Answer(1, vector=b"x"), Answer(1, pdq=b"x"), Answer(1, thumbnail=b"<svg>")],
)
def test_an_answer_that_cannot_be_true_is_refused(answer: Answer) -> None:
    with pytest.raises(ValueError):
        check(answer, 1)


class Tap:
    """Live rooms whose keyframes never end."""

    def __init__(self, rooms: Sequence[str]) -> None:
        self.live, self.number, self.requested = list(rooms), 0, 0

    def rooms(self) -> Sequence[str]:
        return self.live

    def keyframe(self, room: str) -> Keyframe | None:
        self.number += 1
        return Keyframe("VP8", self.number, (b"\x10abc",))

    def request(self, room: str) -> None:
        self.requested += 1


async def test_a_child_that_hangs_drops_samples_and_holds_up_neither_the_loop_nor_memory(
    database: Database, made: list[Looker]
) -> None:
    made.append(Looker(start_s=3.0, boot=_HANGS))
    sampler, tap = Sampler(database, None, made[0]), Tap([f"room{number}" for number in range(20)])  # type: ignore[arg-type]
    sampler.connect(tap, lambda _: Host("host", False), lambda *_: None)
    running = asyncio.create_task(sampler.run())
    longest, began = 0.0, time.monotonic()
    while time.monotonic() - began < 4 * TICK_S:
        before = time.monotonic()
        await asyncio.sleep(0.005)
        longest = max(longest, time.monotonic() - before)
    assert sampler.dropped >= 20 - QUEUE_SAMPLES_MAX - 2
    assert sampler._queue.qsize() <= QUEUE_SAMPLES_MAX
    assert longest < 1.0
    running.cancel()
    made[0].close()


def test_the_child_reaches_no_network_and_no_file_of_ours(tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom core import sandbox\nsandbox.enter(20)\n"
        f"import socket\ntry:\n open({str(secret)!r})\nexcept OSError: print('file')\n"
        "try:\n socket.socket()\nexcept OSError: print('socket')\n"
    )
    ended = subprocess.run([sys.executable, "-I", "-c", code], env={}, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["file", "socket"]
