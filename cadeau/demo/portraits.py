"""The avatars of the demo's people: a flower of a few colours, drawn from the handle. Another handle is another one."""

from __future__ import annotations

import random
from io import BytesIO

import numpy as np
from PIL import Image

from cadeau.app import Cadeau
from cadeau.demo.canvas import TURN, palette, polar
from core.identity import Person
from people.settings.picture import reencoded

SIDE_PX = 512
COLOURS = (
    ("#2b1055", "#7597de", "#ffd6a5", "#ff4d6d"), ("#0b3d3a", "#3fb68b", "#f4f1bb", "#ed6a5a"),
    ("#10254c", "#4d8fd6", "#fff1d0", "#ffc247"), ("#3a0f2b", "#c2376b", "#ffd1dc", "#8b7bff"),
    ("#1d2b1f", "#6a994e", "#f2e8cf", "#bc4749"), ("#20123a", "#8b7bff", "#c8f4f9", "#ff8fa3"),
)  # fmt: skip


def portrait(handle: str) -> bytes:
    """A square PNG. The same handle always has the same."""
    chance = random.Random(handle)
    colours = list(chance.choice(COLOURS))
    chance.shuffle(colours)
    distance, angle = polar(SIDE_PX, SIDE_PX)
    petals, depth = chance.randint(3, 9), chance.uniform(0.08, 0.22)
    wave = distance * chance.uniform(0.6, 1.3) + depth * np.cos(petals * TURN * angle) * np.minimum(distance * 3, 1)
    pixels = palette(*colours, cyclic=True)[(wave % 1 * 255).astype(np.uint8)]
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def give_portrait(cadeau: Cadeau, person: Person) -> None:
    """As if they had uploaded it. Blocks for a tenth of a second."""
    picture, avatars = reencoded(portrait(person.handle)), cadeau.people.avatars
    avatars.announce(person.id, picture.digest)
    avatars.store(person.id, picture)
    avatars.choose(person.id, picture.digest)
