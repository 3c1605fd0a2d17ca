"""The parent's side of the child process: starts it, reads its output, and kills it when it takes too long."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from core.errors import DiskFull
from core.sandbox import INTERPRETER, isolated_python, separate_user
from vod.pipeline.child_result import REASONS, Message, Result, check_result

CPU_S_MAX = 3_600
WALL_S_MAX = 7_200.0
SILENCE_S_MAX = 300.0
LINE_BYTES_MAX = 16 * 1024
OUTPUT_BYTES_MAX = 1024 * 1024
NOISE_LINES_MAX = 30
POLL_S = 0.5

ROOT = Path(__file__).resolve().parents[2]
_BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from vod.pipeline.child import main; main()"

Report = Callable[[str, int], None]
"""Called with the stage and its percent at least every POLL_S; what it raises ends the child."""


class Unfit(Exception):
    """We do not accept the file. The text is one of REASONS."""


class ChildFailed(Exception):
    """The child died or reported nonsense: another try may succeed."""


class ChildTooSlow(ChildFailed):
    """The child was killed because it took too long."""


def make_files(source: Path, folder: Path, report: Report, sound: Path | None = None) -> Result:
    """Make a video's files in `folder`, in a child process. `sound`, inside `folder`, replaces the source's own.

    Raises Unfit, ChildFailed, DiskFull, and what `report` raises.
    """
    source, folder = source.resolve(), folder.resolve()  # the child works in `folder`
    sound = sound.absolute() if sound is not None else None
    uid = separate_user([source, folder, *INTERPRETER])
    if uid is not None:
        os.chown(source, uid, uid)
        os.chown(folder, uid, uid)
        if sound is not None:
            os.chown(sound, uid, uid)
    child = subprocess.Popen(
        isolated_python(
            _BOOT, str(ROOT), str(source), str(folder), str(CPU_S_MAX), str(sound or ""),
            *([str(uid)] if uid is not None else []),
        ),
        cwd=folder, env={}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    noise: list[str] = []
    last: Message | None = None
    try:
        for line in _lines(child, lambda: report("", -1)):
            try:
                message = msgspec.json.decode(line, type=Message)
            except (msgspec.DecodeError, UnicodeDecodeError):
                noise = [*noise[1 - NOISE_LINES_MAX :], line.decode(errors="replace")]
                continue
            if message.stage:
                report(message.stage, message.percent)
            else:
                last = message
        status = child.wait(SILENCE_S_MAX)
    finally:
        _kill(child)
    if status == -signal.SIGXCPU:
        raise Unfit("too_complex")
    if status != 0 or last is None:
        raise ChildFailed(f"status {status}: {'; '.join(noise)}")
    if last.disk_full:
        raise DiskFull
    if last.result is None:
        raise Unfit(last.unfit if last.unfit in REASONS else "broken")
    try:
        check_result(last.result, folder)
    except (ValueError, OSError) as problem:
        raise ChildFailed(str(problem)) from None
    return last.result


def _lines(child: subprocess.Popen[bytes], poll: Callable[[], None]) -> Iterator[bytes]:
    """The child's output line by line; calls `poll` at least every POLL_S. Raises ChildTooSlow, ChildFailed."""
    assert child.stdout is not None
    pipe = child.stdout.fileno()
    os.set_blocking(pipe, False)
    started = last_output = time.monotonic()
    output_bytes = 0
    rest = b""
    while True:
        poll()
        ready, _, _ = select.select([pipe], [], [], POLL_S)
        now = time.monotonic()
        if now - started > WALL_S_MAX or now - last_output > SILENCE_S_MAX:
            raise ChildTooSlow
        if not ready:
            continue
        chunk = os.read(pipe, LINE_BYTES_MAX)
        if not chunk:
            return
        last_output = now
        output_bytes += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LINE_BYTES_MAX or output_bytes > OUTPUT_BYTES_MAX:
            raise ChildFailed("it wrote too much")
        yield from lines


def _kill(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)  # and every process it may have started
    child.kill()
    child.wait()
    if child.stdout is not None:
        child.stdout.close()
