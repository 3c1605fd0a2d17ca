"""Tables of notices of illegal content, and of orders of authorities."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from core.privacy import declare, impersonal
from core.tables import metadata

_OPEN = text("state = 'open'")
_TO_DO = text("acted_at = 0 AND outcome = ''")
_UNTOLD = text("untold = 1")

legal_notices = Table(
    "legal_notices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of the secret in the link of its receipt
    Column("kind", Text, nullable=False),  # of the subject: video, comment, person, room
    Column("subject", Text, nullable=False),
    Column("about", Text, nullable=False),  # the id of the person who is responsible for the subject
    Column("reason", Text, nullable=False),  # a code
    Column("address", Text, nullable=False),  # the page on this server, as it was given
    Column("why", Text, nullable=False),
    Column("name", Text, nullable=False),  # empty where the law lets them stay unnamed
    Column("email", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),  # open, upheld, rejected, reversed
    Column("decision", Text, nullable=False, server_default=""),
    Column("decided_at", BigInteger, nullable=False, server_default="0"),  # Unix ms
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_legal_notices_digest", "digest", unique=True),
    Index("ix_legal_notices_open", "kind", "subject", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_legal_notices_about", "about"),
    Index("ix_legal_notices_decision", "decision"),
)

legal_orders = Table(
    "legal_orders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # terrorist, illegal
    Column("authority", Text, nullable=False),
    Column("reference", Text, nullable=False),  # the authority's
    Column("contact", Text, nullable=False),  # where it wants its answer
    Column("note", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),  # Unix ms, as all times here
    Column("due_at", BigInteger, nullable=False),
    Column("acted_at", BigInteger, nullable=False, server_default="0"),  # 0: something is left to remove
    Column("outcome", Text, nullable=False, server_default=""),  # done, refused; empty: not answered
    Column("answer", Text, nullable=False, server_default=""),
    Column("answered_at", BigInteger, nullable=False, server_default="0"),
    Column("answered_by", Text, nullable=False, server_default=""),
    Column("alarm", Integer, nullable=False, server_default="0"),  # how often it rang (legal/alarm)
    Column("confidential_until", BigInteger, nullable=False, server_default="0"),  # 0: whom it is about is told at once
    Column("prolonged", BigInteger, nullable=False, server_default="0"),  # 1: it cannot be again
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_legal_orders_due", "due_at", sqlite_where=_TO_DO, postgresql_where=_TO_DO),
)

legal_order_items = Table(  # what an order names
    "legal_order_items",
    metadata,
    Column("order", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("address", Text, nullable=False),
    Column("kind", Text, nullable=False),  # of the subject; empty: there is nothing
    Column("subject", Text, nullable=False),
    Column("about", Text, nullable=False),  # the id of the person who is responsible for it
    Column("evidence", Text, nullable=False),  # what it said when the order was recorded
    Column("state", Text, nullable=False),  # waiting, removed, missing, by_hand
    Column("decision", Text, nullable=False, server_default=""),
    Column("removed_at", BigInteger, nullable=False, server_default="0"),
    Column("untold", BigInteger, nullable=False, server_default="0"),  # 1: nobody may be told that an order names it
    Index("ix_legal_order_items_about", "about"),
    Index("ix_legal_order_items_untold", "kind", "subject", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
)

declare(
    legal_notices, "Notices of illegal content about something of yours; never by whom.",
    "Les notifications de contenu illicite sur ce qui est à vous\u00a0; jamais par qui.", owner="about",
    secret="digest name email why address language", erase="blank",
    blank={"address": "", "why": "", "name": "", "email": ""}, days=180, clock="decided_at", when="state <> 'open'",
    old="delete", hold="cases", basis="law", level="grave",
)  # fmt: skip
impersonal(legal_orders, "Orders of authorities, and what they were answered.", others="by answered_by")
declare(
    legal_order_items, "What of yours an authority wanted removed, kept for the time that the law says.",
    "Ce qui, de vous, a été retiré sur injonction, conservé le temps voulu par la loi.", owner="about", erase="keep",
    secret="untold", untold="untold = 1", law="address evidence", days=183, clock="removed_at", basis="law",
    level="grave",
)  # fmt: skip
