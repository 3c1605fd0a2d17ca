"""What lists of words and links find in a line, whatever its spelling, and what they leave alone."""

from __future__ import annotations

import pytest

from chat.filters.filter import Filter, FilterList, Line, LinkRule, Verdict, Word, worst
from chat.filters.links import domain_of, hosts_in

WORDS = Filter.of(
    FilterList([Word("badword", "refuse"), Word("two words", "hold"), Word("плохо", "hold"), Word("ماما", "hold")])
)


@pytest.mark.parametrize(
    "text",
    [
        "badword", "BadWord!", "bádwörd", "b a d w o r d",
        "a b a d w o r d !", "b.a.d.w.o.r.d", "b4dw0rd", "baaaadword", "ｂａｄｗｏｒｄ",
        "b\u0430dw\u043erd", "bad\u200bword", "a badword here",
    ],
)  # fmt: skip
def test_a_word_is_found_in_every_spelling(text: str) -> None:
    assert WORDS.judge(Line(text)) == Verdict("refuse", "word")


@pytest.mark.parametrize("text", ["two words", "Two  WORDS", "t w o w o r d s", "twowords", "ПЛОХО", "ماما"])
def test_phrases_and_other_scripts_are_found_too(text: str) -> None:
    assert WORDS.judge(Line(text)) == Verdict("hold", "word")


@pytest.mark.parametrize(
    "text", ["badwords", "abadword", "bad word", "a b c d", "two other words", "хорошо", "", "🎁🎁", "42"]
)
def test_parts_of_other_words_are_left_alone(text: str) -> None:
    assert WORDS.judge(Line(text)) is None


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("see https://www.Example.org/a?b=c", ["example.org"]),
        ("example.com", ["example.com"]),
        ("example . com, or example(dot)net", ["example.com", "example.net"]),
        ("example dot com", ["example.com"]),
        ("hxxps://evil.example", ["evil.example"]),
        ("https://allowed.org@evil.example/x", ["evil.example"]),
        ("https://evil.example\\@allowed.org", ["evil.example"]),
        ("https://evil.example:8080", ["evil.example"]),
        ("www.evil.zip", ["evil.zip"]),
        ("t.me/somebody", ["t.me"]),
        ("http://1.2.3.4/x 1.2.3.4:80", ["1.2.3.4", "1.2.3.4"]),
        ("b\u00fccher.de", ["xn--bcher-kva.de"]),
        ("example\u3002com", ["example.com"]),
        ("exam\u200bple.com", ["example.com"]),
        ("hello.How are you? 3.14, e.g. this... ok.thanks", []),
        ("write to ann@example.com", []),
        ("C'est fini. Merci. 10.30 h", []),
    ],
)
def test_links_are_found_where_they_lead(text: str, hosts: list[str]) -> None:
    assert hosts_in(text) == hosts


@pytest.mark.parametrize(
    ("rule", "text", "verdict"),
    [
        ("allow", "evil.com", None),
        ("hold", "evil.com", Verdict("hold", "link")),
        ("hold", "no link", None),
        ("refuse", "good.org", Verdict("refuse", "link")),
        ("listed", "good.org and https://a.good.org/x", None),
        ("listed", "good.org and evil.com", Verdict("refuse", "link")),
        ("listed", "https://good.org.evil.com", Verdict("refuse", "link")),
        ("listed", "https://notgood.org", Verdict("refuse", "link")),
    ],
)
def test_links_follow_the_rule(rule: LinkRule, text: str, verdict: Verdict | None) -> None:
    assert Filter.of(FilterList(links=rule, domains=["good.org"])).judge(Line(text)) == verdict


def test_a_domain_is_kept_as_it_is_compared() -> None:
    kept = ["https://www.Example.org/path", "b\u00fccher.de", "nothing", "a b.c", "-", "x" * 250 + ".com"]
    assert [domain_of(one) for one in kept] == ["example.org", "xn--bcher-kva.de", None, None, None, None]


def test_the_stricter_of_two_lists_wins() -> None:
    hold, refuse = Verdict("hold", "word"), Verdict("refuse", "link")
    assert worst([None, hold, refuse]) == refuse
    assert worst([hold, None]) == hold
    assert worst([None, None]) is None
