"""What of the advertisers' balances is held for campaigns, what was spent of it, what creators got of that, and the
VAT and the papers for what was paid."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from core.tables import metadata

ad_budgets = Table(
    "ad_budgets",
    metadata,
    Column("campaign", Text, primary_key=True),
    Column("advertiser", Text, nullable=False),
    Column("reserved_micro", BigInteger, nullable=False),  # altogether, as the next two
    Column("captured_micro", BigInteger, nullable=False),
    Column("released_micro", BigInteger, nullable=False),
    Index("ix_ad_budgets_advertiser", "advertiser"),
)

ad_documents = Table(  # receipts of what was paid in, credit notes of what went back; only ever added
    "ad_documents",
    metadata,
    Column("number", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # receipt, credit_note
    Column("year", Integer, nullable=False),  # UTC
    Column("sequence", BigInteger, nullable=False),  # from 1 in each year
    Column("advertiser", Text, nullable=False),
    Column("purchase", Text, nullable=False),
    Column("cause", Text, nullable=False),  # the key of the transfer it stands for
    Column("corrects", Text),  # a credit note's receipt
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("content", JSON, nullable=False),  # see `ads/documents.py`; frozen
    UniqueConstraint("kind", "year", "sequence"),
    UniqueConstraint("cause", "kind"),
    Index("ix_ad_documents_advertiser", "advertiser", "at", "number"),
    Index("ix_ad_documents_purchase", "purchase"),
)

ad_billing = Table(  # what an advertiser wants on them, beside its name
    "ad_billing",
    metadata,
    Column("advertiser", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("vat_number", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),  # of the business; empty: the name that viewers see
    Column("country", Text, nullable=False, server_default=""),  # of the address; empty: the advertiser's
)

ad_vat = Table(  # of a payment into a balance, as it was agreed when its checkout began; frozen
    "ad_vat",
    metadata,
    Column("purchase", Text, primary_key=True),
    Column("scheme", Text, nullable=False),  # the next four: see `vat_sales`
    Column("country", Text, nullable=False),
    Column("buyer_country", Text, nullable=False),
    Column("rate", BigInteger, nullable=False),
    Column("rates", Text, nullable=False),
    Column("net_minor", BigInteger, nullable=False),  # what the balance gets
    Column("vat_minor", BigInteger, nullable=False),  # paid on top of it
    Column("numbered", Boolean, nullable=False),  # the buyer's VAT number is one of their country
    Column("billed", JSON, nullable=False),  # whom the invoice names; see `ads/documents.py`
)

ad_shares = Table(  # what the creator whose video a campaign promotes has earned with it
    "ad_shares",
    metadata,
    Column("campaign", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("earned_micro", BigInteger, nullable=False),
    Index("ix_ad_shares_person", "person", "campaign"),
)

ad_prizes = Table(  # each time a challenge's prize was set aside; of a challenge at most one is held
    "ad_prizes",
    metadata,
    Column("challenge", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True),  # another one after a review that rejected it
    Column("advertiser", Text, nullable=False),
    Column("prize_micro", BigInteger, nullable=False),
    Column("fee_micro", BigInteger, nullable=False),  # for running it; the platform's once it runs
    Column("state", Text, nullable=False),  # held, running, returned, paid
    Column("held_at", BigInteger, nullable=False),  # Unix ms, as the next two
    Column("began_at", BigInteger),  # when the fee was taken
    Column("ended_at", BigInteger),  # when it was returned or paid
    Column("winner", Text),  # whom it was paid to, in so many coins
    Column("coins", BigInteger, nullable=False, server_default="0"),
    Column("per_thousand", BigInteger, nullable=False, server_default="0"),  # the rate it was converted at
    Index("ix_ad_prizes_advertiser", "advertiser"),
)
