"""What creators are paid: rates, identities, bank details, payouts."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from core.tables import metadata

coin_rates = Table(
    "coin_rates",
    metadata,
    Column("currency", Text, primary_key=True),
    Column("valid_from", BigInteger, primary_key=True),  # Unix ms
    Column("per_thousand", BigInteger, nullable=False),  # minor units for 1,000 earned coins
    Column("by", Text, nullable=False),
)

payout_identities = Table(
    "payout_identities",
    metadata,
    Column("person", Text, primary_key=True),
    Column("state", Text, nullable=False),  # started, verified, restricted, rejected; without a row: none
    Column("name", Text, nullable=False),  # as on their papers
    Column("country", Text, nullable=False),  # ISO 3166-1, two letters
    Column("reason", Text, nullable=False),
    Column("until", BigInteger),  # Unix ms; by when something is due
    Column("account", Text),  # at the provider that verifies
    Column("by", Text, nullable=False),  # the admin, or the rail
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("account"),
    Index("ix_payout_identities_state", "state", "at"),
)

payout_destinations = Table(  # the newest of a person is in use; none is ever changed
    "payout_destinations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("rail", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("shown", Text, nullable=False),  # what the person sees of it
    Column("fingerprint", Text, nullable=False),  # the same for the same account of two people
    Column("at", BigInteger, nullable=False),
    Column("usable_at", BigInteger, nullable=False),
    Index("ix_payout_destinations_person", "person", "id"),
    Index("ix_payout_destinations_fingerprint", "fingerprint"),
)

payouts = Table(
    "payouts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("key", Text, nullable=False),  # the Idempotency-Key of the request
    Column("state", Text, nullable=False),  # payouts/states.py
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),  # of the amount
    Column("coins", BigInteger, nullable=False),
    Column("per_thousand", BigInteger, nullable=False),  # the rate, frozen when it was requested
    Column("rail", Text, nullable=False),
    Column("destination", JSON),  # frozen when it was approved
    Column("shown", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("reason", Text, nullable=False),  # why it waits, failed, or came back
    Column("waits_until", BigInteger),  # Unix ms
    Column("approved_by", Text),
    Column("seconded_by", Text),
    Column("approved_at", BigInteger),
    Column("file", Text),  # of the bank
    Column("attempt", Integer, nullable=False),  # 0 before it is sent
    Column("answer", Text, nullable=False),  # of this attempt: nothing, accepted, refused
    Column("called_at", BigInteger, nullable=False),
    Column("ref", Text),  # the rail's
    Column("at", BigInteger, nullable=False),
    Column("returned_minor", BigInteger, nullable=False, server_default="0"),  # came back in part, with so many coins
    Column("returned_coins", BigInteger, nullable=False, server_default="0"),
    Column("source", Text, nullable=False, server_default="gifts"),  # or commissions, or ads: without coins
    UniqueConstraint("person", "key"),
    Index("ix_payouts_person", "person", "id"),
    Index("ix_payouts_state", "state", "id"),
    Index("ix_payouts_approved", "approved_at"),
    Index("ix_payouts_file", "file"),
)

payout_steps = Table(  # each state that a payout has reached, when and by whom
    "payout_steps",
    metadata,
    Column("payout", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),  # a person, a rail, or "" for the server
    Column("note", Text, nullable=False),
)

payout_days = Table(
    "payout_days",
    metadata,
    Column("day", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("minor", BigInteger, nullable=False),  # approved on that day
)

payout_files = Table(
    "payout_files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),  # made, approved, withdrawn
    Column("count", Integer, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("approved_by", Text),
    Column("approved_at", BigInteger),
    Column("content", Text),  # once it is approved
)
