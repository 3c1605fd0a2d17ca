"""The checks in the order in which they are told."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

from cadeau.doctor import accounts, host, media, money, services, transport
from cadeau.doctor.finding import Answer, Finding, Verdict, noted
from core.settings import Settings
from trust.machine.packages import told

Check = Callable[[Settings], Answer]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("python", host.python),
    ("settings", host.settings),
    ("database", services.database),
    ("search", services.search),
    ("bus", services.bus),
    ("storage", services.storage),
    ("encryption", transport.encryption),
    ("sandbox", host.sandbox),
    ("disk", host.disk),
    ("client", host.client),
    ("http port", lambda s: media.port(socket.SOCK_STREAM, s.host, s.port)),
    ("media udp", lambda s: media.port(socket.SOCK_DGRAM, s.media_host or s.host, s.media_port)),
    ("media tcp", media.media_tcp),
    ("gso", media.gso),
    ("fan-out", media.fanout),
    ("buffers", media.buffers),
    ("descriptors", host.descriptors),
    ("clock", host.clock),
    ("coin value", money.coin_value),
    ("vat", money.vat),
    ("payouts", money.payouts),
    ("anchors", money.anchors),
    ("erasures", lambda s: noted(accounts.erasures(s))),
    ("passkeys", lambda s: noted(accounts.passkeys(s))),
    ("mail", lambda s: noted(accounts.mail(s))),
    ("provider", accounts.provider),
    ("moderation", lambda _: noted(told())),
    ("legal", lambda s: noted(accounts.legal(s))),
)


def examine(settings: Settings, *, only: str = "") -> Iterator[Finding]:
    """Run the checks, or that of one subject, and yield their findings. A check that raises is a problem and does not
    stop the others."""
    for subject, check in CHECKS:
        if only not in ("", subject):
            continue
        try:
            verdict, text = check(settings)
        except Exception as error:
            verdict, text = Verdict.PROBLEM, _reason(error)
        yield Finding(subject, verdict, text)


def _reason(error: Exception) -> str:
    """The first line of a driver's message, which names hosts but no passwords."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(error).__name__
