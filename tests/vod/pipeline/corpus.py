"""Files as phones, browsers, recorders and cameras write them, made on the spot, and what should become of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

SIZE = (64, 96)
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
H265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-c:a", "aac"]
VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"]
FRAGMENTED = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-g", "10"]
COPY = ["-map", "0", "-c", "copy"]


def ffmpeg(*arguments: object) -> None:
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def moving(seconds: float = 1, size: tuple[int, int] = SIZE, rate: str = "15") -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=s={size[0]}x{size[1]}:r={rate}:d={seconds}"]


def tone(seconds: float = 1, hz: int = 440) -> list[str]:
    return ["-f", "lavfi", "-i", f"sine=f={hz}:r=48000:d={seconds}"]


def tones(*octaves: int) -> list[str]:
    return [argument for octave in octaves for argument in tone(hz=220 * octave)]


def _all(inputs: int) -> list[str]:
    """Take every input."""
    return [argument for number in range(inputs) for argument in ("-map", str(number))]


def still(size: tuple[int, int] = SIZE) -> list[str]:
    """One picture."""
    return ["-f", "lavfi", "-i", f"color=red:s={size[0]}x{size[1]}:r=25:d=0.04"]


Make = Callable[[Path], object]
"""Writes the file at this path, whose folder it may use."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file, and what should become of it."""

    name: str
    suffix: str
    make: Make
    seconds: float = 1.0
    size: tuple[int, int] = SIZE
    sound: bool = True
    refused: str = ""  # the reason


Patch = Callable[[bytearray], object]
"""Changes a file's content."""


def by(*arguments: object) -> Make:
    return lambda path: ffmpeg(*arguments, path)


def _patched(make: Make, patch: Patch) -> Make:
    def write(path: Path) -> None:
        make(path)
        content = bytearray(path.read_bytes())
        patch(content)
        path.write_bytes(content)

    return write


def _apac(content: bytearray, which: int = -1) -> None:
    """Give a track of sound a codec that nobody knows: replace the type of its sample entry."""
    entries, at = [], -1
    while (at := content.find(b"mp4a", at + 1)) >= 0:
        if content[at - 16 : at - 12] == b"stsd":
            entries.append(at)
    content[entries[which] : entries[which] + 4] = b"apac"
    details = content.index(b"esds", entries[which])
    content[details : details + 4] = b"dapa"


def _cut(keep: float) -> Patch:
    def cut(content: bytearray) -> None:
        del content[int(len(content) * keep) :]

    return cut


def _cut_head(content: bytearray) -> None:
    """Cut off the first quarter, at a packet of a transport stream."""
    del content[: len(content) // (4 * 188) * 188]


def _zero(content: bytearray) -> None:
    """Overwrite all but the first quarter with zeros."""
    quarter = len(content) // 4
    content[quarter:] = bytes(len(content) - quarter)


def _shortened_by_its_edit_list(content: bytearray) -> None:
    """Show only a sixth of each track, as a trim that keeps the samples does."""
    at = -1
    while (at := content.find(b"elst", at + 1)) >= 0:
        length = int.from_bytes(content[at + 12 : at + 16], "big")
        content[at + 12 : at + 16] = (length // 6).to_bytes(4, "big")


def _joined(*pieces: list[object], suffix: str) -> Make:
    """Several files, one after the other."""

    def write(path: Path) -> None:
        parts = []
        for number, piece in enumerate(pieces):
            part = path.with_name(f"part{number}{suffix}")
            ffmpeg(*piece, part)
            parts.append(part.read_bytes())
        path.write_bytes(b"".join(parts))

    return write


def _remuxed(first: list[object], *arguments: object) -> Make:
    """A file made in two steps: the second only copies what the first has encoded."""

    def write(path: Path) -> None:
        middle = path.with_name("middle.mkv")
        ffmpeg(*first, middle)
        ffmpeg(*_before(arguments), "-i", middle, *COPY, *_after(arguments), path)

    return write


def _before(arguments: tuple[object, ...]) -> tuple[object, ...]:
    return arguments[: arguments.index("-i")] if "-i" in arguments else ()


def _after(arguments: tuple[object, ...]) -> tuple[object, ...]:
    return arguments[arguments.index("-i") + 1 :] if "-i" in arguments else arguments


def _rotated(*arguments: object) -> Make:
    return _remuxed([*moving(size=(96, 64)), *tone(), *arguments], "-display_rotation", "90", "-i")


def turned_while_recording(path: Path, *, second: tuple[int, int] = (96, 64)) -> None:
    """VP8 may change its size at any key frame: the frames of two recordings, joined."""
    upright, across = path.with_name("upright.ivf"), path.with_name("across.ivf")
    ffmpeg(*moving(), *VP8, upright)
    ffmpeg(*moving(size=second), *VP8, across)
    first, rest = upright.read_bytes(), bytearray(across.read_bytes()[32:])
    at, frame = 0, 15
    while at < len(rest):
        rest[at + 4 : at + 12] = frame.to_bytes(8, "little")
        at, frame = at + 12 + int.from_bytes(rest[at : at + 4], "little"), frame + 1
    joined = path.with_name("joined.ivf")
    joined.write_bytes(first[:24] + (30).to_bytes(4, "little") + first[28:] + rest)
    ffmpeg("-i", joined, "-c", "copy", "-live", 1, path)


def _with_cover(path: Path) -> None:
    cover = path.with_name("cover.jpg")
    ffmpeg(*still(), "-frames:v", 1, cover)
    ffmpeg(
        *tone(3),
        "-i",
        cover,
        "-map",
        0,
        "-map",
        1,
        "-c:a",
        "aac",
        "-c:v",
        "copy",
        "-disposition:v",
        "attached_pic",
        path,
    )


PHONES = [
    Input("iPhone, H.264, AAC and spatial sound that nobody can decode", ".mov", _patched(
        by(*moving(), *tones(1, 2), *_all(3), *H264), _apac)),
    Input("iPhone, only sound that nobody can decode", ".mov", _patched(by(*moving(), *tone(), *H264), _apac),
          refused="unknown_codec"),
    Input("iPhone, HEVC, 10 bit, HLG, held upright", ".mov", _rotated(
        *H265, "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "arib-std-b67",
        "-colorspace", "bt2020nc", "-tag:v", "hvc1")),
    Input("iPhone, trimmed: the edit list starts between key frames", ".mov", _remuxed(
        [*moving(3), *tone(3), *H264, "-g", 45], "-ss", "1.5", "-i"), seconds=1.5),
    Input("iPhone, trimmed: the edit list ends before the data", ".mov", _patched(
        by(*moving(6), *tone(6), *H264), _shortened_by_its_edit_list)),
    Input("Android, H.264, held upright, varying frame rate", ".mp4", _rotated(
        *H264, "-vf", "select='not(between(n,3,6))'", "-fps_mode", "vfr")),
    Input("Android, HEVC", ".mp4", by(*moving(), *tone(), *H265, "-pix_fmt", "yuv420p", "-tag:v", "hvc1")),
    Input("Android, slow motion, 120 frames a second", ".mp4", by(*moving(rate="120"), *tone(), *H264)),
    Input("Old phone, H.263", ".3gp", by(*moving(size=(176, 144)), *tone(), "-c:v", "h263", "-c:a", "aac"),
          size=(176, 144)),
    Input("Old phone, MPEG-4", ".3gp", by(*moving(), *tone(), "-c:v", "mpeg4", "-c:a", "aac")),
]  # fmt: skip

BROWSERS = [
    Input("MediaRecorder, VP8 and Opus, without a duration", ".webm", by(*moving(), *tone(), *VP8, "-live", 1)),
    Input("MediaRecorder, VP9", ".webm", by(
        *moving(), *tone(), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8, "-c:a", "libopus",
        "-live", 1)),
    Input("MediaRecorder, H.264 in WebM", ".mkv", by(
        *moving(), *tone(), *H264, "-c:a", "libopus", "-live", 1, "-f", "matroska")),
    Input("MediaRecorder, AV1", ".webm", by(
        *moving(), *tone(), "-c:v", "libsvtav1", "-preset", 12, "-c:a", "libopus", "-live", 1)),
    Input("MediaRecorder, H.264 and AAC in fragments", ".mp4", by(*moving(), *tone(), *H264, *FRAGMENTED)),
    Input("MediaRecorder, H.264 and Opus in fragments", ".mp4", by(
        *moving(), *tone(), *H264, "-c:a", "libopus", *FRAGMENTED)),
    Input("MediaRecorder, without sound", ".webm", by(*moving(), *VP8, "-live", 1), sound=False),
    Input("MediaRecorder, a microphone that sends nothing", ".webm", by(
        *moving(), *tone(), *VP8, "-af", "aselect=0", "-live", 1), sound=False),
    Input("MediaRecorder, without a picture", ".webm", by(*tone(), "-c:a", "libopus", "-live", 1),
          refused="no_picture"),
    Input("MediaRecorder, the phone is turned while it records", ".webm", turned_while_recording,
          seconds=2, sound=False),
    Input("MediaRecorder, two recordings in one file", ".webm", _joined(
        [*moving(2), *tone(2), *VP8, "-live", 1], [*moving(2), *tone(2), *VP8, "-live", 1], suffix=".webm"), seconds=4),
    Input("MediaRecorder, a page that moves rarely", ".webm", by(
        *moving(8), *VP8, "-vf", "select='eq(n,0)+eq(n,90)+eq(n,100)'", "-fps_mode", "vfr", "-live", 1),
        seconds=6.7, sound=False),
]  # fmt: skip

SCREEN_RECORDERS = [
    Input("Screen, odd sides, 4:4:4", ".mp4", by(
        *moving(), *H264, "-vf", "scale=77:101,setsar=1", "-pix_fmt", "yuv444p"), size=(76, 100), sound=False),
    Input("Screen, RGB", ".mkv", by(*moving(), *tone(), "-c:v", "libx264rgb", "-preset", "ultrafast")),
    Input("Screen, lossless 4:4:4", ".mkv", by(*moving(), *H264, "-pix_fmt", "yuv444p", "-qp", 0), sound=False),
    Input("Screen, varying frame rate", ".mp4", by(
        *moving(2, rate="60"), *tone(2), *H264, "-vf", "select='lt(random(1),0.3)'", "-fps_mode", "vfr"), seconds=2),
    Input("Screen, one frame a second", ".mp4", by(*moving(4, rate="1"), *H264), seconds=4, sound=False),
    Input("Screen, a frame every five seconds", ".mp4", by(*moving(10, rate="1/5"), *tone(10), *H264), seconds=10),
    Input("Screen, 30 frames a second in milliseconds", ".mkv", by(
        *moving(rate="30000/1001"), *tone(), *H264)),
    Input("Screen, full range", ".mp4", by(*moving(), *H264, "-pix_fmt", "yuvj420p"), sound=False),
]  # fmt: skip

CAMERAS = [
    Input("Camera, time code", ".mov", by(*moving(rate="25"), *tone(), *H264, "-timecode", "10:00:00:00")),
    Input("Camera, four microphones as tracks of PCM", ".mov", by(
        *moving(), *tone(), *tones(2, 3, 4), *_all(5),
        *H264, "-c:a", "pcm_s24le")),
    Input("Camera, four channels", ".mov", by(*moving(), *tone(), *H264, "-c:a", "pcm_s16be", "-ac", 4)),
    Input("Camera, H.264, interlaced", ".mp4", by(
        *moving(rate="25"), *tone(), *H264, "-vf", "tinterlace=interleave_top", "-flags", "+ilme+ildct",
        "-x264-params", "tff=1")),
    Input("Camera, MPEG-2, interlaced", ".ts", by(
        *moving(rate="50"), *tone(), "-c:v", "mpeg2video", "-c:a", "mp2",
        "-vf", "tinterlace=interleave_top,setfield=tff", "-flags", "+ilme+ildct")),
    Input("AVCHD, H.264 and AC-3", ".m2ts", by(
        *moving(rate="25"), *tone(), *H264, "-c:a", "ac3", "-mpegts_m2ts_mode", 1)),
    Input("Camera, Motion JPEG and PCM", ".avi", by(
        *moving(), *tone(), "-c:v", "mjpeg", "-pix_fmt", "yuvj422p", "-c:a", "pcm_u8")),
    Input("Camera, Motion JPEG and ADPCM", ".mov", by(
        *moving(), *tone(), "-c:v", "mjpeg", "-pix_fmt", "yuvj422p", "-c:a", "adpcm_ima_qt", "-ac", 1)),
    Input("Dash camera, H.264", ".avi", by(*moving(), *tone(), *H264, "-bf", 0, "-c:a", "pcm_mulaw", "-ar", 8000)),
    Input("Camcorder, DV", ".avi", by(
        *moving(size=(720, 576), rate="25"), *tone(), "-c:v", "dvvideo", "-pix_fmt", "yuv420p", "-aspect", "4:3",
        "-c:a", "pcm_s16le"), size=(768, 576)),
    Input("Camera, pixels that are not square", ".mp4", by(
        *moving(size=(96, 72)), *tone(), *H264, "-vf", "setsar=4/3"), size=(128, 72)),
    Input("Camera, pixels that are not square, held upright", ".mp4", _rotated(*H264, "-vf", "setsar=4/3"),
          size=(64, 128)),
    Input("Camera, 10 bit 4:2:2", ".mp4", by(*moving(), *tone(), *H264, "-pix_fmt", "yuv422p10le")),
    Input("Camera, ProRes 4444 with alpha", ".mov", by(
        *moving(), *tone(), "-c:v", "prores_ks", "-pix_fmt", "yuva444p10le", "-c:a", "pcm_s16le")),
    Input("Camera, DNxHR", ".mov", by(
        *moving(size=(256, 128)), *tone(), "-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p",
        "-c:a", "pcm_s16le"), size=(256, 128)),
    Input("Camera, HEVC, HDR10", ".mp4", by(
        *moving(), *tone(), *H265, "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "smpte2084",
        "-colorspace", "bt2020nc", "-tag:v", "hvc1")),
    Input("Drone, a second, smaller picture", ".mp4", by(
        *moving(), *moving(size=(32, 48)), "-map", 0, "-map", 1, *H264, "-bf", 0), sound=False),
    Input("Dash camera, two pictures", ".mkv", by(
        *moving(), *moving(), *tone(), "-map", 0, "-map", 1, "-map", 2, *H264)),
]  # fmt: skip

OBS = [
    Input("OBS, Matroska", ".mkv", by(*moving(), *tone(), *H264)),
    Input("OBS, six tracks of sound", ".mkv", by(
        *moving(), *tone(), *tones(2, 3, 4, 5, 6),
        *_all(7), *H264)),
    Input("OBS, Matroska, cut off when the machine crashed", ".mkv", _patched(
        _remuxed([*moving(4), *tone(4), *H264, "-g", 15], "-live", 1), _cut(0.5)), seconds=2),
    Input("OBS, hybrid MP4", ".mp4", by(*moving(), *tone(), *H264, "-movflags", "+hybrid_fragmented")),
    Input("OBS, hybrid MP4, cut off", ".mp4", _patched(by(
        *moving(4), *tone(4), *H264, *FRAGMENTED), _cut(0.5)), seconds=2),
    Input("OBS, fragmented MP4, HEVC", ".mp4", by(
        *moving(), *tone(), *H265, *FRAGMENTED, "-pix_fmt", "yuv420p", "-tag:v", "hvc1")),
    Input("OBS, Flash video", ".flv", by(*moving(), *tone(), *H264)),
    Input("OBS, Flash video, cut off", ".flv", _patched(
        by(*moving(4), *tone(4), *H264, "-flvflags", "no_duration_filesize"), _cut(0.5)), seconds=2),
    Input("OBS, transport stream", ".ts", by(*moving(), *tone(), *H264)),
    Input("OBS, transport stream, joined in the middle of a group of pictures", ".ts", _patched(
        by(*moving(6), *tone(6), *H264, "-g", 45), _cut_head),
        seconds=4.4),
    Input("OBS, QuickTime, PCM", ".mov", by(*moving(), *tone(), *H264, "-c:a", "pcm_f32le")),
    Input("OBS, AV1 and Opus", ".mp4", by(*moving(), *tone(), "-c:v", "libsvtav1", "-preset", 12, "-c:a", "libopus")),
]  # fmt: skip

LENGTHS = [
    Input("The sound is longer than the picture", ".mp4", by(*moving(1), *tone(4), *H264), seconds=4),
    Input("The picture is longer than the sound", ".mp4", by(*moving(4), *tone(1), *H264), seconds=4),
    Input("Slides with a voice", ".mp4", by(
        *moving(12), *tone(12), *H264, "-vf", "select='lt(t,1)+between(t,8,8.02)'", "-fps_mode", "vfr"), seconds=12),
    Input("Slides without sound", ".mp4", by(*moving(12, rate="1/4"), *H264), seconds=12, sound=False),
    Input("One picture and a song", ".mp4", by(*still(), *tone(5), *H264), seconds=5),
    Input("One picture and a song, Matroska", ".mkv", by(*still(), *tone(5), *H264), seconds=5),
    Input("A song with a cover", ".m4a", _with_cover, seconds=3),
    Input("The sound starts late", ".mp4", by(
        *moving(3), "-itsoffset", 2, *tone(1), *H264), seconds=3),
    Input("The picture starts late", ".mkv", by("-itsoffset", 4, *moving(2), *tone(6), *H264), seconds=6),
    Input("A single picture", ".mp4", by(*still(), *H264), seconds=0.04, sound=False),
    Input("Two pictures ten minutes apart", ".mp4", by(
        *moving(599.1, rate="10"), *H264, "-vf", "select='eq(n,0)+eq(n,5980)'", "-fps_mode", "vfr"), seconds=598.1,
        sound=False),
    Input("Two pictures ten hours apart", ".mkv", _remuxed(
        [*moving(2, rate="1"), *H264], "-i", "-bsf:v", "setts=ts=TS*36000"), refused="too_long"),
]  # fmt: skip

CLOCKS = [
    Input("A huge first timestamp, transport stream", ".ts", by(*moving(), *tone(), *H264, "-output_ts_offset", 80000)),
    Input("A huge first timestamp, Matroska", ".mkv", by(*moving(), *tone(), *H264, "-output_ts_offset", 1000000)),
    Input("A huge first timestamp, fragments", ".mp4", by(
        *moving(), *tone(), *H264, *FRAGMENTED, "-output_ts_offset", 1000000)),
    Input("A huge first timestamp, Flash video", ".flv", by(*moving(), *tone(), *H264, "-output_ts_offset", 500000)),
    Input("A negative first timestamp", ".mkv", by(
        *moving(), *tone(), *H264, "-output_ts_offset", -2, "-avoid_negative_ts", "disabled")),
    Input("The clock of a transport stream overflows", ".ts", by(
        *moving(2), *tone(2), *H264, "-output_ts_offset", 95443, "-muxdelay", 0), seconds=2),
    Input("Two transport streams in one file: the clock restarts", ".ts", _joined(
        [*moving(3), *tone(3), *H264, "-output_ts_offset", 5000], [*moving(3), *tone(3), *H264], suffix=".ts"),
        seconds=6),
    Input("Two transport streams in one file: the clock leaps ahead", ".ts", _joined(
        [*moving(3), *tone(3), *H264], [*moving(3), *tone(3), *H264, "-output_ts_offset", 5000], suffix=".ts"),
        seconds=6),
]  # fmt: skip

DAMAGED = [
    Input("MP4, cut off before its index", ".mp4", _patched(by(*moving(4), *tone(4), *H264), _cut(0.7)),
          refused="broken"),
    Input("MP4, cut off after its index", ".mp4", _patched(
        by(*moving(8), *tone(8), *H264, "-movflags", "+faststart"), _cut(0.3)), refused="broken"),
    Input("Matroska with a duration, cut off", ".mkv", _patched(by(*moving(8), *tone(8), *H264), _cut(0.3)),
          refused="broken"),
    Input("MP4 whose data are zeros", ".mp4", _patched(
        by(*moving(8), *tone(8), *H264, "-movflags", "+faststart"),
        _zero),
        refused="broken"),
]  # fmt: skip

CORPUS = [*PHONES, *BROWSERS, *SCREEN_RECORDERS, *CAMERAS, *OBS, *LENGTHS, *CLOCKS, *DAMAGED]
