"""A bakery buys a campaign from nothing, a moderator reviews it, and what is rejected says why."""

from __future__ import annotations

from tests.browser.conftest import PHONE, Open, Window, findings
from tests.browser.test_first_load import maker as maker
from tests.browser.test_first_load import video as video
from tests.served import Person, Served

NARROW = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}


def book(window: Window, name: str, text: str) -> None:
    """Fill in the one page and send it."""
    window.see("advertiser-name" if window.page.get_by_test_id("advertiser-name").count() else "ad-text")
    if window.page.get_by_test_id("advertiser-name").count():
        window.fill("advertiser-name", "Corner Bakery")
    window.fill("ad-text", text)
    window.fill("ad-url", "https://bakery.example/bread")
    window.page.get_by_test_id("ad-action").select_option("order")
    window.page.get_by_test_id("category").select_option("food")
    window.fill("campaign-name", name)
    window.fill("total", "20")
    window.until("() => document.querySelector('[data-testid=preview-text]')?.textContent.includes('bread')")
    window.until("() => document.querySelector('[data-testid=pick-video]')?.checked")


def state(window: Window) -> str:
    window.see("campaign-state")
    return str(window.page.get_by_test_id("campaign-state").first.get_attribute("data-state"))


def test_a_campaign_is_bought_from_nothing_rejected_mended_and_approved(
    open_window: Open, shared_server: Served, maker: Person, video: str
) -> None:
    reviewer = shared_server.join()
    shared_server.grant(reviewer, "moderator")

    mine = open_window(f"/@{maker.handle}", maker, PHONE)
    mine.press("to-ads")
    mine.press("new-campaign")
    mine.see("ad-text")
    book(mine, "Opening", "Warm bread every morning")
    mine.see("forecast")
    assert "20" in mine.text("to-pay")
    assert findings(mine) == []
    mine.press("send")
    mine.page.wait_for_url("**/ads/campaigns/*")
    assert state(mine) == "review"
    campaign = mine.page.url

    desk = open_window("/admin/ads", reviewer)
    desk.see("waiting", "Warm bread")
    assert findings(desk) == []
    desk.press("verify-waiting")
    desk.until("() => !document.querySelector('[data-testid=verify-waiting]')")
    desk.press("reject")
    desk.page.get_by_test_id("reason-landing_page").check()
    desk.fill("note", "The page says that it is closed.")
    desk.press("reject-yes")
    desk.until("() => !document.querySelector('[data-testid=waiting]')")

    mine.page.goto("/inbox")
    mine.see("inbox-line", "Your ad was rejected")
    mine.see("inbox-line", "does not fit or does not work")
    assert findings(mine) == []
    mine.page.locator("[data-testid=inbox-line][data-kind=ad]").first.click()
    mine.page.wait_for_url("**/ads/campaigns/*")
    assert mine.page.url == campaign
    assert state(mine) == "draft"
    mine.see("reasons", "does not fit or does not work")
    mine.see("reasons", "The page says that it is closed.")
    assert findings(mine) == []
    mine.press("edit-creative")
    mine.fill("ad-text", "Warm bread from eight")
    mine.press("save-creative")
    mine.see("creative", "Warm bread from eight")
    mine.press("submit")
    mine.until("() => document.querySelector('[data-testid=campaign-state]')?.dataset.state === 'review'")

    desk.page.reload()
    desk.see("waiting", "from eight")
    desk.press("approve")
    desk.until("() => !document.querySelector('[data-testid=waiting]')")

    mine.page.reload()
    assert state(mine) == "running"
    assert "€20" in mine.text("figure-spent").replace("\u00a0", "")
    mine.press("pause")
    mine.see("resume")
    mine.press("change")
    mine.fill("total", "30")
    mine.page.get_by_test_id("category").select_option("restaurants")
    mine.see("again")
    mine.page.get_by_test_id("category").select_option("food")
    mine.until("() => !document.querySelector('[data-testid=again]')")
    mine.page.get_by_test_id("edit-zone").select_option("Europe/Berlin")
    assert findings(mine) == []
    mine.press("save")
    mine.until("() => document.querySelector('[data-testid=figure-spent]')?.textContent.includes('30')")
    mine.press("resume")
    mine.see("pause")
    mine.page.goto("/inbox")
    mine.see("inbox-line", "Your ad was approved")
    mine.page.goto("/ads")
    mine.see("campaign", "Opening")
    assert "€20" in mine.text("available").replace("\u00a0", "")


def test_a_landing_page_that_is_no_page_is_refused_in_words(open_window: Open, maker: Person, video: str) -> None:
    window = open_window("/ads/new", maker, NARROW)
    window.see("ad-text")
    book(window, "Trap", "Free bread")
    window.fill("ad-url", "javascript:alert(1)")
    window.press("send")
    window.page.get_by_text("An ad cannot lead to this address").first.wait_for()
    assert window.page.url.endswith("/ads/new")
    window.errors[:] = [one for one in window.errors if "status of 400" not in one]


def test_money_is_paid_in_and_goes_back(open_window: Open, shared_server: Served, video: str) -> None:
    person = shared_server.join()
    account = {"name": "Butcher", "country": "FR", "zone": "UTC"}
    assert person.http.post("/api/ads/advertisers", json=account).status_code == 201
    window = open_window("/ads", person, PHONE, "fr")
    window.press("pay-in")
    window.fill("amount", "12,50")
    window.press("pay")
    window.until("() => document.querySelector('[data-testid=available]')?.textContent.includes('12,50')")
    window.press("to-papers")
    window.until("() => document.querySelector('[data-testid=closing]')?.textContent.includes('12,50')")
    window.see("document", "Reçu")
    with window.page.expect_download() as drawn:
        window.press("document-pdf")
    assert drawn.value.suggested_filename.startswith("A2")
    assert findings(window) == []
    window.page.goto("/ads")
    window.press("edit-account")
    window.fill("advertiser-name", "Boucherie")
    window.see("name-again")
    window.fill("ad-vat", "FR40303265045")
    window.press("save-account")
    window.page.get_by_text("Boucherie").first.wait_for()
    window.page.goto("/ads")
    window.page.get_by_role("button", name="Versements").click()
    window.page.get_by_role("button", name="Récupérer 12,50").click()
    window.until("() => document.querySelector('[data-testid=available]')?.textContent.startsWith('0,00')")
    assert findings(window) == []
