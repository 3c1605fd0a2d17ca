"""Generates short portrait videos for the demo's feed."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

SIZE = "720x1280"
FRAMES_PER_SECOND = 30
FADE_S = 0.6
GENERATE_S_MAX = 120.0


@dataclass(frozen=True, slots=True)
class DemoVideo:
    path: Path
    caption: str


@dataclass(frozen=True, slots=True)
class _Clip:
    """A video and a chord, both as FFmpeg filter expressions."""

    name: str
    caption: str
    seconds: int
    picture: str
    chord_hz: tuple[float, ...]


_CLIPS = (
    _Clip(
        "silk", "Silk, folded by mathematics ✨ #calm", 7,
        # Slow interfering waves, computed small and scaled up; they look like cloth.
        "color=black:s=90x160:r=30,format=gray,"
        "geq='128+58*sin(X/15+1.4*sin(Y/23+T*0.9)+T*0.7)+52*sin(Y/19+1.8*sin(X/14-T*0.6)+T*0.5)',"
        "format=yuv444p,pseudocolor=preset=magma",
        (220.0, 277.18, 329.63),
    ),
    _Clip(
        "dive", "How deep does it go? Wait for it 🌀 #fractal", 7,
        "mandelbrot=s=270x480:r=30:start_scale=0.6:end_scale=0.0004:end_pts=210:maxiter=150:inner=black"
        ":start_x=-0.743643:start_y=-0.131826,"
        "format=gray,gblur=sigma=1.1,format=yuv444p,pseudocolor=preset=inferno",
        (146.83, 220.0, 293.66),
    ),
    _Clip(
        "garden", "A garden that plants itself 🌱 #gameoflife", 7,
        "life=s=54x96:r=12:ratio=0.16:seed=2024:mold=10:life_color=#d7ffb0:death_color=#1c6b52:mold_color=#0a1f2e,"
        "scale=216:384:flags=neighbor,gblur=sigma=1.6,fps=30",
        (261.63, 329.63, 392.0),
    ),
    _Clip(
        "sunset", "Tonight's sky, painted slowly 🌅 #sunset", 8,
        "gradients=s=90x160:r=30:n=5:seed=7:speed=0.02:type=radial:duration=8"
        ":c0=0xffd194:c1=0xff8a5c:c2=0xd53369:c3=0x4b2a86:c4=0x2b1055",
        (174.61, 220.0, 261.63),
    ),
    _Clip(
        "rain", "One rule, falling like rain ☔ #cellularautomata", 6,
        "cellauto=s=90x160:r=30:rule=18:seed=11:ratio=0.04:scroll=1:start_full=1,format=gray,"
        "scale=180:320:flags=neighbor,gblur=sigma=1.4,format=yuv444p,pseudocolor=preset=cool",
        (196.0, 246.94, 293.66),
    ),
)  # fmt: skip


def generate(folder: Path) -> list[DemoVideo]:
    """Generate the videos in `folder`: portrait MP4 of 6 to 8 s. Blocks for some seconds. Raises CalledProcessError."""
    folder.mkdir(parents=True, exist_ok=True)
    return [DemoVideo(_make(clip, folder), clip.caption) for clip in _CLIPS]


def _make(clip: _Clip, folder: Path) -> Path:
    path = folder / f"{clip.name}.mp4"
    picture = f"{clip.picture},scale={SIZE.replace('x', ':')}:flags=bicubic,format=yuv420p"
    command = [
        "nice", "-n", "10", get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y",
        "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", _sound(clip),
        "-t", str(clip.seconds), "-r", str(FRAMES_PER_SECOND),
        "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-threads", "2",
        "-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=GENERATE_S_MAX, capture_output=True)
    return path


def _sound(clip: _Clip) -> str:
    """The chord, whose notes swell one after the other."""
    notes = "+".join(
        f"0.05*sin(2*PI*{hz}*t)*(0.55+0.45*sin(2*PI*t/{4 + number}))" for number, hz in enumerate(clip.chord_hz)
    )
    fades = f"afade=t=in:d={FADE_S},afade=t=out:st={clip.seconds - FADE_S}:d={FADE_S}"
    return f"aevalsrc='{notes}|{notes}':s=48000:d={clip.seconds},{fades}"
