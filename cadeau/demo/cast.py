"""The made-up people of the demo, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "cadeau-demo"
GUEST = "guest"
HOST = "lumiere"
MARK = "Demo account."
"""Every bio ends with it, so that nobody takes a made-up person for a real one."""


@dataclass(frozen=True, slots=True)
class Made:
    """A made-up person."""

    handle: str
    name: str
    bio: str = ""

    @property
    def marked_bio(self) -> str:
        return f"{self.bio} {MARK}".strip()


CREATORS = (
    Made(HOST, "Lumière", "Light, colour and slow music, every evening."),
    Made("noe.draws", "Noé", "I draw what maths does when nobody looks."),
    Made("sofia", "Sofia", "Kitchen, garden, cat."),
    Made("theo.rides", "Théo", "Two wheels, any weather."),
    Made("amina", "Amina", "Physics teacher with a telescope."),
    Made("marin", "Marin", "La mer, rien que la mer. Brest."),
    Made("yuki", "Yuki 雪", "Loops and long nights. 日本語 / English / un peu français."),
    Made("city.lena", "Lena", "Villes la nuit. Berlin, Lyon, bientôt Lisbonne."),
    Made("diego", "Diego", "Retro screens, fast roads, strong coffee."),
    Made("atelier.b", "Atelier B", "Petit studio, grandes idées. Sérigraphie et néons."),
)
GUEST_MADE = Made(GUEST, "Guest", "You, if you like: the password is on the terminal.")
FANS = (
    Made("camille.v", "Camille"), Made("jonas", "Jonas"), Made("ines.b", "Inès"), Made("oliver_k", "Oliver"),
    Made("maelle", "Maëlle"), Made("ravi", "Ravi"), Made("hugo.l", "Hugo"), Made("nour", "Nour نور"),
    Made("emma.w", "Emma"), Made("paulo", "Paulo"), Made("lucie.m", "Lucie"), Made("tomasz", "Tomasz"),
)  # fmt: skip
CAST = (*CREATORS, GUEST_MADE)

LINES = (
    "Hello everybody!", "Bonsoir de Lyon", "This is so calming", "The colours tonight, wow", "What is this music?",
    "J'adore cette lumière", "First time here, staying", "My cat is watching too", "Encore !", "Greetings from Lisbon",
    "How do you make these?", "Trop beau", "Good evening from the night shift", "I could look at this for hours",
)  # fmt: skip
PRESENTS = (
    ("rose", 1), ("rose", 3), ("rose", 5), ("heart", 1), ("heart", 2), ("coffee", 1), ("cake", 1), ("bouquet", 1),
)  # fmt: skip
COMMENTS = (
    "I watched this four times", "Magnifique !", "The ending 👏", "Comment tu fais ça ?", "Sound on, trust me",
    "C’est hypnotisant", "Need this as a wallpaper", "Trop court, on en veut plus", "My kid asked to see it again",
    "Les couleurs 😍", "Okay this is art", "Ça m’a détendue d’un coup", "Who made the music?", "Bravo l’artiste",
    "Saving this for tonight", "Je partage à ma sœur", "How is this only maths?!", "Encore une, s’il te plaît",
    "Best thing in my feed today", "On dirait un rêve",
)  # fmt: skip
