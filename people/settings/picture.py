"""Re-encodes a picture that somebody sent: what is served has been made here, and holds nothing but pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from people.errors import PictureTooLarge, PictureUnreadable
from people.settings.avatar_urls import LARGE_PX, SMALL_PX

PICTURE_BYTES_MAX = 4 * 1024 * 1024
SIDE_PX_MAX = 4_096  # 64 MiB of pixels in memory; the client sends a square of 1,024
JPEG_SCANS_MAX = 100  # a progressive file can ask for 100,000 passes over all pixels; honest ones have about ten
FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp")
WEBP_QUALITY = 84
DIGEST_CHARS = 32

_START_OF_SCAN = b"\xff\xda"  # in compressed data 0xff is followed by 0x00, so this is a marker


@dataclass(frozen=True, slots=True)
class Picture:
    """WebP files of both sizes, square. `digest` is that of their bytes."""

    digest: str
    small: bytes
    large: bytes


def decoded(content: bytes, read: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """What `read` makes of a picture that a stranger sent, and nothing else of it: no metadata, and no file that costs
    more to decode than it seems. Takes up to a second of CPU. Raises PictureTooLarge, PictureUnreadable."""
    if content.startswith(b"\xff\xd8") and content.count(_START_OF_SCAN) > JPEG_SCANS_MAX:
        raise PictureUnreadable
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            if max(image.size) > SIDE_PX_MAX:  # the header alone has been read
                raise PictureTooLarge(f"A picture may have at most {SIDE_PX_MAX} pixels a side.")
            made = read(image)
    except PictureTooLarge:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLarge from None
    except MemoryError:
        raise
    except Exception:  # decoders raise whatever a damaged file makes them trip over
        raise PictureUnreadable from None
    return Image.frombytes(made.mode, made.size, made.tobytes())  # without what Pillow carries along


def reencoded(content: bytes) -> Picture:
    """The middle square of a picture, upright, of an animation the first frame. Takes up to a second of CPU.

    Raises PictureTooLarge, PictureUnreadable.
    """
    square = decoded(content, _square)
    large, small = _webp(square), _webp(square.resize((SMALL_PX, SMALL_PX), Image.Resampling.LANCZOS))
    return Picture(hashlib.sha256(large + small).hexdigest()[:DIGEST_CHARS], small, large)


def _square(image: Image.Image) -> Image.Image:
    image.draft("RGB", (LARGE_PX, LARGE_PX))  # JPEG: decode no more pixels than are needed
    upright = ImageOps.exif_transpose(image)
    plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    return ImageOps.fit(plain, (LARGE_PX, LARGE_PX), Image.Resampling.LANCZOS)


def _webp(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "WEBP", quality=WEBP_QUALITY)
    return file.getvalue()
