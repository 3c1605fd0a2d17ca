"""The sentences that tell why something is shown, in the languages this server writes. Names are set in quotes, which
keep a name in another script from reordering the sentence."""

from __future__ import annotations

from collections.abc import Mapping

from core.text.languages import Language

Texts = Mapping[str, str]

TEXTS: Mapping[Language, Texts] = {
    "en": {
        "followed": "You follow {creator}.",
        "followed_": "You follow the person who made it.",
        "like_others": "People who liked a video by {creator} that you liked also liked this one.",
        "like_others_": "People who like the same videos as you liked this one.",
        "hashtag": "You often watch videos with {hashtag}.",
        "hashtag_": "You often watch videos with its hashtags.",
        "creator": "You often watch videos by {creator}.",
        "creator_": "You often watch this person’s videos.",
        "sound": "You often watch videos with this sound.",
        "fresh": "It is new and looks for its first viewers.",
        "trending": "Many people are watching it right now.",
        "live": "It is live now.",
        "language": "It is in a language that you read.",
        "sponsored": "Somebody paid for it to be shown.",
        "chronological": "It is next in order of time. Nothing about you was used.",
    },
    "fr": {
        "followed": "Vous êtes abonné(e) à {creator}.",
        "followed_": "Vous êtes abonné(e) à la personne qui l’a publiée.",
        "like_others": "Des personnes qui ont aimé une vidéo de {creator} que vous avez aimée ont aussi aimé celle-ci.",
        "like_others_": "Des personnes qui aiment les mêmes vidéos que vous ont aimé celle-ci.",
        "hashtag": "Vous regardez souvent des vidéos avec {hashtag}.",
        "hashtag_": "Vous regardez souvent des vidéos avec ses hashtags.",
        "creator": "Vous regardez souvent les vidéos de {creator}.",
        "creator_": "Vous regardez souvent les vidéos de cette personne.",
        "sound": "Vous regardez souvent des vidéos avec ce son.",
        "fresh": "Elle est nouvelle et cherche son premier public.",
        "trending": "Beaucoup de personnes la regardent en ce moment.",
        "live": "C’est en direct maintenant.",
        "language": "Elle est dans une langue que vous lisez.",
        "sponsored": "Quelqu’un a payé pour qu’elle soit montrée.",
        "chronological": "C’est la suivante dans l’ordre du temps. Rien sur vous n’a été utilisé.",
    },
}
ISOLATE, END_ISOLATE = "\u2068", "\u2069"  # UAX 9: a name's direction is its own


def sentence(language: Language, code: str, **names: str) -> str:
    """`names`: what the sentence may name. Without the one it needs, it says less."""
    texts = TEXTS[language]
    text = texts.get(code, texts["chronological"])
    try:
        return text.format(**{name: f"{ISOLATE}{value}{END_ISOLATE}" for name, value in names.items()})
    except KeyError:
        return texts[f"{code}_"]
