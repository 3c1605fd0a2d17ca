"""Creators see how their videos do: as graphs and as tables, of all videos and of one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert, select

from core.clock import system_clock
from core.database import Database
from tests.browser.conftest import DESKTOP, PHONE, Open, findings
from tests.browser.test_first_load import maker as maker
from tests.browser.test_first_load import video as video
from tests.served import Person, Served
from tests.vod.uploads.client import until
from vod.analytics.viewings import day_of
from vod.tables import analytics_progress, video_days


@pytest.fixture(scope="module")
def counted(shared_server: Served, video: str) -> str:
    """The video, with a week of views before today. The server has counted all days before, and found none."""
    today = day_of(system_clock())
    rows = [
        {
            "video": video, "day": today - ago, "views": 100 * ago, "viewers": 80, "watch_ms": 300_000,
            "watched_once_ms": 200_000, "likes": 7, "comments": 1, "shares": 2, "followers": 3,
            "retention": json.dumps([100 * ago - 10 * tenth for tenth in range(10)]),
            "sources": json.dumps({"followed": 60 * ago, "direct": 40 * ago}),
        }
        for ago in range(2, 7)
    ]  # fmt: skip
    database = Database(f"sqlite:///{shared_server.data_dir / 'cadeau.db'}")
    counted = select(analytics_progress.c.day).where(analytics_progress.c.day >= today - 1)
    until(lambda: database.read(lambda c: c.execute(counted).first()))
    database.write(lambda c: c.execute(insert(video_days), rows))
    database.close()
    return video


@pytest.mark.parametrize("shape", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_creator_sees_graphs_and_the_same_as_tables(
    open_window: Open, maker: Person, counted: str, shape: dict[str, Any]
) -> None:
    window = open_window(f"/@{maker.handle}", maker, shape)
    window.press("analytics")
    window.see("analytics-days", "2,000")
    window.see("sources", "Following")
    assert findings(window) == []
    window.page.get_by_test_id("analytics-videos").get_by_role("link").first.click()
    window.page.wait_for_url(f"**/analytics/{counted}")
    window.see("retention")
    window.page.get_by_text("Show as a table").first.click()
    window.page.get_by_text("Show as a table").last.click()
    assert findings(window) == []
    assert window.page.evaluate("document.documentElement.scrollWidth") <= shape["viewport"]["width"]
    window.press("period-7")
    window.see("analytics-days", "2,000")


def test_nobody_else_sees_them(open_window: Open, shared_server: Served, counted: str) -> None:
    stranger = shared_server.join()
    window = open_window(f"/analytics/{counted}", stranger)
    window.page.get_by_text("You’re not allowed to do this.").first.wait_for()
    assert window.page.get_by_test_id("retention").count() == 0
    window.errors[:] = [error for error in window.errors if "403" not in error]
    visitor = open_window("/analytics")
    visitor.page.get_by_text("Sign in to see how your videos do.").first.wait_for()
