"""The addresses of the web client (static/src/routes.ts), and which of the server's it must not answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "fr"]
SERVER_PREFIXES = ("api", "live", "chat", "media", "docs")
LANGUAGE_FIELDS_MAX = 20


@dataclass(frozen=True, slots=True)
class Address:
    """`titles` are for pages that show no single video, room or person. Pages for oneself are not indexed."""

    page: str
    path: str
    titles: dict[Language, str]
    indexed: bool = False

    def match(self, path: str) -> re.Match[str] | None:
        return re.fullmatch(re.sub(r":(\w+)", r"(?P<\1>[^/]+)", self.path.rstrip("/")) + "/?", path)


ADDRESSES = (
    Address("feed", "/", {"en": "Cadeau", "fr": "Cadeau"}, indexed=True),
    Address("rooms", "/rooms", {"en": "Live now", "fr": "En direct"}, indexed=True),
    Address("rooms", "/live", {"en": "Live now", "fr": "En direct"}),
    Address("room", "/room/:id", {"en": "Live", "fr": "En direct"}),
    Address("studio", "/studio", {"en": "Studio", "fr": "Studio"}),
    Address("create", "/create", {"en": "Create", "fr": "Créer"}),
    Address("upload", "/upload", {"en": "Upload", "fr": "Publier"}),
    Address("video", "/video/:id", {"en": "Video", "fr": "Vidéo"}),
    Address("search", "/search", {"en": "Search", "fr": "Rechercher"}),
    Address("tag", "/tag/:tag", {"en": "Hashtag", "fr": "Hashtag"}),
    Address("interests", "/interests", {"en": "Your interests", "fr": "Vos centres d’intérêt"}),
    Address("saved", "/saved", {"en": "Saved", "fr": "Enregistrées"}),
    Address("history", "/history", {"en": "Watch history", "fr": "Historique"}),
    Address("inbox", "/inbox", {"en": "Inbox", "fr": "Activité"}),
    Address("sound", "/sound/:id", {"en": "Sound", "fr": "Son"}),
    Address("wallet", "/wallet", {"en": "Wallet", "fr": "Portefeuille"}),
    Address("limits", "/wallet/limits", {"en": "Spending limits", "fr": "Limites de dépenses"}),
    Address("payouts", "/wallet/payouts", {"en": "Get paid", "fr": "Recevoir mes gains"}),
    Address("earnings", "/earnings", {"en": "Earnings", "fr": "Gains"}),
    Address("admin-payouts", "/admin/payouts", {"en": "Payouts", "fr": "Versements"}),
    Address("purchases", "/wallet/purchases", {"en": "Purchases and returns", "fr": "Achats et retours"}),
    Address("settings", "/settings", {"en": "Settings", "fr": "Réglages"}),
    Address("analytics", "/analytics", {"en": "Analytics", "fr": "Statistiques"}),
    Address("analytics", "/analytics/:id", {"en": "Analytics", "fr": "Statistiques"}),
    Address("media", "/admin/media", {"en": "Streaming", "fr": "Diffusion"}),
    Address("media", "/admin/signals", {"en": "Money signals", "fr": "Signaux financiers"}),
    Address("allPurchases", "/admin/purchases", {"en": "Purchases and disputes", "fr": "Achats et litiges"}),
    Address("experiment", "/admin/feed", {"en": "Feed experiments", "fr": "Expériences du fil"}),
    Address("signin", "/signin", {"en": "Sign in", "fr": "Se connecter"}),
    Address("join", "/join", {"en": "Sign up", "fr": "S’inscrire"}),
    Address("profile", "/@:handle", {"en": "Profile", "fr": "Profil"}),
)
MISSING: dict[Language, str] = {"en": "Page not found", "fr": "Page introuvable"}
SLOGAN: dict[Language, str] = {
    "en": "Short videos, live streams and gifts in real time.",
    "fr": "Vidéos courtes, directs et cadeaux en temps réel.",
}


def find_address(path: str) -> tuple[Address, dict[str, str]] | None:
    """The client's page at a path, with the path's parameters."""
    for address in ADDRESSES:
        if found := address.match(path):
            return address, found.groupdict()
    return None


def is_servers(path: str) -> bool:
    """Whether a path belongs to the server's interfaces, so that what is missing there is a problem document."""
    return path[1:].partition("/")[0] in SERVER_PREFIXES and find_address(path) is None


def choose_language(accept: str) -> Language:
    """The first of our languages in an Accept-Language field, as the client itself chooses."""
    for tag in accept.lower().split(",")[:LANGUAGE_FIELDS_MAX]:
        if (code := tag.strip()[:2]) in ("en", "fr"):
            return code  # type: ignore[return-value]
    return "en"
