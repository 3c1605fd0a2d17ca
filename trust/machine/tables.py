"""Tables of what the machine saw, what it learned from, and where it looks and holds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, LargeBinary, Table, Text, text

from core.privacy import declare, impersonal
from core.tables import metadata

_HIDDEN = text("hidden = 1")

machine_sights = Table(  # what the pictures of a video, or of a live room lately, show
    "machine_sights",
    metadata,
    Column("kind", Text, primary_key=True),  # video, room
    Column("subject", Text, primary_key=True),
    Column("about", Text, nullable=False),  # the id of the person who is responsible for it
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("model", Text, nullable=False),  # hash of the network that looked
    Column("score", Float),  # the highest; null: nothing is decided
    Column("vectors", LargeBinary, nullable=False),  # up to three, float16
    Column("hashes", LargeBinary, nullable=False),  # PDQ, 32 bytes for each picture
    Column("band", Text, nullable=False),  # nothing, look, hold
    Column("held", BigInteger, nullable=False, server_default="0"),  # 1: not shown until somebody has decided
    Column("hidden", BigInteger, nullable=False, server_default="0"),  # 1: by decision; its copies are looked for
    Column("copy_of", Text, nullable=False, server_default=""),
    Column("likeness", Float),  # to that
    Column("thumbnail", LargeBinary, nullable=False),  # of a room
    Index("ix_machine_sights_about", "about"),
    Index("ix_machine_sights_at", "kind", "at", "subject"),
    Index("ix_machine_sights_hidden", "subject", sqlite_where=_HIDDEN, postgresql_where=_HIDDEN),
)

machine_labels = Table(  # what people decided: the vector and the label, not the content
    "machine_labels",
    metadata,
    Column("decision", Text, primary_key=True),
    Column("label", Text, nullable=False),  # a reason, or copy
    Column("subject", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("right", BigInteger, nullable=False),  # 1: it was what the label says
    Column("score", Float),  # that the machine had given before
    Column("model", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("meaning", LargeBinary),  # of a text, float16; null: not known
    Column("meaning_score", Float),  # that the model of meanings would have given
    Column("meaning_model", Text, nullable=False, server_default=""),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_machine_labels_label", "label", "at"),
    Index("ix_machine_labels_about", "about"),
)

machine_heads = Table(  # what was learned from them
    "machine_heads",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("input", Text, nullable=False, server_default="text"),  # picture, text, meaning
    Column("weights", LargeBinary, nullable=False),
    Column("decisions", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # shadow, live, retired
    Column("made_at", BigInteger, nullable=False),  # Unix ms
    Column("stale", BigInteger, nullable=False, server_default="0"),  # 1: somebody it learned from was erased
    Index("ix_machine_heads_label", "label", "made_at"),
)

machine_thresholds = Table(  # admins'; what is not in it has the default
    "machine_thresholds",
    metadata,
    Column("label", Text, primary_key=True),
    Column("look", Float, nullable=False),
    Column("target", Float, nullable=False),  # the precision that `hold` needs, proven
    Column("set_by", Text, nullable=False),
    Column("set_at", BigInteger, nullable=False),  # Unix ms
)

machine_words = Table(  # admins' own, beside those that come with the server
    "machine_words",
    metadata,
    Column("words", Text, primary_key=True),  # normalized
    Column("label", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", BigInteger, nullable=False),  # Unix ms
)

declare(
    machine_sights, "What automated moderation saw in your videos and your room.",
    "Ce que la modération automatique a vu dans vos vidéos et votre salon.", owner="about",
    secret="model score vectors hashes likeness thumbnail copy_of", basis="interest", level="grave",
)  # fmt: skip
declare(
    machine_labels, "Decisions about you that automated moderation learns from, as numbers.",
    "Les décisions à votre sujet dont la modération automatique apprend, sous forme de nombres.", owner="about",
    secret="vector score model meaning meaning_score meaning_model", basis="interest",
    untold="EXISTS (SELECT 1 FROM decisions AS d WHERE d.id = machine_labels.decision AND d.untold = 1)", level="grave",
)  # fmt: skip
impersonal(machine_heads, "What automated moderation has learned, as numbers.")
impersonal(machine_thresholds, "Where automated moderation looks and holds.", others="set_by")
impersonal(machine_words, "Words that automated moderation looks for.", others="set_by")
