"""The tables of advertisers, campaigns and creatives. Money is in millionths of the ad currency."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, false

from core.tables import metadata

advertisers = Table(
    "advertisers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),  # the sponsor that viewers see once it is verified
    Column("payer", Text),  # who pays, if somebody else does
    Column("country", Text, nullable=False),  # ISO 3166-1, two letters
    Column("zone", Text, nullable=False),  # IANA; new campaigns get it
    Column("state", Text, nullable=False),  # see `campaigns/states.py`
    Column("reason", Text, nullable=False),  # why its name is rejected
    Column("stopped", Text, nullable=False, server_default=""),  # why none of its campaigns is shown: dispute, admin
    Column("house", Boolean, nullable=False, server_default=false()),  # the platform's own
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),  # Unix ms
    Column("reviewed_by", Text),
    Column("reviewed_at", BigInteger),
    Index("ix_advertisers_state", "state", "id"),
)

advertiser_members = Table(
    "advertiser_members",
    metadata,
    Column("advertiser", Text, ForeignKey("advertisers.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("role", Text, nullable=False),  # owner, editor, viewer
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_advertiser_members_person", "person"),
)

advertiser_invitations = Table(  # people who are asked to act for one: they are no members before they agree
    "advertiser_invitations",
    metadata,
    Column("advertiser", Text, ForeignKey("advertisers.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_advertiser_invitations_person", "person"),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Text, primary_key=True),
    Column("advertiser", Text, ForeignKey("advertisers.id"), nullable=False),
    Column("name", Text, nullable=False),  # for the advertiser only
    Column("tier", Text, nullable=False),  # takeover, auction, house
    Column("format", Text, nullable=False, server_default="in_feed"),  # promoted, takeover
    Column("objective", Text, nullable=False),  # views, clicks, conversions
    Column("pricing", Text, nullable=False),  # cpm, cpc, ocpm, day
    Column("bid_micro", BigInteger, nullable=False),  # for what `pricing` says; 0 for house
    Column("total_micro", BigInteger, nullable=False),
    Column("day_micro", BigInteger),  # null: only the total bounds a day
    Column(
        "zone", Text, nullable=False
    ),  # of its days; it stays when the advertiser's changes, until it is edited itself
    Column("starts_on", Text, nullable=False),  # YYYY-MM-DD in its zone
    Column("ends_on", Text, nullable=False),  # the last day
    Column("starts_at", BigInteger, nullable=False),  # Unix ms: the same as instants, the end excluded
    Column("ends_at", BigInteger, nullable=False),
    Column("caps", JSON, nullable=False),  # see `campaigns/campaign.py`, as the next
    Column("targets", JSON, nullable=False),
    Column("category", Text, nullable=False),  # of the product
    Column("state", Text, nullable=False),  # see `campaigns/states.py`
    Column("state_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("consent", Text),  # of a promoted post: the code, whose video it is, and their share, frozen at booking
    Column("creator", Text),
    Column("share_percent", Integer, nullable=False, server_default="0"),
    Column("challenge", Text),  # that it promotes: its ads lead to that one's page
    Index("ix_campaigns_advertiser", "advertiser", "id"),
    Index("ix_campaigns_creator", "creator", "id"),
    Index("ix_campaigns_state", "state", "id"),
)

creatives = Table(
    "creatives",
    metadata,
    Column("id", Text, primary_key=True),
    Column("campaign", Text, ForeignKey("campaigns.id"), nullable=False),
    Column("video", Text, nullable=False),  # no foreign key: what was shown stays known when the video is deleted
    Column("caption", Text, nullable=False),  # of the video when it was submitted; another one is another creative
    Column("url", Text, nullable=False),  # the landing page
    Column("text", Text, nullable=False),
    Column("action", Text, nullable=False),  # the call to action
    Column("state", Text, nullable=False),  # draft, waiting, approved, rejected, removed
    Column("reasons", JSON, nullable=False),  # codes, when it is rejected
    Column("note", Text, nullable=False),  # of the reviewer, for the advertiser
    Column("revision", Integer, nullable=False),  # grows with each change, so that a review names what it saw
    Column("submitted_at", BigInteger),
    Column("reviewed_by", Text),
    Column("reviewed_at", BigInteger),
    Index("ix_creatives_campaign", "campaign", "id"),
    Index("ix_creatives_state", "state", "submitted_at"),
    Index("ix_creatives_video", "video"),
)

ad_landings = Table(  # the landing page of each approved creative, as it was when it was reviewed
    "ad_landings",
    metadata,
    Column("creative", Text, primary_key=True),
    Column("revision", Integer, nullable=False),  # of the creative, that this is about
    Column("host", Text, nullable=False),  # see `landing/page.py`; empty: not seen yet
    Column("title", Text, nullable=False),
    Column("sketch", Text, nullable=False),  # JSON
    Column("strikes", Integer, nullable=False),  # looks in a row that found something else
    Column("due_at", BigInteger, nullable=False),  # of the next look, Unix ms
    Column("finding", Text, nullable=False),  # why it is reviewed again; empty: it is not
)

ad_floors = Table(  # the least bids; without a row, the default of `campaigns/floors.py`
    "ad_floors",
    metadata,
    Column("format", Text, primary_key=True),
    Column("cpm_micro", BigInteger, nullable=False),
    Column("cpc_micro", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

ad_categories = Table(  # what an admin has switched; without a row, the default of `campaigns/categories.py`
    "ad_categories",
    metadata,
    Column("category", Text, primary_key=True),
    Column("allowed", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

ad_offers = Table(  # one row, or none: the defaults of `campaigns/floors.py`
    "ad_offers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1
    Column("takeover_day_micro", BigInteger, nullable=False),
    Column("creator_share_percent", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
