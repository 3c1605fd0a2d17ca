"""The tables of sponsored effects. Money is in millionths of the ad currency."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from core.tables import metadata

effect_pictures = Table(  # in SQL, not in storage: a browser draws only pictures of its own site into a video
    "effect_pictures",
    metadata,
    Column("advertiser", Text, ForeignKey("advertisers.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", Text, primary_key=True),  # of the body
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # WebP, made here
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_effect_pictures_digest", "digest"),
)

effect_bookings = Table(
    "effect_bookings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("advertiser", Text, ForeignKey("advertisers.id"), nullable=False),
    Column("name", Text, nullable=False),  # as the picker shows it
    Column("template", Text, nullable=False),  # see `effects/look.py`, as the next
    Column("look", JSON, nullable=False),
    Column("picture", Text),  # a digest
    Column("category", Text, nullable=False),  # of the product
    Column("zone", Text, nullable=False),  # of its days
    Column("starts_on", Text, nullable=False),  # YYYY-MM-DD in its zone
    Column("ends_on", Text, nullable=False),  # the last day
    Column("starts_at", BigInteger, nullable=False),  # Unix ms: the same as instants, the end excluded
    Column("ends_at", BigInteger, nullable=False),
    Column("day_micro", BigInteger, nullable=False),  # the price of a day, frozen when it is submitted; 0 for house
    Column("sponsor", Text, nullable=False, server_default=""),  # as verified when a day was last paid, as the next
    Column("paid_by", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False),  # draft, review, booked, rejected, ended
    Column("reasons", JSON, nullable=False),  # codes, when it is rejected
    Column("note", Text, nullable=False),  # of the reviewer, for the advertiser
    Column("revision", Integer, nullable=False),  # grows with each change, so that a review names what it saw
    Column("paid_until", BigInteger, nullable=False, server_default="0"),  # Unix ms: the end of its last paid day
    Column("submitted_at", BigInteger),
    Column("reviewed_by", Text),
    Column("reviewed_at", BigInteger),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_effect_bookings_advertiser", "advertiser", "id"),
    Index("ix_effect_bookings_state", "state", "id"),
)

effect_days = Table(  # append-only: the days that were paid
    "effect_days",
    metadata,
    Column("effect", Text, ForeignKey("effect_bookings.id"), primary_key=True),
    Column("day", Text, primary_key=True),  # in its zone
    Column("micro", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
)

effect_uses = Table(  # who made something with it, once a day
    "effect_uses",
    metadata,
    Column("effect", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # in the effect's zone
    Column("person", Text, primary_key=True),
)

video_effects = Table(
    "video_effects",
    metadata,
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    Column("effect", Text, nullable=False),
    Index("ix_video_effects_effect", "effect"),
)
