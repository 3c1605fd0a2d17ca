"""Where the two sizes of an avatar are: keys in the storage, and addresses for browsers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec import UNSET, UnsetType

SMALL_PX = 128
LARGE_PX = 512


def avatar_key(person: str, digest: str, px: int) -> str:
    """The person is part of it, so that no file is shared: whoever deletes a picture deletes nobody else's."""
    return f"avatars/{person}/{digest}-{px}.webp"


@dataclass(frozen=True, slots=True)
class AvatarUrls:
    """`url` makes an address of a key. `digest`: None where there is no avatar."""

    url: Callable[[str], str] = "/media/{}".format

    def small(self, person: str, digest: str | None) -> str | UnsetType:
        return self.url(avatar_key(person, digest, SMALL_PX)) if digest else UNSET

    def large(self, person: str, digest: str | None) -> str | UnsetType:
        return self.url(avatar_key(person, digest, LARGE_PX)) if digest else UNSET
