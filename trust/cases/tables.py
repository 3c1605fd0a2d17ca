"""Tables of cases and decisions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, text

from core.privacy import declare
from core.tables import metadata
from trust.cases.rules import APPEAL_DAYS, DAY_MS

_WAITING = text("state <> 'decided'")
_HELD = text("holder <> ''")
_DUE = text("effect_due = 1")
_UNTOLD = text("untold = 1")

cases = Table(  # one for each subject
    "cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # of the subject: video, comment, person, room, line
    Column("subject", Text, nullable=False),
    Column("about", Text, nullable=False),  # the id of the person who is responsible for it
    Column("state", Text, nullable=False),  # open, second (somebody else has to look, too), appealed, decided
    Column("reason", Text, nullable=False),  # the gravest of its reports
    Column("evidence", Text, nullable=False),  # what it said when it was reported
    Column("reports", BigInteger, nullable=False),  # since it was last decided
    Column("rank", BigInteger, nullable=False),  # Unix ms; the lowest is looked at first (cases/rank)
    Column("opened_at", BigInteger, nullable=False),  # Unix ms
    Column("version", BigInteger, nullable=False),  # grows with each change
    Column("holder", Text, nullable=False, server_default=""),  # who is looking at it, until `lease_until`
    Column("token", LargeBinary),  # SHA-256 of what the holder shows to decide
    Column("lease_until", BigInteger, nullable=False),  # Unix ms; 0: nobody
    Column("decided_by", Text, nullable=False, server_default=""),  # does not judge an appeal against it
    Column("appealed_at", BigInteger, nullable=False, server_default="0"),  # Unix ms
    Index("ix_cases_subject", "kind", "subject", unique=True),
    Index("ix_cases_queue", "rank", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("ix_cases_about", "about"),
    Index("ix_cases_holder", "holder", sqlite_where=_HELD, postgresql_where=_HELD),
)

case_events = Table(  # only ever appended to
    "case_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_case_events_case", "case", "id"),
    Index("ix_case_events_at", "at"),  # by which the transparency report counts
)

case_skips = Table(
    "case_skips",
    metadata,
    Column("case", Text, primary_key=True),
    Column("person", Text, primary_key=True),
)

case_opinions = Table(  # of who was asked first, second ... about a case that one person alone must not decide
    "case_opinions",
    metadata,
    Column("case", Text, primary_key=True),
    Column("by", Text, primary_key=True),
    Column("content", Text, nullable=False),  # as of a decision; empty once it is settled
    Column("measure", Text, nullable=False),
    Column("for_good", BigInteger, nullable=False),  # 1: the measure has no end
    Column("admin", BigInteger, nullable=False),  # 1: an admin's
    Column("settled", BigInteger, nullable=False, server_default="0"),  # 1: the case was decided
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_case_opinions_by", "by"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("content", Text, nullable=False),  # keep, hide
    Column("measure", Text, nullable=False),  # none, warn, posts, live, account
    Column("category", Text, nullable=False),  # of the DSA's transparency database; empty if nothing is wrong
    Column("ground", Text, nullable=False),  # law, terms
    Column("reason", Text, nullable=False),  # for the person it is about
    Column("until", BigInteger, nullable=False),  # of the measure: Unix ms
    Column("points", BigInteger, nullable=False),
    Column("points_until", BigInteger, nullable=False),  # Unix ms
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("effect_due", BigInteger, nullable=False, server_default="0"),  # 1: a room or a line is still to be changed
    Column("state", Text, nullable=False, server_default="standing"),  # standing, appealed, upheld, reversed
    Column("appeal", Text, nullable=False, server_default=""),
    Column("appealed_at", BigInteger, nullable=False, server_default="0"),
    Column("judged_by", Text, nullable=False, server_default=""),
    Column("judgement", Text, nullable=False, server_default=""),
    Column("judged_at", BigInteger, nullable=False, server_default="0"),
    Column("untold", BigInteger, nullable=False, server_default="0"),  # 1: an order forbids to tell before `told_at`
    Column("told_at", BigInteger, nullable=False, server_default="0"),
    Index("ix_decisions_about", "about", "id"),
    Index("ix_decisions_case", "case", "id"),
    Index("ix_decisions_due", "id", sqlite_where=_DUE, postgresql_where=_DUE),
    Index("ix_decisions_untold", "told_at", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
)

declare(
    cases, "What of yours was reported, as it was then, at least while you can appeal; never by whom.",
    "Ce qui, de vous, a été signalé, tel quel, au moins tant qu’un recours est possible ; jamais par qui.",
    owner="about",
    secret="holder token decided_by reports rank version lease_until reason", erase="blank", blank={"evidence": ""},
    untold="EXISTS (SELECT 1 FROM legal_order_items AS i WHERE i.kind = cases.kind AND i.subject = cases.subject"
    " AND i.untold = 1)",
    days=180, clock="opened_at", hold="cases", basis="law", level="grave",
    when="state = 'decided' AND NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.\"case\" = cases.id"
    f" AND d.told_at > :now - {APPEAL_DAYS * DAY_MS})",  # whoever judges an appeal reads it
)  # fmt: skip
declare(
    case_events, "What happened to these cases, by whom of the staff.",
    "Ce qu’il est advenu de ces dossiers, et par qui dans l’équipe.", owner="by", erase="keep", basis="law",
)  # fmt: skip
declare(case_skips, "Cases that you, as staff, left to others.", "Les dossiers que vous avez laissés à d’autres.",
        owner="person")  # fmt: skip
declare(case_opinions, "What you, as staff, thought of cases that two have to agree about, until they are decided.",
        "Votre avis, dans l’équipe, sur des dossiers où deux doivent s’accorder, jusqu’à la décision.",
        owner="by")  # fmt: skip
declare(
    decisions, "Decisions about you, with their reasons, and your appeals.",
    "Les décisions à votre sujet, leurs motifs et vos recours.", owner="about", secret="by judged_by effect_due untold",
    untold="untold = 1", erase="keep", law="reason appeal judgement", days=400, basis="law",
    when="state <> 'appealed'", level="grave",
)  # fmt: skip
