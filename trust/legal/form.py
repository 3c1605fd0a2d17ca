"""The answer to an authority, filled in: what was removed and when, or why nothing was (Regulation (EU) 2021/784,
annexes II and III). Plain text, in English and French, to be sent from the address that the page Legal shows."""

from __future__ import annotations

from datetime import UTC, datetime

from trust.legal.contacts import Contacts
from trust.legal.orders import ItemState, Order

_STATES: dict[ItemState, str] = {
    "waiting": "not yet removed / pas encore retiré",
    "removed": "removed / retiré",
    "missing": "nothing is at this address / rien à cette adresse",
    "by_hand": "measure against the account / mesure visant le compte",
}


def form_of(order: Order, contacts: Contacts) -> str:
    lines = [
        ("Authority / Autorité", order.authority),
        ("Reference / Référence", order.reference),
        ("Order received / Injonction reçue", _time(order.received_at)),
        ("To be carried out until / À exécuter avant", _time(order.due_at)),
        ("Carried out / Exécutée", _time(order.acted_at)),
        ("Outcome / Suite donnée", _outcome(order)),
        ("Contact point / Point de contact", contacts.authorities),
    ]
    text = [f"{name}: {value}" for name, value in lines]
    text += ["", "Addresses / Adresses", *(_item(item.address, item.state, item.removed_at) for item in order.items)]
    if order.answer:
        text += ["", order.answer]
    return "\n".join(text) + "\n"


def _item(address: str, state: ItemState, removed_at: int | None) -> str:
    when = f", {_time(removed_at)}" if removed_at else ""
    return f"- {address}: {_STATES[state]}{when}"


def _outcome(order: Order) -> str:
    if order.outcome == "refused":
        return "not followed, see below / non suivie, voir ci-dessous"
    return "followed / suivie" if order.outcome or order.acted_at else "in progress / en cours"


def _time(at: int | None) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else "-"
