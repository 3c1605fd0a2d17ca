"""Makes the demo's clips into files, in a process of its own: `python -m cadeau.demo.films FOLDER`.

It reads names of clips from standard input, one a line, and answers each with the name once FOLDER/NAME.mp4 is there.
A process of its own, because drawing would hold up a server that forwards media.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from cadeau.demo.canvas import HEIGHT, WIDTH
from cadeau.demo.clip import FRAMES_PER_SECOND, Clip
from cadeau.demo.music import HZ, played
from cadeau.demo.topics import CLIPS

NICENESS = 15
MAKE_S_MAX = 300.0


def main() -> None:
    os.nice(NICENESS)
    folder, clips = Path(sys.argv[1]), {clip.name: clip for clip in CLIPS}
    for line in sys.stdin:
        make(clips[line.strip()], folder)
        print(line.strip(), flush=True)


def make(clip: Clip, folder: Path) -> Path:
    """Draw one clip, and play its music unless it uses another's. Blocks. Raises CalledProcessError."""
    path = folder / f"{clip.name}.mp4"
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        music = Path(scratch) / "music"
        if clip.music is not None:
            music.write_bytes(played(clip.music, clip.frames / FRAMES_PER_SECOND, zlib.crc32(clip.name.encode())))
        frames = clip.picture(clip.frames)
        first = next(frames)
        size = f"{first.shape[1]}x{first.shape[0]}"
        sound = ["-f", "s16le", "-ar", str(HZ), "-ac", "2", "-i", str(music)] if clip.music is not None else []
        command = [
            get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(FRAMES_PER_SECOND), "-i", "pipe:0", *sound,
            "-vf", f"scale={WIDTH}:{HEIGHT}:flags=bicubic,format=yuv420p",
            "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-threads", "1",
            *(("-c:a", "aac", "-b:a", "96k") if sound else ()), "-movflags", "+faststart", str(path),
        ]  # fmt: skip
        encoder = subprocess.Popen(command, stdin=subprocess.PIPE)
        assert encoder.stdin is not None
        try:
            encoder.stdin.write(first.tobytes())
            for frame in frames:
                encoder.stdin.write(frame.tobytes())
            encoder.stdin.close()
            if encoder.wait(MAKE_S_MAX):
                raise subprocess.CalledProcessError(encoder.returncode, command)
        finally:
            encoder.kill()
            encoder.wait()
    return path


if __name__ == "__main__":
    main()
