"""The web client's forms use the server's limits."""

from __future__ import annotations

import re

import pytest

from chat.filters import lists as filter_lists
from chat.kinds.say import CHAT_TEXT_CHARS_MAX
from live.rooms import TITLE_CHARS_MAX
from money.fund import periods
from money.fund.originals import originality
from money.payouts.people import identities
from money.payouts.rails import hand, sepa
from money.purchases.routes import REFUND_NOTE_CHARS_MAX
from money.receipts import billing
from money.signals.signals import SIGNAL_NOTE_CHARS_MAX
from money.tax import forms as tax_forms
from money.tax.numbers import NUMBER_CHARS_MAX
from money.vat.report import EXCHANGE_CHARS_MAX
from money.vat.routes import NOTE_CHARS_MAX
from people.accounts import BIO_CHARS_MAX, HANDLE, NAME_CHARS_MAX, Password
from people.mail.addresses import ADDRESS_CHARS_MAX
from people.mail.resets import WHO_CHARS_MAX
from shop.coupons.coupons import CODE_CHARS_MAX
from shop.orders.addresses import ADDRESS_LINE_CHARS_MAX
from shop.products import products
from shop.reviews.reviews import ANSWER_CHARS_MAX, REVIEW_CHARS_MAX
from shop.routes.sellers import CARRIER_CHARS_MAX, TRACKING_CHARS_MAX
from shop.sellers import sellers
from shop.sellers.balance import REFERENCE_CHARS_MAX
from shop.sellers.zones import ZONE_NAME_CHARS_MAX
from tests.served import ROOT
from trust.cases.appeals import APPEAL_CHARS_MAX
from trust.cases.decisions import REASON_CHARS_MAX
from trust.legal import confidential, notices, orders, places
from trust.machine import routes as machine
from trust.privacy import breaches
from trust.reports import REPORT_TEXT_CHARS_MAX
from vod.ads import library
from vod.ads.campaigns import advertisers, booking, review
from vod.ads.challenges import challenges
from vod.ads.challenges import terms as challenge_terms
from vod.ads.effects import bookings as effect_bookings
from vod.ads.goals import goals
from vod.catalogue.comments import COMMENT_CHARS_MAX
from vod.catalogue.videos import CAPTION_CHARS_MAX
from vod.library.collections import COLLECTION_NAME_CHARS_MAX
from vod.search.query import QUERY_CHARS_MAX
from vod.sounds.sounds import SOUND_TITLE_CHARS_MAX
from vod.uploads.tus import UPLOAD_BYTES_MAX

API = ROOT / "static" / "src" / "api"
LIMITS = {
    name: int(value) for name, value in re.findall(r"const (\w+) = (\d+)$", (API / "limits.ts").read_text(), re.M)
}


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("NAME_CHARS_MAX", NAME_CHARS_MAX), ("BIO_CHARS_MAX", BIO_CHARS_MAX), ("TITLE_CHARS_MAX", TITLE_CHARS_MAX),
        ("CAPTION_CHARS_MAX", CAPTION_CHARS_MAX), ("COMMENT_CHARS_MAX", COMMENT_CHARS_MAX),
        ("COLLECTION_NAME_CHARS_MAX", COLLECTION_NAME_CHARS_MAX), ("REPORT_TEXT_CHARS_MAX", REPORT_TEXT_CHARS_MAX),
        ("CHAT_TEXT_CHARS_MAX", CHAT_TEXT_CHARS_MAX), ("REVIEW_CHARS_MAX", REVIEW_CHARS_MAX),
        ("ANSWER_CHARS_MAX", ANSWER_CHARS_MAX), ("SOUND_TITLE_CHARS_MAX", SOUND_TITLE_CHARS_MAX),
        ("SIGNAL_NOTE_CHARS_MAX", SIGNAL_NOTE_CHARS_MAX), ("REFUND_NOTE_CHARS_MAX", REFUND_NOTE_CHARS_MAX),
        ("QUERY_CHARS_MAX", QUERY_CHARS_MAX), ("LEGAL_NAME_CHARS_MAX", identities.NAME_CHARS_MAX),
        ("HOLDER_CHARS_MAX", sepa.NAME_CHARS_MAX), ("DETAILS_CHARS_MAX", hand.DETAILS_CHARS_MAX),
        ("REASON_CHARS_MAX", identities.REASON_CHARS_MAX), ("BILLING_NAME_CHARS_MAX", billing.NAME_CHARS_MAX),
        ("ADDRESS_CHARS_MAX", billing.ADDRESS_CHARS_MAX), ("VAT_NUMBER_CHARS_MAX", billing.VAT_NUMBER_CHARS_MAX),
        ("VAT_NOTE_CHARS_MAX", NOTE_CHARS_MAX), ("EXCHANGE_CHARS_MAX", EXCHANGE_CHARS_MAX),
        ("FUND_NOTE_CHARS_MAX", periods.NOTE_CHARS_MAX), ("DISPUTE_CHARS_MAX", originality.TEXT_CHARS_MAX),
        ("ORIGINALITY_NOTE_CHARS_MAX", originality.NOTE_CHARS_MAX),
        ("TAX_LINE_CHARS_MAX", tax_forms.LINE_CHARS_MAX), ("TAX_NUMBER_CHARS_MAX", NUMBER_CHARS_MAX),
        ("POSTCODE_CHARS_MAX", tax_forms.POSTCODE_CHARS_MAX),
        ("DECISION_REASON_CHARS_MAX", REASON_CHARS_MAX), ("APPEAL_CHARS_MAX", APPEAL_CHARS_MAX),
        ("SPONSOR_CHARS_MAX", advertisers.NAME_CHARS_MAX), ("AD_QUERY_CHARS_MAX", library.QUERY_CHARS_MAX),
        ("CONSENT_CODE_CHARS_MAX", booking.CODE_TEXT_CHARS_MAX),
        ("CAMPAIGN_NAME_CHARS_MAX", booking.NAME_CHARS_MAX), ("AD_TEXT_CHARS_MAX", booking.TEXT_CHARS_MAX),
        ("GOAL_TEXT_CHARS_MAX", goals.TEXT_CHARS_MAX),
        ("NOTICE_ADDRESS_CHARS_MAX", places.ADDRESS_CHARS_MAX), ("NOTICE_NAME_CHARS_MAX", notices.NAME_CHARS_MAX),
        ("NOTICE_WHY_CHARS_MAX", notices.WHY_CHARS_MAX), ("ORDER_LINE_CHARS_MAX", orders.LINE_CHARS_MAX),
        ("ORDER_TEXT_CHARS_MAX", orders.TEXT_CHARS_MAX), ("ORDER_WEEKS_MAX", confidential.WEEKS_MAX),
        ("BREACH_TEXT_CHARS_MAX", breaches.TEXT_CHARS_MAX), ("MACHINE_WORDS_CHARS_MAX", machine.WORDS_CHARS_MAX),
        ("FILTER_WORDS_CHARS_MAX", filter_lists.WORDS_CHARS_MAX),
        ("CHALLENGE_TITLE_CHARS_MAX", challenge_terms.TITLE_CHARS_MAX),
        ("CHALLENGE_RULES_CHARS_MAX", challenge_terms.RULES_CHARS_MAX),
        ("CHALLENGE_TAG_CHARS_MAX", challenge_terms.TAG_CHARS_MAX),
        ("CHALLENGE_BECAUSE_CHARS_MAX", challenges.BECAUSE_CHARS_MAX),
        ("EFFECT_NAME_CHARS_MAX", effect_bookings.NAME_CHARS_MAX),
        ("AD_NOTE_CHARS_MAX", review.NOTE_CHARS_MAX), ("AD_NOTE_CHARS_MAX", advertisers.REASON_CHARS_MAX),
        ("EMAIL_CHARS_MAX", ADDRESS_CHARS_MAX), ("EMAIL_CHARS_MAX", WHO_CHARS_MAX),
        ("SELLER_NAME_CHARS_MAX", sellers.SELLER_NAME_CHARS_MAX),
        ("SELLER_ADDRESS_CHARS_MAX", sellers.SELLER_ADDRESS_CHARS_MAX),
        ("SELLER_REGISTER_CHARS_MAX", sellers.SELLER_REGISTER_CHARS_MAX),
        ("SELLER_CONTACT_CHARS_MAX", sellers.SELLER_CONTACT_CHARS_MAX),
        ("SELLER_REASON_CHARS_MAX", sellers.REASON_CHARS_MAX),
        ("PRODUCT_TITLE_CHARS_MAX", products.TITLE_CHARS_MAX),
        ("DESCRIPTION_CHARS_MAX", products.DESCRIPTION_CHARS_MAX),
        ("VARIANT_NAME_CHARS_MAX", products.VARIANT_NAME_CHARS_MAX),
        ("ZONE_NAME_CHARS_MAX", ZONE_NAME_CHARS_MAX), ("ADDRESS_LINE_CHARS_MAX", ADDRESS_LINE_CHARS_MAX),
        ("COUPON_CODE_CHARS_MAX", CODE_CHARS_MAX),
        ("CARRIER_CHARS_MAX", CARRIER_CHARS_MAX), ("TRACKING_CHARS_MAX", TRACKING_CHARS_MAX),
        ("PAYMENT_REFERENCE_CHARS_MAX", REFERENCE_CHARS_MAX),
        ("PASSWORD_CHARS_MIN", Password.__metadata__[0].min_length),  # type: ignore[attr-defined]
        ("PASSWORD_CHARS_MAX", Password.__metadata__[0].max_length),  # type: ignore[attr-defined]
    ],
)  # fmt: skip
def test_the_client_has_the_servers_limit(name: str, limit: int) -> None:
    assert LIMITS[name] == limit


def test_the_client_accepts_exactly_the_lengths_of_handles_that_the_server_accepts() -> None:
    for length in range(1, 40):
        fits = LIMITS["HANDLE_CHARS_MIN"] <= length <= LIMITS["HANDLE_CHARS_MAX"]
        assert bool(HANDLE.match("a" * length)) == fits


def test_the_client_knows_the_largest_upload() -> None:
    assert f"UPLOAD_BYTES_MAX = {UPLOAD_BYTES_MAX // 2**20} * 1024 * 1024" in (API / "uploads.ts").read_text()


def test_no_limit_on_text_is_named_anywhere_else_in_the_client() -> None:
    sources = [
        path for path in (API.parent).rglob("*") if path.suffix in (".ts", ".svelte") and path.name != "limits.ts"
    ]
    assert len(sources) > 100
    assert [path.name for path in sources if re.search(r"CHARS_MAX = |maxlength=\"", path.read_text())] == []
