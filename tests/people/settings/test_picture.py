"""Whatever is sent as a picture: it is made anew, small and bare, or refused with a code."""

from __future__ import annotations

import contextlib
import random
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from people.errors import PictureTooLarge, PictureUnreadable
from people.settings.picture import JPEG_SCANS_MAX, SIDE_PX_MAX, reencoded


def file_of(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def halves(size: tuple[int, int] = (400, 200)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, (255, 0, 0))
    image.paste((0, 0, 255), (size[0] // 2, 0, size[0], size[1]))
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_both_sizes_are_square_webp(kind: str) -> None:
    picture = reencoded(file_of(halves(), kind))
    for content, px in ((picture.small, 128), (picture.large, 512)):
        with Image.open(BytesIO(content)) as image:
            assert (image.format, image.size) == ("WEBP", (px, px))
            left, right = image.convert("RGB").getpixel((px // 8, px // 2)), image.convert("RGB").getpixel((px - 9, 9))
            assert left[0] > 200 > 50 > left[2]  # type: ignore[index]
            assert right[2] > 200 > 50 > right[0]  # type: ignore[index]


def test_metadata_is_dropped_and_its_orientation_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    exif[0x010E] = "at home, 48.8584 N"
    sent = file_of(halves(), "JPEG", exif=exif, comment=b"secret", icc_profile=b"profile" * 9)
    picture = reencoded(sent)
    assert b"home" in sent
    for content in (picture.small, picture.large):
        with Image.open(BytesIO(content)) as image:
            assert not {"exif", "icc_profile", "xmp", "comment"} & set(image.info)
            assert image.convert("RGB").getpixel((9, 9))[2] > 200  # type: ignore[index]
        assert b"home" not in content
        assert b"secret" not in content


def test_an_animation_is_its_first_frame() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "lime", "blue")]
    for kind in ("WEBP", "PNG"):
        sent = file_of(frames[0], kind, save_all=True, append_images=frames[1:])
        with Image.open(BytesIO(reencoded(sent).small)) as image:
            assert getattr(image, "n_frames", 1) == 1
            assert image.convert("RGB").getpixel((64, 64))[0] > 200  # type: ignore[index]


def test_transparency_stays() -> None:
    with Image.open(BytesIO(reencoded(file_of(Image.new("RGBA", (64, 64)), "PNG")).small)) as image:
        assert image.convert("RGBA").getpixel((9, 9))[3] == 0  # type: ignore[index]


def bomb(side: int) -> bytes:
    """A PNG of a few hundred bytes that claims to have side * side pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [SIDE_PX_MAX + 1, 10_000, 60_000, 2**31 - 1])
def test_a_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    with pytest.raises((PictureTooLarge, PictureUnreadable)):
        reencoded(bomb(side))


def test_a_jpeg_with_endless_scans_is_refused() -> None:
    sent = file_of(halves((64, 64)), "JPEG", progressive=True)
    start = sent.rindex(b"\xff\xda")
    endless = sent[:start] + sent[start:-2] * (JPEG_SCANS_MAX + 1) + sent[-2:]
    with pytest.raises(PictureUnreadable):
        reencoded(endless)
    reencoded(sent)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_refused(kind: str) -> None:
    with pytest.raises(PictureUnreadable):
        reencoded(file_of(halves(), kind))


@pytest.mark.parametrize("content", [b"", b"\0", b"<svg></svg>", b"\xff\xd8\xff", b"RIFF"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        reencoded(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_file_is_a_picture_or_refused(kind: str) -> None:
    sent, dice = file_of(halves((80, 60)), kind), random.Random(kind)
    for _ in range(60):
        damaged = bytearray(sent)
        for _ in range(dice.randint(1, 8)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        with contextlib.suppress(PictureUnreadable, PictureTooLarge):
            assert reencoded(bytes(damaged[: dice.randint(1, len(damaged))])).small
