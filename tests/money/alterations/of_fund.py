"""What somebody may alter in the tables of the creator fund."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

A = TypeVar("A")


def of(table: str, key: str, where: str = "1 = 1") -> str:
    return f"SELECT min({key}) FROM {table} WHERE {where}"


MONTH = of("fund_periods", "period", "state = 'posted'")
IN_MONTH = "state = 'posted' AND period"
PAID_BY_FUND, LACKING = of("fund_creators", "creator", "coins > 0"), "SELECT 'poor'"
OF_FUND = "SELECT :row || ' in ' || min(period) FROM fund_creators"
WATCHED = of("fund_videos", "video")
LEFT_OUT = of("fund_left_out", "video")
FILLED = of("fund_fills", "key")
CORRECTED = of("fund_corrections", "id")
IN_LATER = "SELECT creator || ' in ' || period FROM fund_corrections WHERE id = :row"


def fund_alterations(
    changed: Callable[..., Iterator[A]], removed: Callable[..., A], inserted: Callable[..., A]
) -> Iterable[A]:
    return (
        *changed("fund_periods", "fund_pot_is_its_fills", MONTH, IN_MONTH, "pot"),
        *changed("fund_periods", "fund_amounts_are_the_pot", MONTH, IN_MONTH, "carried"),
        *changed("fund_periods", "fund_corrections_add_up", MONTH, IN_MONTH, "corrected"),
        *changed("fund_corrections", "fund_correction_is_in_the_books", CORRECTED, "id", "coins", "posted=0",
                  "by='eve'", "reason='other'", "month='2020-01'", named=IN_LATER),
        *changed("fund_corrections", "fund_correction_is_in_the_books", CORRECTED, "id", "creator='eve'",
                  named="SELECT 'eve in ' || max(period) FROM fund_corrections"),
        *changed("fund_corrections", "fund_correction_is_of_what_was_posted", CORRECTED, "id", "at=0", named=IN_LATER),
        removed("fund_corrections", "fund_transfer_has_its_creator", CORRECTED, "id",
                 "SELECT 'transfer ' || id FROM transfers WHERE key LIKE '%:' || :row"),
        inserted("fund_corrections", "fund_correction_is_in_the_books", CORRECTED, "id", IN_LATER, id="'forged'",
                  key="'forged'"),
        *changed("fund_originality", "fund_left_out_was_found", LEFT_OUT, "video", "creator='eve'", named=OF_FUND),
        removed("fund_originality", "fund_left_out_was_found", LEFT_OUT, "video", OF_FUND),
        *changed("fund_left_out", "fund_left_out_was_found", LEFT_OUT, "video", "creator='eve'", named=OF_FUND),
        inserted("fund_left_out", "fund_left_out_was_found", LEFT_OUT, "video",
                 "SELECT 'forged in ' || min(period) FROM fund_left_out", video="'forged'"),
        *changed("fund_periods", "fund_weights_add_up", MONTH, IN_MONTH, "weight"),
        *changed("fund_periods", "fund_posting_names_its_views", MONTH, IN_MONTH, "digest='other'"),
        *changed("fund_periods", "fund_state_is_what_was_posted", MONTH, IN_MONTH, "state='reviewed'",
                 "posted_at=NULL"),
        *changed("fund_periods", "fund_reasons_follow_from_terms", MONTH, IN_MONTH,
                 "terms='{\"creator_followers\": 0}'", named="SELECT 'poor in ' || :row"),
        removed("fund_periods", "fund_account_has_its_period", MONTH, IN_MONTH,
                 "SELECT 'account ' || id FROM accounts WHERE kind = 'fund' AND owner = :row"),
        *changed("fund_fills", "fund_fill_is_in_the_books", FILLED, "key", "coins", "at", "source='ads'", "by='eve'",
                  "note='other'", named="SELECT period || ' ' || :row FROM fund_fills"),
        removed("fund_fills", "fund_transfer_has_its_fill", FILLED, "key",
                 "SELECT 'transfer ' || id FROM transfers WHERE kind = 'fund_fill'"),
        inserted("fund_fills", "fund_fill_is_in_the_books", FILLED, "key", "SELECT period || ' forged' FROM fund_fills",
                  key="'forged'"),
        *changed("fund_creators", "fund_coins_follow_from_weights", PAID_BY_FUND, "creator", "coins", named=OF_FUND),
        *changed("fund_creators", "fund_posting_is_in_the_books", PAID_BY_FUND, "creator", "coins", "posted=0",
                  named=OF_FUND),
        *changed("fund_creators", "fund_videos_add_up", PAID_BY_FUND, "creator", "weight", "ms", named=OF_FUND),
        *changed("fund_creators", "fund_days_add_up", PAID_BY_FUND, "creator", "weight", "by_day='[1]'", named=OF_FUND),
        *changed("fund_creators", "fund_reasons_follow_from_terms", LACKING, "creator", "reasons=''", "followers=99",
                  "views=0", "days=0", "age_days=1", named=OF_FUND),
        removed("fund_creators", "fund_transfer_has_its_creator", PAID_BY_FUND, "creator",
                 "SELECT 'transfer ' || id FROM transfers WHERE kind = 'fund' AND key LIKE '%:' || :row"),
        inserted("fund_creators", "fund_posting_is_in_the_books", PAID_BY_FUND, "creator",
                  "SELECT 'forged in ' || min(period) FROM fund_creators", creator="'forged'"),
        *changed("fund_videos", "fund_videos_add_up", WATCHED, "video", "weight", "ms",
                  named="SELECT creator || ' in ' || period FROM fund_videos WHERE video = :row"),
        removed("fund_videos", "fund_videos_add_up", WATCHED, "video",
                 "SELECT creator || ' in ' || period FROM fund_videos WHERE video = :row"),
        inserted("fund_videos", "fund_video_has_its_creator", WATCHED, "video",
                  "SELECT :row || ' in ' || min(period) FROM fund_creators", creator="'forged'"),
    )  # fmt: skip
