"""An advertiser's people: somebody is invited, says yes, and leaves again."""

from __future__ import annotations

import pytest

from tests.browser.ads.sponsors import new_sponsor
from tests.browser.conftest import DESKTOP, PHONE, Open, findings
from tests.served import Served


@pytest.mark.parametrize(("locale", "waits"), [("en-GB", "· invited"), ("fr-FR", "invitation envoyée")])
def test_nobody_acts_for_an_advertiser_before_they_have_agreed(
    shared_server: Served, open_window: Open, locale: str, waits: str
) -> None:
    owner, invited = shared_server.join(), shared_server.join()
    new_sponsor(owner, "Corner Bakery")
    desk = open_window("/ads", owner, DESKTOP, locale)
    desk.page.locator("details:has([data-testid=member-handle]) > summary").click()
    assert desk.page.get_by_role("button", name=owner.handle).count() == 0, "the last owner stays one"
    desk.fill("member-handle", f"@{invited.handle}")
    desk.press("add-member")
    desk.page.get_by_text(waits).wait_for()
    assert findings(desk) == []

    phone = open_window("/ads", invited, PHONE, locale)
    phone.see("invitation", "Corner Bakery")
    assert findings(phone) == []
    phone.press("accept-invitation")
    phone.see("available")
    assert phone.page.get_by_test_id("invitation").count() == 0
    assert findings(phone) == []
    phone.page.locator(f"details:has(a[href='/@{invited.handle}']) > summary").click()
    phone.page.get_by_role("button", name=invited.handle).click()
    phone.page.get_by_test_id("available").wait_for(state="detached")  # nothing of the advertiser is shown any more
    assert findings(phone) == []
    assert invited.http.get("/api/ads/advertisers").json()["items"] == []
