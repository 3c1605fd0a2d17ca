"""The data file of an effect is data: every field known, every number in its range, no address, no code."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.errors import Refusal
from people.errors import PictureTooLarge, PictureUnreadable
from tests.vod.ads.effects.conftest import LOGO, png
from vod.ads.effects.look import Look, check_look, effect_file
from vod.ads.effects.pictures import DRAWN_PX_MAX, drawn
from vod.errors import InvalidEffect


@pytest.mark.parametrize(
    "look",
    [
        {"script": "alert(1)"},
        {"colour": {"brightness": 1.01}},
        {"colour": {"hue": 181}},
        {"colour": {"tint": {"colour": "red", "share": 0.5}}},
        {"colour": {"tint": {"colour": "#ffffff\n", "share": 0.5}}},
        {"colour": {"vignette": -0.1}},
        {"frame": {"colour": "#ff0000", "width": 0.5, "inset": 0, "radius": 0}},
        {"frame": {"colour": "url(https://x.example/)", "width": 0.1, "inset": 0, "radius": 0}},
        {"logo": {"width": 0.3, "picture": "https://x.example/"}},
        {"logo": {"width": 0.3, "rain": {"count": 41, "seconds": 5}}},
        {"logo": {"width": 0.3, "rain": {"count": 1.5, "seconds": 5}}},
        {"logo": {"width": 0.3, "face": {"at": "__proto__"}}},
        {"logo": {"width": 9, "place": {"x": 0, "y": 0}}},
        {"logo": {"width": 0.3, "place": {"x": 2, "y": 0}}},
        {"shapes": [{"path": "M0 0"}]},
    ],
)
def test_what_is_not_in_the_schema_is_refused(look: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(look), type=Look)


@pytest.mark.parametrize(
    ("template", "look", "pictured"),
    [
        ("sticker", {}, False),
        ("sticker", LOGO, False),
        ("frame", LOGO, True),
        ("colour", {"colour": {"brightness": 0}}, False),
        ("face", LOGO, True),
        ("sticker", {"logo": {"width": 0.3, "face": {"at": "nose"}}}, True),
        ("sticker", {"logo": {"width": 0.3}}, True),
        ("sticker", {"logo": {"width": 0.3, "place": {"x": 0, "y": 0}, "rain": {"count": 2, "seconds": 5}}}, True),
        ("frame", {"frame": {"colour": "#ff0000", "width": 0.1, "inset": 0, "radius": 0}}, True),
    ],
)
def test_a_look_keeps_what_its_template_promises(template: Any, look: dict[str, Any], pictured: bool) -> None:
    with pytest.raises(InvalidEffect):
        check_look(template, msgspec.convert(look, Look), pictured=pictured)


def test_the_renderers_file_has_the_picture_and_only_what_differs() -> None:
    look = msgspec.convert({"colour": {"warmth": 0.5}, "logo": {"width": 0.5, "place": {"x": 0.5, "y": 0.2}}}, Look)
    file = msgspec.to_builtins(effect_file("id", "Bread", look, ("/api/effects/pictures/d", 60, 40)))
    assert file == {
        "id": "id", "name": {"en": "Bread", "fr": "Bread"}, "colour": {"warmth": 0.5},
        "stickers": [
            {"view": (60, 40), "picture": "/api/effects/pictures/d", "width": 0.5, "place": {"x": 0.5, "y": 0.2}}
        ],
    }  # fmt: skip


def test_pictures_are_made_again_small_and_see_through() -> None:
    made = drawn(png(1200, 600))
    assert (made.width, made.height) == (DRAWN_PX_MAX, DRAWN_PX_MAX // 2)
    assert made.body.startswith(b"RIFF")
    assert drawn(png(1200, 600)) == made


@pytest.mark.parametrize("content", [b"", b"<svg onload='alert(1)'/>", b"GIF89a" + bytes(50), png()[:60]])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        drawn(content)


def test_a_picture_of_too_many_pixels_is_refused_by_its_header() -> None:
    refusal: type[Refusal] = PictureTooLarge
    with pytest.raises(refusal):
        drawn(png(5_000, 1))
