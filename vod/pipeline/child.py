"""The child process: probes one untrusted file and makes one video's files, under limits, in a folder of its own.

`process` starts it with the source, the folder, its limit of CPU seconds, a sound to use in place of the source's own
(in that folder, or empty), and a user id unless it keeps its user. It reports in lines of JSON on standard output:
`{"stage", "percent"}`, and at the end `{"unfit"}`, `{"disk_full"}` or `{"result"}`.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Any

import msgspec

from core import sandbox
from core.errors import DiskFull
from core.storage.disk import disk_full_named

CPU_S_PROBE_MAX = 30
CPU_S_PER_FRAME = 0.5
_TOO_MUCH = (errno.ENOMEM, errno.EFBIG)


def main() -> None:
    source, folder, cpu_seconds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    sound = Path(sys.argv[4]) if sys.argv[4] else None
    uid = int(sys.argv[5]) if len(sys.argv) > 5 else None
    sandbox.enter(cpu_seconds, readable=[source], writable=folder, uid=uid)
    from vod.pipeline.tracks import Unfit  # loading FFmpeg starts threads: only after the sandbox

    try:
        with disk_full_named():
            _work(source, folder, sound)
    except Unfit as unfit:
        _send(unfit=str(unfit))
    except DiskFull:
        _send(disk_full=True)
    except (MemoryError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in _TOO_MUCH:
            raise
        _send(unfit="too_complex")


def _work(path: Path, folder: Path, sound: Path | None) -> None:
    import av.logging

    from vod.pipeline.probe import opened, probe
    from vod.pipeline.transcode import transcode

    # PyAV's log callback takes the GIL in FFmpeg's threads, while closing a file waits for those threads with the GIL
    # held: now and then, that is a deadlock.
    av.logging.restore_default_callback()
    av.logging.set_libav_level(av.logging.PANIC)
    reported = -1

    def report(percent: int) -> None:
        nonlocal reported
        if percent > reported:
            reported = percent
            _send(stage="transcoding", percent=percent)

    sandbox.allow_cpu(CPU_S_PROBE_MAX)
    _send(stage="probing", percent=0)
    with opened(path) as container:
        source = probe(container)
    frames = source.pictures + int(source.duration)  # pictures that stay are repeated, every second at most
    sandbox.allow_cpu(CPU_S_PROBE_MAX + int(frames * CPU_S_PER_FRAME) + 30)
    with opened(path) as container:
        result = transcode(container, source, folder, report, sound)
    _send(result=result)


def _send(**message: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()
