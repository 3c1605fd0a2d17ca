"""What a forwarded packet costs: `python -m tests.bench.bench_relay [VIEWERS] [SECONDS]`.

Three processes: the server with all it does; a publisher that sends 30 frames a second of 5 packets of 1,100 bytes; and
viewers with real ICE and DTLS-SRTP that report and stay alive as browsers do. What is counted is the CPU time of the
server's process, kernel included.

Work that comes thirty times a second finds the caches cold, on a shared virtual machine very much so. Two more lines
say how much of the cost that is: the same frames fanned out back to back, and one small piece of work done both ways.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import secrets
import socket
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from cadeau.migrations import migrate
from core.database import Database
from live import rtcp
from live.fanout import PythonFanout
from live.rtp import Packet
from live.srtp import AEAD_AES_128_GCM, MasterKey, Opener, sealer
from tests.bench.machine import machine
from tests.live.lean import LeanClient
from tests.live.stage import open_stage

TARGET_US = 3.0
FRAMES_PER_SECOND, PACKETS, PAYLOAD_BYTES = 30, 5, 1088  # 1,100 bytes with the header
WARM_UP_S = 3.0
CHECK_S, REPORT_S = 2.5, 0.25  # what Chromium does
DRAIN_S = 0.01


def serve(pipe: Connection, profile: str) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/bench.db"
            database = Database(url)
            migrate(database)
            database.close()
            async with open_stage(url, Path(folder), rate_limits=False) as stage:
                room, key = await stage.open_room()
                pipe.send((stage.whip(room), stage.whep(room), key))
                while not pipe.poll():
                    await asyncio.sleep(0.2)

    if not profile:
        run_on_uvloop(run())
        return
    import cProfile

    profiler = cProfile.Profile()
    profiler.runcall(run_on_uvloop, run())
    profiler.dump_stats(profile)


def publish(url: str, key: str) -> None:
    async def run() -> None:
        client = LeanClient(url, key, kinds=("video",))
        await client.join()
        payload = secrets.token_bytes(PAYLOAD_BYTES - 2)
        began_at, sequence, frame = time.monotonic(), 0, 0
        while True:
            for i in range(PACKETS):
                descriptor = b"\x10\x00" if i == 0 and frame % 60 == 0 else b"\x10\x01" if i == 0 else b"\x00\x01"
                client.send_rtp("video", Packet(sequence, frame * 3000, i == PACKETS - 1, False, descriptor + payload))
                sequence += 1
            frame += 1
            if frame % int(CHECK_S * FRAMES_PER_SECOND) == 0:
                client.check()
            await asyncio.sleep(max(0.0, began_at + frame / FRAMES_PER_SECOND - time.monotonic()))

    run_on_uvloop(run())


def watch(pipe: Connection, url: str, viewers: int) -> None:
    """Join, say so, and count; a count is sent for every message on the pipe."""

    async def run() -> None:
        clients = []
        for _ in range(viewers):
            client = LeanClient(url, kinds=("video",))
            await client.join()
            # The kernel charges waking a reader to who sent the packet, which real viewers elsewhere do not cost.
            client.stop_listening()
            clients.append(client)
        pipe.send(viewers)
        turn = 0
        while True:
            await asyncio.sleep(DRAIN_S)
            turn += 1
            for i, client in enumerate(clients):
                client.drain()
                if (turn + i) % int(REPORT_S / DRAIN_S) == 0:
                    report = rtcp.ReportBlock(client.ssrcs["video"], 0, 0, turn, 0, 0, 0)
                    client.send_rtcp(rtcp.receiver_report(1, [report]))
                if (turn + i) % int(CHECK_S / DRAIN_S) == 0:
                    client.check()
            if pipe.poll():
                pipe.recv()
                pipe.send(sum(client.received for client in clients))

    run_on_uvloop(run())


def run_on_uvloop(coroutine: object) -> None:
    import uvloop

    assert asyncio.iscoroutine(coroutine)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(coroutine)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/schedstat").read_text().split()
    threads = [Path(f"/proc/{pid}/task/{t}/schedstat").read_text().split() for t in os.listdir(f"/proc/{pid}/task")]
    return sum(int(t[0]) for t in threads) / 1e9 if threads else int(fields[0]) / 1e9


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def main(viewers: int = 60, seconds: float = 20.0, profile: str = "") -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs, profile), daemon=True)
    server.start()
    assert server.pid is not None
    whip, whep, key = ours.recv()
    publisher = context.Process(target=publish, args=(whip, key), daemon=True)
    publisher.start()
    audience, audience_end = context.Pipe()
    watcher = context.Process(target=watch, args=(audience_end, whep, viewers), daemon=True)
    try:
        time.sleep(2)
        before_kb = resident_kb(server.pid)
        joined_at = cpu_seconds(server.pid)
        watcher.start()
        audience.recv()
        joining_ms = (cpu_seconds(server.pid) - joined_at) / viewers * 1000
        time.sleep(WARM_UP_S)
        audience.send(0)
        received, used, at = audience.recv(), cpu_seconds(server.pid), time.monotonic()
        time.sleep(seconds)
        audience.send(0)
        received = audience.recv() - received
        used, elapsed = cpu_seconds(server.pid) - used, time.monotonic() - at
        memory_kb = (resident_kb(server.pid) - before_kb) / viewers
        ours.send(0)
        server.join(10)
    finally:
        for process in (watcher, publisher, server):
            if process.pid is not None:
                process.terminate()
                process.join()
    sent = FRAMES_PER_SECOND * PACKETS * viewers * elapsed
    cost = used / received * 1e6
    print(f"machine      {machine()}")
    load = f"{viewers} viewers x {FRAMES_PER_SECOND} frames/s x {PACKETS} packets of 1,100 bytes"
    print(f"load         {load}, {elapsed:.0f} s")
    print(f"arrived      {received:,} packets, {received / sent:.1%} of what was due")
    print(f"server       {used / elapsed:.1%} of a core")
    print(f"a viewer     {memory_kb:.0f} KB, {joining_ms:.1f} ms of CPU to join")
    print(f"a packet     {cost:.2f} µs of CPU (target: {TARGET_US} or less)")
    print(f"back to back {fan_out_cost(viewers):.2f} µs of CPU, the fan-out alone")
    warm, cold = report_cost(0.0), report_cost(1 / FRAMES_PER_SECOND)
    print(
        f"this machine {warm:.1f} µs to decrypt a report at once after another, {cold:.1f} µs after a pause of a frame"
    )


def fan_out_cost(viewers: int, frames: int = 600) -> float:
    """µs of CPU for each packet when frame follows frame, to sockets nobody reads."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(viewers + 1)]
        for one in sockets:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.bind(("127.0.0.1", 0))
        fanout = PythonFanout(sockets.pop(), 1)
        for one in sockets:
            fanout.add(made_up_key(), 96, 1 << 16, one.getsockname())
        payload = secrets.token_bytes(PAYLOAD_BYTES)
        used = time.process_time()
        for frame in range(frames):
            first = (1 << 16) + frame * PACKETS
            fanout.send([Packet(first + i, frame, i == PACKETS - 1, False, payload) for i in range(PACKETS)])
        return (time.process_time() - used) / (frames * PACKETS * viewers) * 1e6


def report_cost(pause_s: float, count: int = 60) -> float:
    """µs of CPU to decrypt one receiver report, with a pause before each."""
    key = made_up_key()
    seal, opener = sealer(key), Opener(key)
    report = rtcp.receiver_report(1, [rtcp.ReportBlock(2, 0, 0, 1, 0, 0, 0)])
    used = 0
    for packet in [seal.seal_rtcp(report, index) for index in range(1, count + 1)]:
        if pause_s:
            time.sleep(pause_s)
        began = time.thread_time_ns()
        opener.open_rtcp(packet)
        used += time.thread_time_ns() - began
    return used / count / 1000


def made_up_key() -> MasterKey:
    return MasterKey(AEAD_AES_128_GCM, secrets.token_bytes(16), secrets.token_bytes(12))


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 60, float(sys.argv[2]) if len(sys.argv) > 2 else 20.0, *sys.argv[3:4]
    )
