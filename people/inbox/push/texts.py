"""The words of push notifications, in the languages of the client. The service worker only shows them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from people.inbox.reading import Group

PAYLOAD_TEXT_CHARS_MAX = 200


class Pushed(msgspec.Struct):
    """What the service worker gets. `tag`: a notification replaces the shown one with the same tag."""

    title: str
    body: str
    url: str
    tag: str
    picture: str | None
    at: int  # Unix ms


@dataclass(frozen=True, slots=True)
class _Words:
    """Functions of who, and of what a line needs beside."""

    others: Callable[[int], str]
    lines: Mapping[str, Callable[[str, bool, Group], str]]  # (who, several people, group)


def _number(amount: int, gap: str) -> str:
    return f"{amount:,}".replace(",", gap)


_PAYOUTS_EN = {
    "paid": "Your payout has been paid",
    "returned": "Your payout came back: the money is in your earnings again",
    "failed": "Your payout failed: the money is in your earnings again",
    "cancelled": "Your payout was cancelled: the money is in your earnings again",
    "destination": "Your bank details were changed. Was it you?",
}
_PAYOUTS_FR = {
    "paid": "Votre versement a été effectué",
    "returned": "Votre versement est revenu : la somme est de nouveau dans vos gains",
    "failed": "Votre versement a échoué : la somme est de nouveau dans vos gains",
    "cancelled": "Votre versement a été annulé : la somme est de nouveau dans vos gains",
    "destination": "Vos coordonnées bancaires ont changé. Est-ce bien vous ?",
}
_EN = _Words(
    others=lambda n: f" and {n} other" + ("s" if n > 1 else ""),
    lines={
        "follow": lambda who, _, __: f"{who} started following you",
        "like": lambda who, _, __: f"{who} liked your video",
        "comment": lambda who, _, __: f"{who} commented on your video",
        "mention": lambda who, _, __: f"{who} mentioned you",
        "live": lambda who, several, __: f"{who} {'are' if several else 'is'} live",
        "gift": lambda who, _, group: f"{who} sent you gifts worth {_number(group.amount, ',')} coins",
        "payout": lambda _, __, group: _PAYOUTS_EN.get(group.text, "Your payout has news"),
    },
)
_FR = _Words(
    others=lambda n: f" et {n} autre" + ("s" if n > 1 else ""),
    lines={
        "follow": lambda who, several, __: f"{who} {'se sont abonnés' if several else 's’est abonné'} à votre profil",
        "like": lambda who, several, __: f"{who} {'aiment' if several else 'aime'} votre vidéo",
        "comment": lambda who, several, __: f"{who} {'ont' if several else 'a'} commenté votre vidéo",
        "mention": lambda who, several, __: f"{who} vous {'ont' if several else 'a'} mentionné",
        "live": lambda who, several, __: f"{who} {'sont' if several else 'est'} en direct",
        "gift": lambda who, several, group: (
            f"{who} vous {'ont' if several else 'a'} offert des cadeaux d’une valeur de "
            f"{_number(group.amount, chr(0x202F))} pièces"
        ),
        "payout": lambda _, __, group: _PAYOUTS_FR.get(group.text, "Du nouveau pour votre versement"),
    },
)
_LANGUAGES = {"en": _EN, "fr": _FR}


def pushed(group: Group, language: str) -> Pushed:
    """A group of the inbox in the words of a push notification."""
    words = _LANGUAGES.get(language, _EN)
    who = _isolated(group.by[0].name or group.by[0].handle)
    if group.people > 1:
        who += words.others(group.people - 1)
    body = "" if group.kind == "payout" else group.text or (group.subject.title if group.subject else "")
    return Pushed(
        title=words.lines[group.kind](who, group.people > 1, group),
        body=body[:PAYLOAD_TEXT_CHARS_MAX],
        url=_url(group),
        tag=group.id,
        picture=group.subject.picture if group.subject else None,
        at=group.at,
    )


def _url(group: Group) -> str:
    """The page that a notification opens."""
    if group.kind == "payout":
        return "/wallet/payouts"
    if group.subject is None:
        return f"/@{group.by[0].handle}" if group.people == 1 else "/inbox"
    return f"/{group.subject.kind}/{group.subject.id}"


def _isolated(name: str) -> str:
    """A name written from right to left must not reorder the words around it."""
    foreign = any(unicodedata.bidirectional(char) in ("R", "AL") for char in name)
    return f"\u2068{name}\u2069" if foreign else name
