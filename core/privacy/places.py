"""The places beside the tables: prefixes of the storage, files, Redis, logs. What is not listed must not exist."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`prefix`: of keys in the storage or of topics in Redis, or a path below the data folder. `erased`: how what is in
    it about somebody goes. `days`: after which it goes in any case; None: with what it belongs to."""

    kind: str  # storage, files, redis, memory, log
    prefix: str
    english: str
    french: str
    erased: str
    days: int | None = None
    private: bool = False  # of the storage: never served below /media


PLACES: tuple[Place, ...] = (
    Place("storage", "videos/", "Your videos, their posters and previews.",
          "Vos vidéos, leurs affiches et leurs aperçus.", "with the videos, unless another video has the same file"),
    Place("storage", "sounds/", "The sounds of your videos.", "Les sons de vos vidéos.",
          "with the last video that has them"),
    Place("storage", "avatars/", "Your pictures.", "Vos photos de profil.", "at once"),
    Place("storage", "products/", "Pictures of what you sell.", "Les photos de ce que vous vendez.", "at once"),
    Place("storage", "exports/", "Copies of your data that you asked for.",
          "Les copies de vos données que vous avez demandées.", "at once", 7, private=True),
    Place("storage", "erasures/", "Which accounts were erased, as digests, so that a backup does not revive them.",
          "Quels comptes ont été effacés, sous forme d’empreintes, pour qu’une sauvegarde ne les ravive pas.",
          "never: it names nobody", private=True),
    Place("files", "uploads/", "Uploads that are not finished, or not processed.",
          "Les envois inachevés ou pas encore traités.", "at once on the node that erases, elsewhere after an hour", 1),
    Place("files", "scratch/", "Videos while they are processed.", "Les vidéos pendant leur traitement.",
          "when the job ends", 1),
    Place("files", "exports/", "Copies of your data while they are made.",
          "Les copies de vos données pendant leur préparation.", "when the job ends", 1),
    Place("redis", "room presence and announcements", "Who is connected to which room, for minutes.",
          "Qui est connecté à quel salon, pendant quelques minutes.", "expires by itself"),
    Place("memory", "recommender", "What the feed has learned about you.", "Ce que le fil a appris sur vous.",
          "at once on this node, within a minute on the others; snapshots are replaced"),
    Place("log", "standard output", "Errors, and security events with your id.",
          "Les erreurs, et les événements de sécurité avec votre identifiant.",
          "by whoever runs the server: docs/privacy.md", 30),
)  # fmt: skip


def is_private(key: str) -> bool:
    """Whether a stored object is handed out by its own operation only, never below /media."""
    return any(place.private and key.startswith(place.prefix) for place in PLACES if place.kind == "storage")
