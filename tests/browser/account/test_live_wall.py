"""The live wall: a room appears with its picture, covered, and one key stops it with a statement of reasons."""

from __future__ import annotations

import sqlite3

from tests.browser.conftest import PHONE, Open, findings
from tests.browser.test_live import go_live, room_of
from tests.served import Served


def test_a_moderator_sees_every_live_room_covered_and_stops_one_by_a_key(
    shared_server: Served, open_window: Open
) -> None:
    host, fan, moderator = (shared_server.join() for _ in range(3))
    shared_server.grant(moderator, "moderator")
    studio = open_window("/studio", host)
    go_live(studio, "Something is wrong here")
    room = room_of(shared_server, host.handle)
    report = {"subject": {"kind": "room", "id": room}, "reason": "violence", "text": ""}
    assert fan.http.post("/api/reports", json=report).status_code == 201

    wall = open_window("/admin/live-wall", moderator)
    mine = f"[data-room='{room}']"
    wall.page.locator(f"{mine} img").wait_for(timeout=60_000)
    assert "1 report" in wall.page.locator(mine).inner_text()
    picture = wall.page.locator(f"{mine} img")
    wall.until(f'() => document.querySelector("{mine} img").naturalWidth > 0')
    assert "blur" in str(picture.evaluate("one => getComputedStyle(one).filter"))
    wall.page.keyboard.down("v")
    wall.page.locator("[data-testid=wall][data-shown=true]").wait_for()
    assert "blur" not in str(picture.evaluate("one => getComputedStyle(one).filter"))
    wall.page.keyboard.up("v")
    assert findings(wall) == []

    wall.page.locator(mine).get_by_test_id("wall-select").focus()
    wall.page.keyboard.press("s")
    wall.page.locator(mine).wait_for(state="detached")
    wall.page.wait_for_timeout(200)
    studio.see("studio-stopped", "A moderator stopped your stream")
    studio.see("statement", "a moderator has ended the stream")
    assert "Well done" not in studio.page.locator("body").inner_text()
    assert findings(studio) == []
    assert shared_server.http.get(f"/api/rooms/{room}").json()["state"] == "ended"
    theirs = open_window("/decisions", host, PHONE)
    theirs.see("statement", "a moderator has ended the stream")
    with sqlite3.connect(shared_server.data_dir / "cadeau.db") as database:
        kept = "SELECT length(thumbnail) FROM machine_sights WHERE kind = 'room' AND subject = ?"
        wall.page.wait_for_timeout(1_500)
        assert database.execute(kept, (room,)).fetchone() == (0,)


def test_an_admin_sees_the_curves_sets_a_threshold_and_adds_words(shared_server: Served, open_window: Open) -> None:
    admin = shared_server.join()
    shared_server.grant(admin, "admin")
    learned = "INSERT INTO machine_heads (hash, label, input, weights, decisions, state, made_at) "
    with sqlite3.connect(shared_server.data_dir / "cadeau.db") as database:
        database.execute(f"{learned} VALUES ('h', 'harassment', 'meaning', x'', 120, 'retired', 1)")
        database.execute(f"{learned} VALUES ('i', 'hate', 'meaning', x'', 140, 'shadow', 1)")
    page = open_window("/admin/machine", admin)
    page.see("machine-label", "Holds nothing")
    page.see("machine-learned", "Meaning, in any language")
    assert "On trial" in page.text("machine-learned")
    assert page.page.get_by_test_id("machine-learned").get_by_role("listitem").count() == 1
    look = page.page.get_by_test_id("machine-look").first
    look.fill("0.7")
    page.page.get_by_test_id("machine-save").first.click()
    page.page.get_by_text("Saved", exact=True).wait_for()
    page.page.get_by_test_id("machine-word").fill("B4d  Wörd")
    page.page.get_by_role("button", name="Add").click()
    page.page.get_by_text("bad word").wait_for()
    assert findings(page) == []
    told = admin.http.get("/api/moderation/machine").json()
    assert [one["look"] for one in told["labels"] if one["label"] == "nudity"] == [0.7]
