"""What an effect does to a picture: data only, of the client's renderer (static/src/effects/effect.ts).

An advertiser sends a `Look`, which is refused unless every field is known and in its range; viewers get an
`EffectFile`, which is made of it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from vod.errors import InvalidEffect

Template = Literal["sticker", "frame", "colour", "face"]
TEMPLATES: tuple[Template, ...] = get_args(Template)
COPIES_MAX = 40

_Share = Annotated[float, Meta(ge=0, le=1)]
_Signed = Annotated[float, Meta(ge=-1, le=1)]
_Degrees = Annotated[float, Meta(ge=-180, le=180)]
_Code = Annotated[str, Meta(pattern=r"\A#[0-9a-f]{6}\Z")]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """Says nothing of what is as it was."""


class Tint(_Part, frozen=True):
    colour: _Code
    share: _Share


class Colour(_Part, frozen=True):
    """-1 to 1, and 0 for as it is; `hue` in degrees; `vignette`, `grain` and `soften` 0 to 1."""

    brightness: _Signed = 0
    contrast: _Signed = 0
    saturation: _Signed = 0
    warmth: _Signed = 0
    hue: _Degrees = 0
    tint: Tint | None = None
    vignette: _Share = 0
    grain: _Share = 0
    soften: _Share = 0


class Frame(_Part, frozen=True):
    """A line around the picture. Lengths are shares of its shorter side."""

    colour: _Code
    width: Annotated[float, Meta(gt=0, le=0.2)]
    inset: Annotated[float, Meta(ge=0, le=0.3)]
    radius: Annotated[float, Meta(ge=0, le=0.5)]


class Spot(_Part, frozen=True):
    """Its middle, as shares of the picture's width and height from the top left, and how it moves there."""

    x: _Share
    y: _Share
    turn: _Degrees = 0
    sway_degrees: Annotated[float, Meta(ge=0, le=45)] = 0
    sway_seconds: Annotated[float, Meta(ge=1, le=60)] = 4


class Rain(_Part, frozen=True):
    """How many copies fall, and how long one takes from the top to the bottom."""

    count: Annotated[int, Meta(ge=1, le=COPIES_MAX)]
    seconds: Annotated[float, Meta(ge=1, le=60)]


class Worn(_Part, frozen=True):
    """Its middle, moved by so many widths of the face to the right and down."""

    at: Literal["forehead", "eyes", "nose", "mouth"]
    x: Annotated[float, Meta(ge=-3, le=3)] = 0
    y: Annotated[float, Meta(ge=-3, le=3)] = 0


class Logo(_Part, frozen=True):
    """Where the advertiser's picture is: in one place, falling, or on a face. `width`: a share of the picture's shorter
    side; on a face, of the face's width."""

    width: Annotated[float, Meta(ge=0.02, le=2)]
    place: Spot | None = None
    rain: Rain | None = None
    face: Worn | None = None


class Look(_Part, frozen=True):
    colour: Colour | None = None
    frame: Frame | None = None
    logo: Logo | None = None


class Drawn(_Part, frozen=True):
    """A sticker of an effect. `view`: width and height of the picture at the address `picture`."""

    view: tuple[int, int]
    picture: str
    width: float
    place: Spot | None = None
    rain: Rain | None = None
    face: Worn | None = None


class EffectFile(_Part, frozen=True):
    """An effect as the renderer reads it."""

    id: str
    name: Mapping[str, str]
    colour: Colour | None = None
    frame: Frame | None = None
    stickers: list[Drawn] = []


def check_look(template: Template, look: Look, *, pictured: bool) -> None:
    """Whether the look is what its template promises. Raises InvalidEffect."""
    logo = look.logo
    if logo is not None and sum(one is not None for one in (logo.place, logo.rain, logo.face)) != 1:
        raise InvalidEffect("A picture is in one place, falls, or is worn on the face.")
    if (logo is not None) != pictured:
        raise InvalidEffect("A picture needs a place, and a place a picture.")
    wanted: Mapping[Template, tuple[object, str]] = {
        "sticker": (logo is not None and logo.face is None, "A sticker is a picture on the screen."),
        "face": (logo is not None and logo.face is not None, "A mask is a picture on the face."),
        "frame": (look.frame, "A frame needs a line."),
        "colour": (look.colour is not None and look.colour != Colour(), "A colour effect changes a colour."),
    }
    there, why = wanted[template]
    if not there:
        raise InvalidEffect(why)


def effect_file(id: str, name: str, look: Look, picture: tuple[str, int, int] | None) -> EffectFile:
    """`picture`: its address, width and height."""
    stickers = []
    if look.logo is not None and picture is not None:
        address, width, height = picture
        logo = look.logo
        stickers = [Drawn((width, height), address, logo.width, logo.place, logo.rain, logo.face)]
    return EffectFile(id, {"en": name, "fr": name}, look.colour, look.frame, stickers)
