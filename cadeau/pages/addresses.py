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
    Address("keeping", "/studio/moderation", {"en": "Moderation of your rooms", "fr": "Modération de vos salons"}),
    Address("create", "/create", {"en": "Create", "fr": "Créer"}),
    Address("record", "/record", {"en": "Record a clip", "fr": "Filmer un clip"}),
    Address("upload", "/upload", {"en": "Upload", "fr": "Publier"}),
    Address("video", "/video/:id", {"en": "Video", "fr": "Vidéo"}),
    Address("search", "/search", {"en": "Search", "fr": "Rechercher"}),
    Address("tag", "/tag/:tag", {"en": "Hashtag", "fr": "Hashtag"}),
    Address("interests", "/interests", {"en": "Your interests", "fr": "Vos centres d’intérêt"}),
    Address("saved", "/saved", {"en": "Saved", "fr": "Enregistrées"}),
    Address("history", "/history", {"en": "Watch history", "fr": "Historique"}),
    Address("reactions", "/reactions", {"en": "Likes and comments", "fr": "J’aime et commentaires"}),
    Address("inbox", "/inbox", {"en": "Inbox", "fr": "Activité"}),
    Address("ads", "/ads/library", {"en": "Ad library", "fr": "Bibliothèque des publicités"}, indexed=True),
    Address("sound", "/sound/:id", {"en": "Sound", "fr": "Son"}),
    Address("wallet", "/wallet", {"en": "Wallet", "fr": "Portefeuille"}),
    Address("limits", "/wallet/limits", {"en": "Spending limits", "fr": "Limites de dépenses"}),
    Address("payouts", "/wallet/payouts", {"en": "Get paid", "fr": "Recevoir mes gains"}),
    Address("earnings", "/earnings", {"en": "Earnings", "fr": "Gains"}),
    Address("statement", "/earnings/statement", {"en": "Monthly statement", "fr": "Relevé mensuel"}),
    Address("fund", "/earnings/fund", {"en": "Creator fund", "fr": "Fonds des créateurs"}),
    Address("adminFund", "/admin/fund", {"en": "Creator fund", "fr": "Fonds des créateurs"}),
    Address("tax", "/wallet/tax", {"en": "Tax details", "fr": "Informations fiscales"}),
    Address("revenue", "/admin/revenue", {"en": "Revenue", "fr": "Recettes"}),
    Address("admin-tax", "/admin/tax", {"en": "Taxes", "fr": "Impôts"}),
    Address("admin-payouts", "/admin/payouts", {"en": "Payouts", "fr": "Versements"}),
    Address("purchases", "/wallet/purchases", {"en": "Purchases and returns", "fr": "Achats et retours"}),
    Address("receipt", "/wallet/receipts/:number", {"en": "Receipt", "fr": "Reçu"}),
    Address("vat", "/admin/vat", {"en": "VAT", "fr": "TVA"}),
    Address("settings", "/settings", {"en": "Settings", "fr": "Réglages"}),
    Address("analytics", "/analytics", {"en": "Analytics", "fr": "Statistiques"}),
    Address("analytics", "/analytics/:id", {"en": "Analytics", "fr": "Statistiques"}),
    Address("media", "/admin/media", {"en": "Streaming", "fr": "Diffusion"}),
    Address("moderation", "/admin/moderation", {"en": "Moderation", "fr": "Modération"}),
    Address("liveWall", "/admin/live-wall", {"en": "Live wall", "fr": "Mur des directs"}),
    Address("legalOrders", "/admin/orders", {"en": "Orders", "fr": "Injonctions"}),
    Address("machine", "/admin/machine", {"en": "Automated moderation", "fr": "Modération automatique"}),
    Address("privacy", "/privacy", {"en": "Privacy", "fr": "Confidentialité"}, indexed=True),
    Address("transparency", "/transparency", {"en": "Transparency", "fr": "Transparence"}, indexed=True),
    Address("legal", "/legal", {"en": "Legal", "fr": "Mentions légales"}, indexed=True),
    Address("notice", "/legal/notice", {"en": "Report illegal content", "fr": "Signaler un contenu illicite"}),
    Address("noticeReceipt", "/legal/receipt", {"en": "Your notice", "fr": "Votre notification"}),
    Address("privacyDesk", "/admin/privacy", {"en": "Privacy desk", "fr": "Bureau de la confidentialité"}),
    Address("decisions", "/decisions", {"en": "Decisions about you", "fr": "Décisions à votre sujet"}),
    Address("media", "/admin/signals", {"en": "Money signals", "fr": "Signaux financiers"}),
    Address("agreements", "/admin/agreements", {"en": "Rates and agencies", "fr": "Taux et agences"}),
    Address("allPurchases", "/admin/purchases", {"en": "Purchases and disputes", "fr": "Achats et litiges"}),
    Address("experiment", "/admin/feed", {"en": "Feed experiments", "fr": "Expériences du fil"}),
    Address("ads", "/ads", {"en": "Advertising", "fr": "Publicité"}),
    Address("adPapers", "/ads/papers", {"en": "Receipts and statements", "fr": "Reçus et relevés"}),
    Address("newCampaign", "/ads/new", {"en": "New campaign", "fr": "Nouvelle campagne"}),
    Address("consents", "/ads/consents", {"en": "Your videos as ads", "fr": "Vos vidéos en publicité"}),
    Address("newEffect", "/ads/effects/new", {"en": "New effect", "fr": "Nouvel effet"}),
    Address("sponsoredEffect", "/ads/effects/:id", {"en": "Sponsored effects", "fr": "Effets sponsorisés"}),
    Address("campaign", "/ads/campaigns/:id", {"en": "Campaign", "fr": "Campagne"}),
    Address("newChallenge", "/ads/challenges/new", {"en": "New challenge", "fr": "Nouveau défi"}),
    Address("ownChallenge", "/ads/challenges/:id", {"en": "Challenge", "fr": "Défi"}),
    Address("challenges", "/challenges", {"en": "Challenges", "fr": "Défis"}, indexed=True),
    Address("challenge", "/challenges/:id", {"en": "Challenge", "fr": "Défi"}),
    Address("adReview", "/admin/ads", {"en": "Ads", "fr": "Annonces"}),
    Address("product", "/product/:id", {"en": "Product", "fr": "Article"}),
    Address("cart", "/cart", {"en": "Cart", "fr": "Panier"}),
    Address("orders", "/orders", {"en": "Your orders", "fr": "Vos commandes"}),
    Address("selling", "/shop", {"en": "Your shop", "fr": "Votre boutique"}),
    Address("sold", "/shop/orders", {"en": "Orders", "fr": "Commandes"}),
    Address("coupons", "/shop/coupons", {"en": "Coupons", "fr": "Bons de réduction"}),
    Address("affiliates", "/shop/affiliates", {"en": "Creators who sell for you", "fr": "Vos créateurs"}),
    Address("affiliate", "/affiliate", {"en": "Commissions", "fr": "Commissions"}),
    Address("editProduct", "/shop/products/:id", {"en": "Edit product", "fr": "Modifier l’article"}),
    Address("sellers", "/admin/shop", {"en": "Sellers", "fr": "Vendeurs"}),
    Address("signin", "/signin", {"en": "Sign in", "fr": "Se connecter"}),
    Address("oidc", "/signin/oidc", {"en": "Almost there", "fr": "Encore un instant"}),
    Address("reset", "/reset", {"en": "New password", "fr": "Nouveau mot de passe"}),
    Address("mail", "/mail", {"en": "Confirm your address", "fr": "Confirmez votre adresse"}),
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
