"""Tables of `live`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from core.privacy import declare, impersonal
from core.tables import metadata

rooms = Table(
    "rooms",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, ForeignKey("people.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("title_withheld", Text, nullable=False, server_default=""),  # what a moderator has hidden of it
    Column("state", Text, nullable=False),  # idle, live, ended
    Column("live", Integer, nullable=False, server_default="0"),  # 1 while live: what the list is sorted by
    Column("node", Text, nullable=False, server_default=""),  # boot id of the process that owns its media; "": none
    Column("epoch", BigInteger, nullable=False, server_default="0"),  # counts the changes of owner
    Column("publishing", Integer, nullable=False, server_default="0"),  # 1: the owner has a publisher, keep out
    Column("viewers", Integer, nullable=False, server_default="0"),
    Column("viewers_peak", Integer, nullable=False, server_default="0"),
    Column("likes", BigInteger, nullable=False, server_default="0"),
    Column("coins", BigInteger, nullable=False, server_default="0"),  # what gifts in it were worth
    Column("earned", BigInteger),  # the host's share of them; NULL: not known, of rooms from before it was recorded
    Column("created_at", BigInteger, nullable=False),  # Unix ms, as the next two
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("live_since", BigInteger),  # Unix ms; NULL while it is not live
    Column("on_air_ms", BigInteger, nullable=False, server_default="0"),  # in the times it was live before
    Column("measured_ms", BigInteger, nullable=False, server_default="0"),  # see monitoring/airtime.py
    Column("watched_ms", BigInteger, nullable=False, server_default="0"),  # by all viewers together
    Column("dull_ms", BigInteger, nullable=False, server_default="0"),  # with a black, still or missing picture
    Index("ix_rooms_order", "live", "viewers", "id"),
    Index("ix_rooms_host", "host", "id"),
)

stream_keys = Table(
    "stream_keys",
    metadata,
    Column("person", Text, ForeignKey("people.id"), primary_key=True),
    Column("stream_key", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),  # Unix ms
    Index("ix_stream_keys_stream_key", "stream_key", unique=True),
)

nodes = Table(
    "nodes",
    metadata,
    Column("id", Text, primary_key=True),  # host name and media port: the same after a restart
    Column("boot", Text, nullable=False),  # one process: another after each restart
    Column("address", Text, nullable=False),  # the base URL of its HTTP
    Column("heard_at", BigInteger, nullable=False),  # last heartbeat, Unix ms by the database's clock
    Column("draining", Integer, nullable=False, server_default="0"),  # 1: takes no new rooms
    Index("ix_nodes_boot", "boot", unique=True),
)

declare(
    rooms, "Your live rooms: titles, times, how many watched.",
    "Vos directs : titres, heures, nombre de spectateurs.", owner="host", erase="blank",
    blank={"title": "[deleted]", "title_withheld": ""}, level="public",
)  # fmt: skip
declare(stream_keys, "Your stream key.", "Votre clé de diffusion.", owner="person", secret="stream_key", level="key")
impersonal(nodes, "The processes that carry media.")
