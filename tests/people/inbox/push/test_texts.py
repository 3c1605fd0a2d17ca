"""The words of push notifications."""

from __future__ import annotations

import pytest

from core.identity import Person
from people.inbox.notices import KINDS
from people.inbox.push.texts import _LANGUAGES, PAYLOAD_TEXT_CHARS_MAX, pushed
from people.inbox.reading import Group, Subject


def group(kind: str, people: int = 1, name: str = "Ana", text: str = "", title: str = "Cats") -> Group:
    subject = Subject(KINDS[kind].subject, "s1", title) if KINDS[kind].subject else None
    by = [Person("p1", "ana", name)]
    return Group(f"{kind}-s1-1", kind, 1, True, by, people, text, 12_345, subject)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", _LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_words_in_every_language(kind: str, language: str) -> None:
    for people in (1, 2, 3):
        told = pushed(group(kind, people), language)
        assert told.title if KINDS[kind].own else "Ana" in told.title


def test_what_became_of_a_payout_is_a_sentence_without_a_code() -> None:
    for language in _LANGUAGES:
        for text in ("paid", "returned", "failed", "cancelled", "destination", "another"):
            told = pushed(group("payout", text=text), language)
            assert text not in told.body
            assert " " in told.title


def test_who_is_sanctioned_by_a_host_reads_whose_rooms_it_is_about_and_no_code() -> None:
    for text in ("mute 1900000000000 spam", "ban 0 rules"):
        for language in _LANGUAGES:
            told = pushed(group("sanction", text=text), language)
            assert told.title.startswith("Ana")
            assert told.body == ""
            assert not {"mute", "ban", "spam", "rules"} & set(told.title.split())


def test_the_others_are_counted() -> None:
    assert pushed(group("like", 2), "en").title == "Ana and 1 other liked your video"
    assert pushed(group("like", 13), "fr").title == "Ana et 12 autres aiment votre vidéo"
    assert pushed(group("gift"), "en").title == "Ana sent you gifts worth 12,345 coins"


def test_it_opens_the_right_page() -> None:
    urls = {kind: pushed(group(kind), "en").url for kind in KINDS}
    assert urls == {
        "follow": "/@ana", "like": "/video/s1", "comment": "/video/s1", "mention": "/video/s1", "live": "/room/s1",
        "gift": "/room/s1", "payout": "/wallet/payouts", "agreement": "/earnings",
        "decision": "/decisions", "report": "/inbox", "challenge": "/challenges",
        "ad": "/ads/campaigns/s1", "legal_order": "/admin/orders", "order": "/orders", "sale": "/shop/orders",
        "return": "/shop/orders", "seller": "/shop", "goal": "/ads", "sanction": "/legal", "unused": "/privacy",
    }  # fmt: skip
    assert pushed(group("follow", 2), "en").url == "/inbox"
    assert pushed(group("payout", text="copy"), "en").url == "/earnings/fund"
    assert pushed(group("goal", text="offered"), "en").url == "/ads/consents"


def test_an_order_says_what_was_bought_and_how_to_follow_it_and_sales_are_counted() -> None:
    sent = pushed(group("order", text="sent Post X1", title="Mug"), "en")
    assert (sent.title, sent.body) == ("Your order is on its way", "Mug · Post X1")
    assert pushed(group("order", text="refunded", title="Mug"), "fr").body == "Mug"
    assert pushed(group("sale"), "en").title == "12,345 new orders"
    assert pushed(group("sale"), "fr").title == "12\u202f345 nouvelles commandes"


def test_names_written_from_right_to_left_are_isolated_and_texts_bounded() -> None:
    assert pushed(group("follow", name="أمل"), "en").title == "\u2068أمل\u2069 started following you"
    assert len(pushed(group("live", title="x" * 1_000), "en").body) == PAYLOAD_TEXT_CHARS_MAX


def test_an_unknown_language_is_english() -> None:
    assert pushed(group("follow"), "tlh").title == "Ana started following you"
