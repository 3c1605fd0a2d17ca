"""What a forwarded packet costs: `python -m tests.bench relay [--viewers N] [--fanout c|python] ...`.

A publisher sends 30 frames a second of 5 packets of 1,100 bytes to viewers with real ICE and DTLS-SRTP, who report and
stay alive as browsers do. What is counted is the CPU time of the server's process, kernel included.

On loopback the sender's process is charged with work that a network card does (cutting what was sent at once into
packets) or that the receiver's machine does (delivering them), and thirty frames a second find a virtual machine's
caches cold. So each figure stands beside a floor measured in the same run: what a C program that only sends takes for
the same packets at the same pace. Viewers that take frames whole spare the sender the cutting: the second figure. With
--elsewhere, as root, another processor delivers: the third, and what a server with a network card would take.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from live.media.transport.srtp import TAG_BYTES_GCM
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.bench.relay.elsewhere import CannotSteerError, delivered_elsewhere, pinned
from tests.bench.relay.processes import Floor
from tests.bench.relay.stage import (
    FRAMES_PER_SECOND,
    PACKET_BYTES,
    PACKETS,
    FanoutName,
    NoSuchFanout,
    RelayStage,
    Window,
    relay_stage,
)

WINDOWS = 3
ARRIVED_MIN = 0.99  # with less, the server was spared work and the figure says nothing
FLOOR_S = 4.0
TARGETS_US: dict[tuple[str, bool], float] = {("c", False): 1.5, ("c", True): 1.0, ("python", False): 2.5}
MANY = 200  # viewers, from which on the target for many counts
VIEWER_KB, JOIN_MS = 110.0, 3.0
NAMES = {"c": "in C", "python": "in Python", "auto": "as the server chooses"}


@dataclass(frozen=True, slots=True)
class Load:
    fanout: FanoutName
    viewers: int


DEFAULT = [Load("c", 60), Load("python", 60), Load("c", 500)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_relay", description="What a forwarded packet costs.")
    parser.add_argument("--viewers", type=int, help="instead of 60 and 500")
    parser.add_argument("--fanout", choices=["c", "python", "auto", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=8.0, help=f"of each of {WINDOWS} windows")
    parser.add_argument("--profile", default="", metavar="FILE", help="profile the server; no figure is true then")
    parser.add_argument("--gro", action=argparse.BooleanOptionalAction, default=True, help="also with uncut frames")
    parser.add_argument("--elsewhere", action="store_true", help="also with deliveries on another processor: see there")
    options = parser.parse_args()
    loads = DEFAULT
    if options.viewers:
        loads = [Load("c", options.viewers), Load("python", options.viewers)]
    if options.fanout == "auto":
        loads = list({load.viewers: Load("auto", load.viewers) for load in loads}.values())
    elif options.fanout != "both":
        loads = [load for load in loads if load.fanout == options.fanout] or [Load(options.fanout, 60)]
    line("machine", machine())
    shape = f"{FRAMES_PER_SECOND} frames/s of {PACKETS} packets of {PACKET_BYTES:,} bytes"
    line("load", f"{shape}, {WINDOWS} windows of {options.seconds:.0f} s, the median counts")
    with tempfile.TemporaryDirectory() as folder:
        floor = compiled(Path(folder))
        for load in loads:
            print(f"\n{load.viewers} viewers, fan-out {NAMES[load.fanout]}")
            try:
                with relay_stage(load.fanout, load.viewers, options.profile) as stage:
                    seen = measure(stage, options.seconds, gro=options.gro, elsewhere=options.elsewhere)
            except NoSuchFanout as reason:
                line("skipped", str(reason))
                continue
            report(load, seen, floor)


@dataclass(frozen=True, slots=True)
class Seen:
    join_ms: float
    viewer_kb: float
    cut: list[Window]
    elsewhere: list[Window]  # empty where it was not wanted, or cannot be
    whole: list[Window]  # empty where it was not wanted


def measure(stage: RelayStage, seconds: float, *, gro: bool, elsewhere: bool) -> Seen:
    join_ms = stage.join() * 1000
    cut = [stage.window(seconds) for _ in range(WINDOWS)]
    viewer_kb = stage.viewer_kb()
    apart = measure_elsewhere(stage, seconds) if elsewhere else []
    if not gro:
        return Seen(join_ms, viewer_kb, cut, apart, [])
    stage.take_whole_frames()
    return Seen(join_ms, viewer_kb, cut, apart, [stage.window(seconds) for _ in range(WINDOWS)])


def measure_elsewhere(stage: RelayStage, seconds: float) -> list[Window]:
    try:
        with delivered_elsewhere() as processor, pinned(stage.server_pid, processor):
            return [stage.window(seconds) for _ in range(WINDOWS)]
    except CannotSteerError as reason:
        line("elsewhere", f"not measured: {reason}")
        return []


def report(load: Load, seen: Seen, floor: Floor | None) -> None:
    target = TARGETS_US.get((load.fanout, load.viewers >= MANY))
    figure("a viewer", seen.viewer_kb, "KB", VIEWER_KB)
    figure("a join", seen.join_ms, "ms of CPU", JOIN_MS)
    line("server", f"{statistics.median(w.core for w in seen.cut):.1%} of a core")
    packet_line("a packet", seen.cut, target, floor, load.viewers)
    if seen.elsewhere:
        with delivered_elsewhere() as processor:
            packet_line("elsewhere", seen.elsewhere, target, floor, load.viewers, processor)
    if seen.whole:
        packet_line("uncut", seen.whole, target, floor, load.viewers)


def packet_line(
    name: str, windows: list[Window], target: float | None, floor: Floor | None, viewers: int,
    processor: int | None = None,
) -> None:  # fmt: skip
    costs = [window.cost_us for window in windows]
    arrived = min(window.arrived for window in windows)
    if arrived < ARRIVED_MIN:
        line(name, f"VOID: only {arrived:.1%} of the packets arrived")
        return
    details = f"windows {' '.join(f'{cost:.2f}' for cost in costs)}; {arrived:.1%} arrived"
    cost = statistics.median(costs)
    if floor is not None:
        whole = name == "uncut"
        wire_bytes = PACKET_BYTES + TAG_BYTES_GCM
        frames = int(FLOOR_S * FRAMES_PER_SECOND)
        pauses = 1 / FRAMES_PER_SECOND, 0.0
        paced, at_once = (
            floor.microseconds(viewers, frames, PACKETS, wire_bytes, pause, whole=whole, processor=processor)
            for pause in pauses
        )
        details += f"; floor of this machine {paced:.2f} (back to back {at_once:.2f}), {cost / paced:.1f} times that"
    if target is None:
        line(name, f"{cost:.2f} µs of CPU; {details}")
    else:
        figure(name, cost, "µs of CPU", target, more=f"; {details}")


def compiled(folder: Path) -> Floor | None:
    try:
        return Floor(folder)
    except RuntimeError as reason:
        line("floor", f"not measured: {reason}")
        return None


if __name__ == "__main__":
    main()
