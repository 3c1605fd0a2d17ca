"""The cookies of a sign-in: the session's, and the one by which a device is known again."""

from __future__ import annotations

from starlette.responses import Response

from core.http import Call, RequestGate
from people.devices import LIFE_S, cookie_for


def set_device_cookie(call: Call, password_hash: str, device: str) -> None:
    """`device`: its name, or empty for a new one."""
    gate: RequestGate = call.request.app.state.gate
    set_cookie(call, gate.device_cookie, cookie_for(password_hash, device), LIFE_S)


def set_cookie(call: Call, name: str, value: str, seconds: int) -> None:
    gate: RequestGate = call.request.app.state.gate
    cookie = Response()
    cookie.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=gate.secure_cookie, path="/")
    call.cookies.append(cookie.headers["set-cookie"])
