"""What creators, agencies and the platform agreed on, and what came of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from core.tables import metadata
from money.tables.triggers import refuse

agreements = Table(
    "agreements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("creator", Text, nullable=False),
    Column("agency", Text),  # a person; null: none
    Column("platform_percent", Integer, nullable=False),
    Column("agency_percent", Integer, nullable=False),
    Column("valid_from", BigInteger, nullable=False),  # Unix ms
    Column("until", BigInteger),  # null: open; as valid_from: replaced before it began
    Column("by", Text, nullable=False),  # the admin who set or proposed it
    Column("at", BigInteger, nullable=False),
    Column("proposal", Text),  # what the creator accepted
    Index("ix_agreements_creator", "creator", "valid_from"),
    Index("ix_agreements_agency", "agency", "valid_from"),
    # One that is open, so two admins cannot set two at once.
    Index(
        "uq_agreements_open", "creator", unique=True, sqlite_where=text("until IS NULL"),
        postgresql_where=text("until IS NULL"),
    ),
)  # fmt: skip

agreement_proposals = Table(
    "agreement_proposals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("creator", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("platform_percent", Integer, nullable=False),
    Column("agency_percent", Integer, nullable=False),
    Column("valid_from", BigInteger, nullable=False),  # Unix ms; at the earliest
    Column("state", Text, nullable=False),  # open, accepted, refused, withdrawn
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("decided_at", BigInteger),
    Index("ix_agreement_proposals_creator", "creator", "id"),
    Index(
        "uq_agreement_proposals_open", "creator", unique=True, sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)  # fmt: skip

agency_fractions = Table(
    "agency_fractions",
    metadata,
    Column("creator", Text, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("hundredths", BigInteger, nullable=False),  # of a coin, left over from rounding the agency's shares
    Column("bonus_hundredths", BigInteger, nullable=False),  # the same, of gifts of bonus coins
)

agency_earnings = Table(  # an agency's earnings by creator: the same coins as in `earnings_rooms`
    "agency_earnings",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # UTC, as 2026-01-31
    Column("creator", Text, primary_key=True),
    Column("coins", BigInteger, nullable=False),
    Column("gifts", BigInteger, nullable=False),
    Index("ix_agency_earnings_creator", "creator", "day"),
)

# What was agreed is never rewritten: an agreement can only be ended.
refuse(agreements, "DELETE")
refuse(
    agreements,
    'UPDATE OF id, creator, agency, platform_percent, agency_percent, valid_from, "by", at, proposal',
    name="rewrite",
)
