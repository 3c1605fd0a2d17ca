"""The words that come with the server: few, and only such as are hardly ever meant well. Admins add their own.

Normalized (`normalize`), by the reason for which a moderator looks at them. A list never removes anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from trust.reports import Reason

WORDS: Mapping[Reason, tuple[str, ...]] = {
    "self_harm": ("kill yourself", "kys", "go hang yourself", "suicide toi", "va te pendre", "va te tuer"),
    "violence": (
        "i will kill you", "i know where you live", "i will find you", "je vais te tuer", "je sais ou tu habites",
        "je vais te retrouver",
    ),
    "harassment": (
        "you are worthless", "nobody likes you", "stupid bitch", "ugly bitch", "stupid whore", "fils de pute",
        "sale pute", "grosse pute", "ta gueule salope", "ferme ta gueule", "espece de merde", "nique ta mere",
    ),
    "hate": ("go back to your country", "retourne dans ton pays", "sale pede", "filthy fag", "sale race"),
    "scam": (
        "free coins at", "double your coins", "send me your password", "verify your account at",
        "whatsapp me to invest", "guaranteed profit", "pieces gratuites sur", "donne moi ton mot de passe",
        "double tes pieces",
        "gain garanti", "contacte moi sur whatsapp",
    ),
    "nudity": ("onlyfans leak", "nudes for coins", "nudes contre des pieces", "sexe contre argent"),
}  # fmt: skip
