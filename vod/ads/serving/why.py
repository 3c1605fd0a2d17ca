"""Why an ad was shown, from the reasons that were stored with it: who paid, and what made it eligible there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from core.text.languages import Language
from vod.ads.serving.signing import Signatures
from vod.ads.tables import ad_library, ad_serves
from vod.feed.viewer import PSEUDONYM_PREFIX, Viewer

ISOLATE, END_ISOLATE = "\u2068", "\u2069"  # UAX 9: a name's direction is its own

_TEXTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "paid": "{payer} paid for it to be shown.",
        "for": "{payer} paid for {sponsor} to be shown.",
        "beside": "It is shown beside videos with {values}.",
        "sound": "It is shown beside videos with a certain sound.",
        "language": "It is shown to browsers in certain languages.",
        "device": "It is shown on this class of device.",
        "country": "It is shown in your country.",
        "hour": "It is shown at this time of day.",
        "anywhere": "It may be shown to anybody, anywhere in the feed.",
        "live": "It stands between live rooms.",
        "rooms": "It is shown beside live rooms with {values}.",
        "promoted": "The person whose video it is has agreed to it, and gets a share of what is paid.",
        "opening": "It has booked this day, for everybody who opens the feed, once.",
        "nothing": "Nothing about you was used.",
    },
    "fr": {
        "paid": "{payer} a payé pour cette publicité.",
        "for": "{payer} a payé pour que {sponsor} soit montré.",
        "beside": "Elle est montrée à côté de vidéos avec {values}.",
        "sound": "Elle est montrée à côté de vidéos avec un certain son.",
        "language": "Elle est montrée aux navigateurs dans certaines langues.",
        "device": "Elle est montrée sur ce type d’appareil.",
        "country": "Elle est montrée dans votre pays.",
        "hour": "Elle est montrée à cette heure de la journée.",
        "anywhere": "Elle peut être montrée à tout le monde, partout dans le fil.",
        "live": "Elle se trouve entre des directs.",
        "rooms": "Elle est montrée à côté de directs avec {values}.",
        "promoted": "La personne dont c’est la vidéo a donné son accord et reçoit une part de ce qui est payé.",
        "opening": "Elle a réservé cette journée, pour toutes les personnes qui ouvrent le fil, une fois.",
        "nothing": "Rien sur vous n’a été utilisé.",
    },
}


Explain = Callable[[Connection, str, Viewer, Language], tuple[dict[str, str | float], str] | None]
"""(connection, impression, viewer, language) -> details and text; None if the viewer was not shown this ad."""


class AdReasons:
    def __init__(self, signatures: Signatures) -> None:
        self._signatures = signatures

    def explain(
        self, connection: Connection, impression: str, viewer: Viewer, language: Language
    ) -> tuple[dict[str, str | float], str] | None:
        """Details and text; None for what is no impression of an ad of theirs. An impression is signed, so whoever has
        a visitor's is that visitor; a person's explains itself to that person only."""
        serve = self._signatures.serve(impression)
        if serve is None:
            return None
        query = select(ad_serves, ad_library.c.sponsor, ad_library.c.paid_by)
        query = query.join_from(ad_serves, ad_library, ad_serves.c.creative == ad_library.c.creative, isouter=True)
        row = connection.execute(query.where(ad_serves.c.id == serve)).first()
        if row is None or not is_theirs(str(row.viewer), viewer.who.id if viewer.who else None):
            return None
        return _explained(row, language)


def is_theirs(shown_to: str, person: str | None) -> bool:
    """Whether a serve to `shown_to` may be spoken of by whoever holds its impression."""
    return shown_to.startswith(PSEUDONYM_PREFIX) or shown_to == person


def _explained(row: Row[Any], language: Language) -> tuple[dict[str, str | float], str]:
    reasons: dict[str, Any] = msgspec.json.decode(row.reasons)
    texts, details = _TEXTS[language], dict[str, str | float]()
    sponsor, payer = row.sponsor or "", row.paid_by or row.sponsor or ""
    if payer:
        details |= {"sponsor": sponsor, "paid_by": payer}
    sentences = [texts["paid" if sponsor == payer else "for"].format(payer=_name(payer), sponsor=_name(sponsor))]
    for kind, value in reasons.items():
        details[kind] = ", ".join(value) if isinstance(value, list) else str(value)
        if kind == "hashtag":
            sentences.append(
                texts["rooms" if "live" in reasons else "beside"].format(
                    values=", ".join(_name(f"#{tag}") for tag in value)
                )
            )
        elif kind in texts:
            sentences.append(texts[kind])
    sentences += [] if reasons.keys() - {"promoted"} else [texts["anywhere"]]
    return details, " ".join([*sentences, texts["nothing"]])


def _name(name: str) -> str:
    return f"{ISOLATE}{name}{END_ISOLATE}"
