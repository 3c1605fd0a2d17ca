"""The value of coins, taxes, payouts, and where the ledger is noted."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from cadeau.doctor.finding import Answer, Verdict
from cadeau.migrations import revisions
from core.clock import system_clock
from core.database import Database, database_url, sqlite_path
from core.settings import Settings
from money.catalogue import COIN_PACKS
from money.payouts.terms import Terms
from money.rates import Rates
from money.vat.terms import euro_cents, seller_of, terms_of


def coin_value(settings: Settings) -> Answer:
    """The value of an earned coin in the settings and in the database, against the worst pack's break-even."""
    rates = Rates.from_settings(settings, system_clock)
    file = sqlite_path(database_url(settings))
    if file is None or file.exists():
        database = Database(database_url(settings))
        try:
            with contextlib.suppress(SQLAlchemyError):  # reported by another check
                current, wanted = revisions(database)
                if current == wanted:
                    database.read(rates.check)
        finally:
            database.close()
    worst = rates.break_even.results()[0]
    return Verdict.OK, f"{settings.coin_rates} for 1,000 earned coins; {worst}"


def vat(settings: Settings) -> Answer:
    """Whose VAT is charged, and what is missing for it."""
    terms, seller = terms_of(settings), seller_of(settings)
    if not terms.home:
        return Verdict.NOTE if settings.production else Verdict.OK, "none is charged: CADEAU_VAT_HOME is empty"
    country, rate = terms.worst()
    charged = f"at home in {terms.home}, at most {rate / 100:g} % ({country}), sold by {seller.name}"
    if any(euro_cents(settings, pack.currency) is None for pack in COIN_PACKS.values()):
        return (
            Verdict.NOTE,
            f"{charged}; CADEAU_EXCHANGE_RATES lacks EUR, so the limits on sales abroad count as passed",
        )
    return Verdict.OK, charged


def payouts(settings: Settings) -> Answer:
    """The terms without which the server does not start."""
    terms = Terms.from_settings(settings)
    return Verdict.OK, f"in {', '.join(sorted(terms.currencies)) or 'no currency'}"


def anchors(settings: Settings) -> Answer:
    """Where each checkpoint of the ledger adds its line."""
    if not settings.ledger_anchor_file:
        return Verdict.OK, "none: CADEAU_LEDGER_ANCHOR_FILE is empty"
    file = Path(settings.ledger_anchor_file)
    if os.access(file if file.exists() else file.parent, os.W_OK) and not file.is_dir():
        return Verdict.OK, f"{file} is writable"
    return Verdict.PROBLEM, f"{file} cannot be written, so the ledger's checkpoints are noted nowhere else"
