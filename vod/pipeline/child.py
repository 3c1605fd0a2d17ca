"""The child process: looks at one untrusted file and makes one video's files, under limits, in a folder of its own.

Started by `processing` with the source, the folder and the processor seconds it may have. Says how it gets on in lines
of JSON on standard output: `{"stage", "percent"}`, and at the end `{"unfit"}` or `{"result"}`.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Any

import msgspec

from vod.pipeline import sandbox

CPU_S_PROBE_MAX = 30
CPU_S_PER_FRAME = 0.5
_TOO_MUCH = (errno.ENOMEM, errno.EFBIG)


def main() -> None:
    source, folder, cpu_seconds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    sandbox.enter(cpu_seconds)
    from vod.pipeline.probe import Unfit  # FFmpeg starts threads when it is loaded: only once the network is left

    try:
        _work(source, folder)
    except Unfit as unfit:
        _say(unfit=str(unfit))
    except (MemoryError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in _TOO_MUCH:
            raise
        _say(unfit="too_complex")


def _work(path: Path, folder: Path) -> None:
    import av.logging

    from vod.pipeline.probe import opened, probe
    from vod.pipeline.transcode import transcode

    # PyAV's own log callback takes the interpreter's lock in FFmpeg's threads, while closing a file waits for those
    # threads with that lock held: now and then, for ever.
    av.logging.restore_default_callback()
    av.logging.set_libav_level(av.logging.PANIC)
    said = -1

    def report(percent: int) -> None:
        nonlocal said
        if percent > said:
            said = percent
            _say(stage="transcoding", percent=percent)

    sandbox.allow_cpu(CPU_S_PROBE_MAX)
    _say(stage="probing", percent=0)
    with opened(path) as container:
        source = probe(container)
        sandbox.allow_cpu(CPU_S_PROBE_MAX + int(float(source.rate * source.duration) * CPU_S_PER_FRAME) + 30)
        result = transcode(container, source, folder, report)
    _say(result=result)


def _say(**words: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(words) + b"\n")
    sys.stdout.buffer.flush()
