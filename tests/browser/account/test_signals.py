"""Moderators see signs of laundering and decide about them."""

from __future__ import annotations

from sqlalchemy import insert

from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from money.tables import signals
from tests.browser.conftest import PHONE, Open, findings
from tests.served import Served


def test_a_moderator_clears_one_signal_and_confirms_another(open_window: Open, shared_server: Served) -> None:
    moderator, creator = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    rows = [
        {
            "id": new_id(), "person": creator.id, "code": code, "percent": 93, "coins": 12_000, "state": "open",
            "at": system_clock(), "note": "",
        }
        for code in ("dull_picture", "few_givers")
    ]  # fmt: skip
    database = Database(f"sqlite:///{shared_server.data_dir / 'cadeau.db'}")
    database.write(lambda c: c.execute(insert(signals), rows))
    database.close()
    window = open_window("/admin/media", moderator, PHONE)
    window.page.get_by_role("link", name="Money signals").click()
    window.see("signal-few_givers", "93% of the gifts, 12,000 coins, came from three people.")
    window.see("signal-dull_picture", f"{creator.handle}")
    assert findings(window) == []
    card = window.page.get_by_test_id("signal-few_givers")
    card.get_by_test_id("signal-note").fill("A family of fans.")
    card.get_by_test_id("signal-clear").click()
    card.wait_for(state="detached")
    window.press("signal-confirm")
    window.page.get_by_text("No signals").wait_for()
    window.page.get_by_role("button", name="Cleared").click()
    window.see("signal-few_givers", "A family of fans.")
    assert findings(window) == []
    states = moderator.http.get("/api/admin/signals", params={"state": "confirmed"}).json()["items"]
    assert [row["signal"]["code"] for row in states] == ["dull_picture"]


def test_only_moderators_see_signals(shared_server: Served) -> None:
    member = shared_server.join()
    assert member.http.get("/api/admin/signals").status_code == 403
    assert shared_server.http.get("/api/admin/signals").status_code == 401
    assert member.http.post("/api/admin/signals/x", json={"state": "cleared"}).status_code == 403
