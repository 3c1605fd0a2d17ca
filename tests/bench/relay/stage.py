"""The processes of bench_relay: a server with all it does, a publisher, and a crowd of viewers in a few more."""

from __future__ import annotations

import asyncio
import contextlib
import cProfile
import dataclasses
import logging
import multiprocessing
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

import structlog

from cadeau.migrations import migrate
from core.database import Database
from core.garbage import freeze_gc
from core.settings import Settings
from live.media.rtp.packets import Packet
from tests.bench.relay.crowd import CHECK_S, watch
from tests.bench.relay.processes import cpu_seconds, resident_kb, run_on_uvloop
from tests.live.lean import LeanClient
from tests.live.media.relay.stage import open_stage

FRAMES_PER_SECOND, PACKETS, PACKET_BYTES = 30, 5, 1100
RTP_HEADER_BYTES = 12
KEYFRAME_FRAMES = 60  # one in so many is one
FILL_FRAMES, FILL_PAUSE_S = 500, 0.003  # the packet cache is full before viewers' memory is counted
REST_S = 1.0
CROWD_MAX = 250  # viewers in one process
STEADY_S = 3.0  # until what joining left behind is done
POLL_S = 0.2

FanoutName = Literal["auto", "python", "c"]


class NoSuchFanout(Exception):
    """This server cannot be told, or does not have it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    """What was seen of the server for some seconds."""

    cost_us: float  # CPU for each packet that arrived
    arrived: float  # of the packets that were due
    core: float  # share of one


class RelayStage:
    def __init__(self, server: Server, publisher: Child, crowd: Sequence[Child]) -> None:
        self._server, self._publisher, self._crowd = server, publisher, crowd
        self._viewers = self._empty_kb = 0
        self.server_pid = server.pid

    def join(self) -> float:
        """Everybody joins; the server's CPU for each, in seconds. The publisher sends a picture a second meanwhile."""
        self._empty_kb, used = resident_kb(self._server.pid), cpu_seconds(self._server.pid)
        self._viewers = sum(self._ask("join"))
        used = cpu_seconds(self._server.pid) - used
        self._publisher.tell("go")
        time.sleep(STEADY_S)
        return used / self._viewers

    def take_whole_frames(self) -> None:
        """From now on the crowd's kernel does not cut what the server sends at once."""
        self._ask("whole")
        time.sleep(1)

    def window(self, seconds: float) -> Window:
        received, used, at = sum(self._ask("count")), cpu_seconds(self._server.pid), time.monotonic()
        time.sleep(seconds)
        received, used = sum(self._ask("count")) - received, cpu_seconds(self._server.pid) - used
        elapsed = time.monotonic() - at
        due = FRAMES_PER_SECOND * PACKETS * self._viewers * elapsed
        return Window(used / max(1, received) * 1e6, received / due, used / elapsed)

    def viewer_kb(self) -> float:
        """Memory of the server for each viewer."""
        return (resident_kb(self._server.pid) - self._empty_kb) / self._viewers

    def _ask(self, question: str) -> list[int]:
        for one in self._crowd:
            one.tell(question)
        return [one.hear() for one in self._crowd]


@contextlib.contextmanager
def relay_stage(fanout: FanoutName, viewers: int, profile: str = "") -> Iterator[RelayStage]:
    """Raises NoSuchFanout."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(server_process(fanout, viewers, profile))
        publisher = stack.enter_context(child(publish, server.whip, server.key))
        count = -(-viewers // CROWD_MAX)
        sizes = [viewers * (i + 1) // count - viewers * i // count for i in range(count)]
        crowd = [stack.enter_context(child(watch, server.whep, size)) for size in sizes]
        for one in (publisher, *crowd):
            one.hear()  # it is ready
        yield RelayStage(server, publisher, crowd)


# -- processes -----------------------------------------------------------------------------------


class Child:
    """A process and the pipe to it."""

    def __init__(self, process: Any, pipe: Connection) -> None:
        self.pid: int = process.pid
        self.tell = pipe.send
        self.hear = pipe.recv


class Server:
    """The one that is measured, with a room: its child, where to publish and where to watch."""

    def __init__(self, child: Child) -> None:
        """Raises NoSuchFanout when it could not start."""
        self._child = child
        self.pid = child.pid
        try:
            self.whip, self.whep, self.key = child.hear()
        except EOFError:
            raise NoSuchFanout("the server did not start") from None

    def packets_in(self) -> int:
        self._child.tell("packets")
        return int(self._child.hear())

    def stop(self) -> None:
        """In an orderly way, so that a profile is written."""
        self._child.tell("stop")
        with contextlib.suppress(EOFError):
            self._child.hear()


@contextlib.contextmanager
def child(target: Callable[..., None], *arguments: object) -> Iterator[Child]:
    """Runs `target(pipe, *arguments)` in a process of its own until the end of the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()  # so that we hear when it is gone
    try:
        yield Child(process, ours)
    finally:
        process.terminate()
        process.join()


@contextlib.contextmanager
def server_process(fanout: FanoutName, viewers: int, profile: str = "") -> Iterator[Server]:
    """Raises NoSuchFanout."""
    if fanout == "c" and not has_fanout_setting():
        raise NoSuchFanout("this server cannot be told which fan-out to take")
    with child(serve, fanout, viewers, profile) as process:
        server = Server(process)
        yield server
        server.stop()


def has_fanout_setting() -> bool:
    return "fanout" in {field.name for field in dataclasses.fields(Settings)}


def serve(pipe: Connection, fanout: FanoutName, viewers: int, profile: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    settings: dict[str, object] = {"rate_limits": False, "viewers_max": viewers + 1}
    if has_fanout_setting():
        settings["fanout"] = fanout
    if not profile:
        run_on_uvloop(_serve(pipe, settings))
        return
    profiler = cProfile.Profile()
    profiler.runcall(run_on_uvloop, _serve(pipe, settings))
    profiler.dump_stats(profile)


async def _serve(pipe: Connection, settings: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        database = Database(url)
        migrate(database)
        database.close()
        async with open_stage(url, Path(folder), **settings) as stage:
            room, key = await stage.open_room()
            freeze_gc()
            pipe.send((stage.whip(room), stage.whep(room), key))
            while True:
                await asyncio.sleep(POLL_S)
                if not pipe.poll():
                    continue
                if pipe.recv() == "stop":
                    break
                pipe.send(stage.relays.totals().packets_in)


def publish(pipe: Connection, url: str, key: str) -> None:
    run_on_uvloop(_publish(pipe, url, key))


async def _publish(pipe: Connection, url: str, key: str) -> None:
    """Fill the packet cache, send a picture now and then, and after a word on the pipe the whole stream."""
    client = LeanClient(url, key, kinds=("video",))
    await client.join()
    payload = secrets.token_bytes(PACKET_BYTES - RTP_HEADER_BYTES - 2)
    began_at = checked_at = time.monotonic()
    sequence = 0

    def send_frame(keyframe: bool) -> None:
        nonlocal sequence, checked_at
        now = time.monotonic()
        for i in range(PACKETS):
            descriptor = (b"\x10" if i == 0 else b"\x00") + (b"\x00" if i == 0 and keyframe else b"\x01")
            timestamp = int((now - began_at) * 90_000)
            client.send_rtp("video", Packet(sequence, timestamp, i == PACKETS - 1, False, descriptor + payload))
            sequence += 1
        if now - checked_at >= CHECK_S:
            checked_at = now
            client.check()

    for _ in range(FILL_FRAMES):
        send_frame(keyframe=True)
        await asyncio.sleep(FILL_PAUSE_S)
    pipe.send("ready")
    while not pipe.poll():
        send_frame(keyframe=True)
        await asyncio.sleep(REST_S)
    due, frame = time.monotonic(), 0
    while True:
        send_frame(keyframe=frame % KEYFRAME_FRAMES == 0)
        frame += 1
        await asyncio.sleep(max(0.0, due + frame / FRAMES_PER_SECOND - time.monotonic()))
