"""Agreements: how gifts are shared between creator, agency and platform, from when until when."""

from money.agreements.agreements import (
    AGREEMENTS_MAX,
    AHEAD_DAYS_MAX,
    BEGINS_AFTER_MS,
    NOTICE_DAYS,
    Agreement,
    Agreements,
)
from money.agreements.in_force import InForce
from money.agreements.proposals import PROPOSAL_DAYS, Proposal, Proposals

__all__ = [
    "AGREEMENTS_MAX",
    "AHEAD_DAYS_MAX",
    "BEGINS_AFTER_MS",
    "NOTICE_DAYS",
    "PROPOSAL_DAYS",
    "Agreement",
    "Agreements",
    "InForce",
    "Proposal",
    "Proposals",
]
