"""What is kept about people: each table and each other place says so, beside its definition."""

from core.privacy.declaration import Basis, Declaration, Erase, declare, declared, impersonal, undeclared
from core.privacy.hooks import Hold, Hooks, Media, NotYet
from core.privacy.owner import owned_by
from core.privacy.places import PLACES, Place

__all__ = [
    "PLACES",
    "Basis",
    "Declaration",
    "Erase",
    "Hold",
    "Hooks",
    "Media",
    "NotYet",
    "Place",
    "declare",
    "declared",
    "impersonal",
    "owned_by",
    "undeclared",
]
