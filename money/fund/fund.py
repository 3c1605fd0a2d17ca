"""Opens the fund: what records views, fills pots, closes, posts and explains."""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import Clock
from core.database import Database
from core.settings import Settings
from money.fund.ad_share import AdShare
from money.fund.closing import Closing, Followers, Joined
from money.fund.corrections import Corrections
from money.fund.originals.originality import Originality
from money.fund.periods import Periods
from money.fund.posting import Posting
from money.fund.results.explaining import Explaining
from money.fund.terms import Terms
from money.fund.views import FundViews
from money.ledger import Ledger
from money.rates import Rates
from money.reports.sums import Sums
from people.accounts import joined_at
from people.follows import follower_counts
from people.inbox.notices import SILENCE, Notifies


@dataclass(frozen=True, slots=True)
class Fund:
    views: FundViews
    periods: Periods
    closing: Closing
    corrections: Corrections
    posting: Posting
    explaining: Explaining
    originality: Originality


def open_fund(
    settings: Settings, database: Database, clock: Clock, ledger: Ledger, rates: Rates, inbox: Notifies = SILENCE,
    *, joined: Joined = joined_at, followers: Followers = follower_counts,
) -> Fund:  # fmt: skip
    terms = Terms.from_settings(settings)
    periods = Periods(clock, ledger)
    share = AdShare(database, Sums(database), rates, periods)
    corrections = Corrections(clock)
    return Fund(
        views=FundViews(terms),
        periods=periods,
        closing=Closing(database, clock, periods, terms, joined, followers, share.fill),
        corrections=corrections,
        posting=Posting(database, clock, ledger, periods, inbox),
        explaining=Explaining(clock, terms, joined, followers, corrections),
        originality=Originality(clock, inbox),
    )
