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
    "copy": "A video of yours looks like an earlier one: it does not count in the creator fund",
    "original": "Your video was looked at: it is your own, and counts in the creator fund",
    "copy_stands": "Your video was looked at: it looks like an earlier one, and does not count",
    "fund": "The creator fund paid you",
    "paid": "Your payout has been paid",
    "returned": "Your payout came back: the money is in your earnings again",
    "returned_part": "A part of your payout came back: the money is in your earnings again",
    "failed": "Your payout failed: the money is in your earnings again",
    "cancelled": "Your payout was cancelled: the money is in your earnings again",
    "destination": "Your bank details were changed. Was it you?",
}
_PAYOUTS_FR = {
    "copy": "Une de vos vidéos ressemble à une plus ancienne\u00a0: elle ne compte pas pour le fonds",
    "original": "Votre vidéo a été examinée\u00a0: elle est de vous, et compte pour le fonds",
    "copy_stands": "Votre vidéo a été examinée\u00a0: elle ressemble à une plus ancienne, et ne compte pas",
    "fund": "Le fonds des créateurs vous a versé des pièces",
    "paid": "Votre versement a été effectué",
    "returned": "Votre versement est revenu : la somme est de nouveau dans vos gains",
    "returned_part": "Une partie de votre versement est revenue : la somme est de nouveau dans vos gains",
    "failed": "Votre versement a échoué : la somme est de nouveau dans vos gains",
    "cancelled": "Votre versement a été annulé : la somme est de nouveau dans vos gains",
    "destination": "Vos coordonnées bancaires ont changé. Est-ce bien vous ?",
}
_ORDERS_EN = {
    "received": "An authority has sent an order: the clock is running",
    "soon": "Little time is left to carry out an order",
    "late": "An order of an authority is late",
}
_ORDERS_FR = {
    "received": "Une autorité a envoyé une injonction\u00a0: le délai court",
    "soon": "Il reste peu de temps pour exécuter une injonction",
    "late": "Une injonction n’a pas été exécutée à temps",
}
_AGREEMENTS_EN = {
    "proposed": "An agency was proposed to you",
    "accepted": "A creator accepted you as their agency",
    "refused": "A creator refused you as their agency",
    "left": "A creator leaves your agency",
    "rate": "Your share of gifts changes",
    "ended": "An agreement about gifts ends",
}
_AGREEMENTS_FR = {
    "proposed": "Une agence vous est proposée",
    "accepted": "Un créateur vous a accepté comme agence",
    "refused": "Un créateur vous a refusé comme agence",
    "left": "Un créateur quitte votre agence",
    "rate": "Votre part des cadeaux change",
    "ended": "Un accord sur les cadeaux prend fin",
}
_DECISIONS_EN = {
    "made": "A moderator has decided about something of yours",
    "upheld": "Your appeal was looked at: the decision stands",
    "reversed": "Your appeal was right: the decision is undone",
}
_DECISIONS_FR = {
    "made": "Un modérateur a pris une décision qui vous concerne",
    "upheld": "Votre recours a été examiné : la décision est maintenue",
    "reversed": "Votre recours est fondé : la décision est annulée",
}
_REPORTS_EN = {
    "upheld": "Your report was right: we have acted on it",
    "rejected": "We looked at your report and found nothing against the rules",
}
_REPORTS_FR = {
    "upheld": "Votre signalement était fondé : nous avons agi",
    "rejected": "Nous avons examiné votre signalement, sans constater d’infraction",
}
_ADS_EN = {
    "approved": "Your ad was approved",
    "rejected": "Your ad was rejected",
    "again": "Your ad is being reviewed again: its landing page has changed",
    "verified": "Your name as an advertiser was verified",
    "name_rejected": "Your name as an advertiser was rejected",
    "invited": "An advertiser asks you to act for it",
}
_ADS_FR = {
    "approved": "Votre publicité a été acceptée",
    "rejected": "Votre publicité a été refusée",
    "again": "Votre publicité est de nouveau en vérification\u00a0: sa page de destination a changé",
    "verified": "Votre nom d’annonceur a été vérifié",
    "name_rejected": "Votre nom d’annonceur a été refusé",
    "invited": "Un annonceur vous demande d’agir pour lui",
}
_CHALLENGES_EN = {
    "approved": "Your challenge was approved",
    "rejected": "Your challenge was rejected: see why",
    "judge": "Your challenge is over: choose who wins",
    "won": "You have won a challenge!",
    "paid": "Your prize is in your earnings",
    "decided": "A challenge that you took part in has a winner",
}
_CHALLENGES_FR = {
    "approved": "Votre défi a été accepté",
    "rejected": "Votre défi a été refusé\u00a0: voyez pourquoi",
    "judge": "Votre défi est terminé\u00a0: choisissez qui gagne",
    "won": "Vous avez gagné un défi\u00a0!",
    "paid": "Votre prix est dans vos gains",
    "decided": "Un défi auquel vous avez participé a un gagnant",
}
_GOALS_EN = {
    "approved": "Your sponsored goal was approved: the host may start it",
    "rejected": "Your sponsored goal was rejected: the reward is in your balance again",
    "declined": "The host did not want your sponsored goal: the reward is in your balance again",
    "lapsed": "Nobody started your sponsored goal in time: the reward is in your balance again",
    "missed": "Your sponsored goal was not reached: the reward is in your balance again",
    "stopped": "Your sponsored goal was stopped: the reward is in your balance again",
    "gone": "The host of your sponsored goal has left: the reward is in your balance again",
    "paid": "Your sponsored goal was reached, and its reward was paid",
    "offered": "You are offered a sponsored goal for your live room",
    "earned": "Your share of a sponsored goal is yours",
    "host_cancelled": "An advertiser took a sponsored goal back",
    "host_stopped": "A sponsored goal that you were offered was stopped",
}
_GOALS_FR = {
    "approved": "Votre objectif sponsorisé a été accepté\u00a0: l’hôte peut le lancer",
    "rejected": "Votre objectif sponsorisé a été refusé\u00a0: la récompense est de retour dans votre solde",
    "declined": "L’hôte n’a pas voulu de votre objectif sponsorisé\u00a0: la récompense est de retour dans votre solde",
    "lapsed": "Votre objectif sponsorisé n’a pas été lancé à temps\u00a0: la récompense est de retour dans votre solde",
    "missed": "Votre objectif sponsorisé n’a pas été atteint\u00a0: la récompense est de retour dans votre solde",
    "stopped": "Votre objectif sponsorisé a été arrêté\u00a0: la récompense est de retour dans votre solde",
    "gone": "L’hôte de votre objectif sponsorisé est parti\u00a0: la récompense est de retour dans votre solde",
    "paid": "Votre objectif sponsorisé est atteint, et la récompense a été versée",
    "offered": "On vous propose un objectif sponsorisé pour votre direct",
    "earned": "Votre part d’un objectif sponsorisé est à vous",
    "host_cancelled": "Un annonceur a repris un objectif sponsorisé",
    "host_stopped": "Un objectif sponsorisé qui vous était proposé a été arrêté",
}
_SHOP_EN = {
    "sent": "Your order is on its way",
    "refunded": "Your order was refunded",
    "returned": "Your return has arrived and is refunded",
    "refused": "Your return was not accepted",
    "approved": "You may sell in the shop now",
    "stopped": "Your shop was stopped: see why",
}
_SHOP_FR = {
    "sent": "Votre commande est en route",
    "refunded": "Votre commande a été remboursée",
    "returned": "Votre retour est arrivé et remboursé",
    "refused": "Votre retour n’a pas été accepté",
    "approved": "Vous pouvez maintenant vendre dans la boutique",
    "stopped": "Votre boutique a été arrêtée\u00a0: voyez pourquoi",
}
_SANCTIONS_EN = {
    "mute": "you may not write in their rooms for a while",
    "ban": "you are banned from their rooms",
}
_SANCTIONS_FR = {
    "mute": "vous ne pouvez pas écrire dans ses salons pour le moment",
    "ban": "vous êtes banni de ses salons",
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
        "agreement": lambda _, __, group: _AGREEMENTS_EN.get(group.text, "Your agreement has news"),
        "decision": lambda _, __, group: _DECISIONS_EN.get(group.text, "There is a decision about you"),
        "report": lambda _, __, group: _REPORTS_EN.get(group.text, "Your report was looked at"),
        "ad": lambda _, __, group: _ADS_EN.get(_code(group), "Your ads have news"),
        "legal_order": lambda _, __, group: _ORDERS_EN.get(group.text, "An order of an authority has news"),
        "unused": lambda _, __, group: (
            f"Your unused account will be deleted in {group.text or 'a few'} days: use it to keep it"
        ),
        "sanction": lambda who, _, group: f"{who}: {_SANCTIONS_EN.get(_code(group), 'a sanction has news')}",
        "challenge": lambda _, __, group: _CHALLENGES_EN.get(group.text, "A challenge has news"),
        "goal": lambda _, __, group: _GOALS_EN.get(group.text, "A sponsored goal has news"),
        "order": lambda _, __, group: _SHOP_EN.get(_code(group), "Your order has news"),
        "sale": lambda _, __, group: f"{_number(group.amount, ',')} new order" + ("s" if group.amount > 1 else ""),
        "return": lambda _, __, ___: "A buyer asks to send something back",
        "seller": lambda _, __, group: _SHOP_EN.get(group.text, "You may not sell in the shop: see why"),
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
        "agreement": lambda _, __, group: _AGREEMENTS_FR.get(group.text, "Du nouveau pour votre accord"),
        "decision": lambda _, __, group: _DECISIONS_FR.get(group.text, "Une décision vous concerne"),
        "report": lambda _, __, group: _REPORTS_FR.get(group.text, "Votre signalement a été examiné"),
        "ad": lambda _, __, group: _ADS_FR.get(_code(group), "Du nouveau pour vos publicités"),
        "legal_order": lambda _, __, group: _ORDERS_FR.get(group.text, "Du nouveau pour une injonction"),
        "unused": lambda _, __, group: (
            f"Votre compte inutilisé sera supprimé dans {group.text or 'quelques'} jours\u00a0: servez-vous-en"
        ),
        "sanction": lambda who, _, group: (
            f"{who}\u00a0: {_SANCTIONS_FR.get(_code(group), 'du nouveau pour une sanction')}"
        ),
        "challenge": lambda _, __, group: _CHALLENGES_FR.get(group.text, "Du nouveau pour un défi"),
        "goal": lambda _, __, group: _GOALS_FR.get(group.text, "Du nouveau pour un objectif sponsorisé"),
        "order": lambda _, __, group: _SHOP_FR.get(_code(group), "Du nouveau pour votre commande"),
        "sale": lambda _, __, group: (
            f"{_number(group.amount, chr(0x202F))} "
            + ("nouvelles commandes" if group.amount > 1 else "nouvelle commande")
        ),
        "return": lambda _, __, ___: "Quelqu’un demande à vous renvoyer un article",
        "seller": lambda _, __, group: _SHOP_FR.get(
            group.text, "Vous ne pouvez pas vendre dans la boutique\u00a0: voyez pourquoi"
        ),
    },
)
_OWN_PAGES = {
    "payout": "/wallet/payouts", "agreement": "/earnings", "decision": "/decisions", "report": "/inbox",
    "challenge": "/challenges", "legal_order": "/admin/orders", "order": "/orders", "sale": "/shop/orders",
    "return": "/shop/orders", "seller": "/shop", "goal": "/ads", "sanction": "/legal", "unused": "/privacy",
}  # fmt: skip
_OF_ORDERS = ("order", "return")
_FUND = ("fund", "copy", "original", "copy_stands")
_HOST_GOALS = ("offered", "earned", "host_cancelled", "host_stopped")
_LANGUAGES = {"en": _EN, "fr": _FR}


def pushed(group: Group, language: str) -> Pushed:
    """A group of the inbox in the words of a push notification."""
    words = _LANGUAGES.get(language, _EN)
    who = _isolated(group.by[0].name or group.by[0].handle)
    if group.people > 1:
        who += words.others(group.people - 1)
    return Pushed(
        title=words.lines[group.kind](who, group.people > 1, group),
        body=_body(group)[:PAYLOAD_TEXT_CHARS_MAX],
        url=_url(group),
        tag=group.id,
        picture=group.subject.picture if group.subject else None,
        at=group.at,
    )


def _body(group: Group) -> str:
    """What it is about, or what somebody wrote; of an order its goods, and how to follow them."""
    title = group.subject.title if group.subject else ""
    if group.kind in _OF_ORDERS:
        return " · ".join(filter(None, (_isolated(title), group.text.partition(" ")[2])))
    if group.kind in _OWN_PAGES:
        return ""
    return title if group.kind == "ad" else group.text or title


def _url(group: Group) -> str:
    """The page that a notification opens."""
    if group.kind == "payout" and group.text in _FUND:
        return "/earnings/fund"
    if group.kind == "goal" and group.text in _HOST_GOALS:
        return "/ads/consents"
    if group.kind in _OWN_PAGES:
        return _OWN_PAGES[group.kind]
    if group.subject is None:
        return f"/@{group.by[0].handle}" if group.people == 1 else "/inbox"
    if group.subject.kind == "campaign":
        return f"/ads/campaigns/{group.subject.id}" if group.subject.id else "/ads"
    comment = f"?comment={group.comment}" if group.comment else ""
    return f"/{group.subject.kind}/{group.subject.id}{comment}"


def _code(group: Group) -> str:
    """What was decided about an ad or by a host, or became of an order; what goes with it follows."""
    return group.text.partition(" ")[0]


def _isolated(name: str) -> str:
    """A name written from right to left must not reorder the words around it."""
    foreign = any(unicodedata.bidirectional(char) in ("R", "AL") for char in name)
    return f"\u2068{name}\u2069" if foreign else name
