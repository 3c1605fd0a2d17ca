"""The cookie by which a browser's ticket is found. Over https its name keeps other hosts from setting it."""

from __future__ import annotations

from core.http import Call, RequestGate
from people.oidc.tickets import LIFE_MS
from people.settings.welcome import set_cookie


def ticket_in(call: Call) -> str:
    return call.request.cookies.get(_name(call), "")


def give(call: Call, token: str) -> None:
    set_cookie(call, _name(call), token, LIFE_MS // 1000)


def drop(call: Call) -> None:
    set_cookie(call, _name(call), "", 0)


def _name(call: Call) -> str:
    gate: RequestGate = call.request.app.state.gate
    return f"{'__Host-' if gate.secure_cookie else ''}cadeau_oidc"
