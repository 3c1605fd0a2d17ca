"""The tables of showing ads and billing them. Money is in millionths of the ad currency, times are Unix ms."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, false

from core.tables import metadata

ad_nodes = Table(  # the processes that choose ads
    "ad_nodes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),  # afterwards, others take its slices back
)

ad_slices = Table(  # what of a campaign's budget for a day a node may spend
    "ad_slices",
    metadata,
    Column("campaign", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # YYYY-MM-DD in the campaign's zone
    Column("node", Text, primary_key=True),
    Column("advertiser", Text, nullable=False),
    Column("granted_micro", BigInteger, nullable=False),  # altogether
    Column("returned_micro", BigInteger, nullable=False),  # of it; the rest is spent, held or left
    Column("moves", Integer, nullable=False),  # grants and returns so far: each is a transfer with a key of its own
    Index("ix_ad_slices_node", "node"),
)

ad_serves = Table(  # an ad that was put before somebody; single-use: its state changes once
    "ad_serves",
    metadata,
    Column("id", Text, primary_key=True),
    Column("viewer", Text, nullable=False),  # a person's id, or `~` and a swipe session
    Column("campaign", Text, nullable=False),
    Column("advertiser", Text, nullable=False),
    Column("creative", Text, nullable=False),
    Column("video", Text, nullable=False),
    Column("day", Text, nullable=False),  # as in ad_slices
    Column("node", Text, nullable=False),
    Column("place", Text, nullable=False),  # feed, live, opening
    Column("at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("bills", Text, nullable=False),  # the kind of event that is billed: viewable, click; empty: none
    Column("price_micro", BigInteger, nullable=False),
    Column("runner_up_micro", BigInteger, nullable=False),
    Column("reasons", Text, nullable=False),  # JSON: what made it eligible here
    Column("creator", Text, nullable=False, server_default=""),  # of a promoted post, and their part of the price
    Column("share_micro", BigInteger, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),  # held, billed, lapsed, free
    Column("seen", Boolean, nullable=False, server_default=false()),
    Column("hidden", Boolean, nullable=False, server_default=false()),
    Column("length_ms", BigInteger, nullable=False, server_default="0"),  # of the video; 0: unknown
    Column("country", Text, nullable=False, server_default=""),  # ISO 3166-1; empty: unknown
    Index("ix_ad_serves_viewer", "viewer", "at"),
    Index("ix_ad_serves_node", "node", "state"),
)

ad_events = Table(
    "ad_events",
    metadata,
    Column("serve", Text, primary_key=True),
    Column("kind", Text, primary_key=True),  # see `events/invalid.py`
    Column("at", BigInteger, nullable=False),
    Column("mark", Text, nullable=False),  # why it does not count; empty: it does
    Index("ix_ad_events_at", "at"),
)

ad_receipts = Table(  # one for each billed view or click; append-only
    "ad_receipts",
    metadata,
    Column("serve", Text, primary_key=True),
    Column("campaign", Text, nullable=False),
    Column("advertiser", Text, nullable=False),
    Column("creative", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("kind", Text, nullable=False),  # what was billed: viewable, click
    Column("at", BigInteger, nullable=False),
    Column("price_micro", BigInteger, nullable=False),
    Column("runner_up_micro", BigInteger, nullable=False),
    Column("minute", BigInteger, nullable=False),  # of Unix time, in whose posting it is
    Column("creator", Text, nullable=False, server_default=""),
    Column("share_micro", BigInteger, nullable=False, server_default="0"),
    Column("digest", Text, nullable=False),  # see `billing/receipts.py`
    Index("ix_ad_receipts_minute", "minute", "campaign"),
    Index("ix_ad_receipts_campaign", "campaign", "serve"),
)

ad_days = Table(  # counts without invalid events, by the campaign's days
    "ad_days",
    metadata,
    Column("campaign", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("views", BigInteger, nullable=False),
    Column("viewable", BigInteger, nullable=False),
    Column("finishes", BigInteger, nullable=False),
    Column("clicks", BigInteger, nullable=False),
    Column("hides", BigInteger, nullable=False),
    Column("reports", BigInteger, nullable=False),
    Column("invalid", BigInteger, nullable=False),  # events that do not count
    Column("spent_micro", BigInteger, nullable=False),
    Column("not_viewable", BigInteger, nullable=False, server_default="0"),  # looked away from, and never viewable
    Column("quarters", BigInteger, nullable=False, server_default="0"),  # a quarter of the video was watched
    Column("halves", BigInteger, nullable=False, server_default="0"),
    Column("three_quarters", BigInteger, nullable=False, server_default="0"),
    Column("conversions", BigInteger, nullable=False, server_default="0"),  # on the days of their serves
    Column("follows", BigInteger, nullable=False, server_default="0"),  # of whoever made the ad
    Column("converted_micro", BigInteger, nullable=False, server_default="0"),  # what conversions were worth
)

ad_conversion_secrets = Table(  # by which an advertiser's server reports conversions
    "ad_conversion_secrets",
    metadata,
    Column("advertiser", Text, ForeignKey("advertisers.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # SHA-256: a stolen database reports nothing
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_ad_conversion_secrets_digest", "digest", unique=True),
)

ad_conversions = Table(  # what came of a serve: reported by an advertiser's server, or a follow here
    "ad_conversions",
    metadata,
    Column("serve", Text, primary_key=True),
    Column("name", Text, primary_key=True),  # purchase, ... of `conversions/conversions.py`, or follow
    Column("order_id", Text, primary_key=True),  # the advertiser's own; empty: none
    Column("campaign", Text, nullable=False),
    Column("touch", Text, nullable=False),  # click, view
    Column("at", BigInteger, nullable=False),
    Column("value_micro", BigInteger, nullable=False),
    Column("mark", Text, nullable=False),  # why it does not count; empty: it does
    Index("ix_ad_conversions_campaign", "campaign", "at"),
)

ad_roots = Table(  # published: whoever keeps one can check every receipt of the day
    "ad_roots",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),  # UTC, days since 1970
    Column("root", Text, nullable=False),
    Column("receipts", BigInteger, nullable=False),
    Column("spent_micro", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

ad_traffic = Table(  # places for ads there were, whether or not one was shown: the curve that plans follow
    "ad_traffic",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),  # of Unix time
    Column("places", BigInteger, nullable=False),
)

ad_places = Table(  # the same, by where they were
    "ad_places",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),  # of Unix time
    Column("zone", Text, primary_key=True),  # feed, live
    Column("country", Text, primary_key=True),  # ISO 3166-1; empty: unknown
    Column("places", BigInteger, nullable=False),
)

ad_library = Table(  # every ad that was ever shown
    "ad_library",
    metadata,
    Column("creative", Text, primary_key=True),
    Column("campaign", Text, nullable=False),
    Column("video", Text, nullable=False),
    Column("sponsor", Text, nullable=False),
    Column("paid_by", Text, nullable=False),
    Column("names", Text, nullable=False),  # both, folded: what a search finds
    Column("category", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("landing", Text, nullable=False),
    Column("targets", Text, nullable=False),  # JSON
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("format", Text, nullable=False, server_default=""),  # goal; empty: an ad or an effect
    Index("ix_ad_library_last", "last_at", "creative"),
)

ad_keys = Table(  # signs impressions: the same on every node
    "ad_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1: there is one row
    Column("key", LargeBinary, nullable=False),
)

ad_progress = Table(  # one row: the last minute that is posted
    "ad_progress",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1
    Column("minute", BigInteger, nullable=False),  # of Unix time
)
