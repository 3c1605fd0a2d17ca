"""A case from the report to the appeal, as the three people see it."""

from __future__ import annotations

from tests.browser.conftest import PHONE, Open, findings
from tests.served import Served


def test_a_reported_profile_is_restricted_with_a_reason_and_the_appeal_is_heard_by_somebody_else(
    open_window: Open, shared_server: Served
) -> None:
    first, second, troll, fan = (shared_server.join() for _ in range(4))
    for person in (first, second):
        shared_server.grant(person, "moderator")
    body = {"subject": {"kind": "person", "id": troll.id}, "reason": "child_safety", "text": "Look at the name."}
    assert fan.http.post("/api/reports", json=body).status_code == 201

    desk = open_window("/admin/moderation", first)
    desk.page.get_by_test_id("queued").filter(has_text=f"@{troll.handle}").get_by_role("button", name="Take").click()
    desk.see("case", f"@{fan.handle}")
    covered = desk.page.get_by_test_id("covered")
    assert covered.get_attribute("data-shown") == "false"
    desk.page.keyboard.down("v")
    desk.page.locator("[data-testid=covered][data-shown=true]").wait_for()
    desk.page.keyboard.up("v")
    desk.page.locator("[data-testid=covered][data-shown=false]").wait_for()
    desk.page.get_by_test_id("measure").select_option("posts")
    desk.page.get_by_test_id("category").select_option("minors")
    desk.page.get_by_test_id("reason").fill("The profile invites children to private chats.")
    assert findings(desk) == []
    desk.press("decide")
    desk.page.get_by_text("Decided", exact=True).wait_for()

    theirs = open_window("/inbox", troll, PHONE)
    theirs.page.get_by_text("A moderator has decided about something of yours").click()
    theirs.see("statement", "You may not post until")
    theirs.see("statement", "The profile invites children to private chats.")
    assert first.handle not in theirs.page.content()
    theirs.press("appeal")
    theirs.page.get_by_test_id("appeal-text").fill("It is my band's name.")
    theirs.press("appeal-send")
    theirs.see("statement", "Your appeal waits for somebody else")
    assert findings(theirs) == []

    other = open_window("/admin/moderation", second, PHONE, locale="fr-FR")
    row = other.page.get_by_test_id("queued").filter(has_text=f"@{troll.handle}")
    row.get_by_role("button", name="Prendre").click()
    other.see("case", "It is my band's name.")
    other.page.get_by_test_id("judgement").fill("There is such a band.")
    assert findings(other) == []
    other.press("reverse")
    theirs.page.reload()
    theirs.see("statement", "the decision is undone")
    answers = open_window("/inbox", fan, PHONE)
    answers.page.get_by_text("Your report was right: we have acted on it").wait_for()
