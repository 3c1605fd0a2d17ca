"""What is found, over both databases: typing errors, accents, scripts, beginnings, order."""

from __future__ import annotations

import pytest

from tests.vod.search.conftest import Library
from vod.search.index.word_index import BEGINNINGS_MAX, SPELLED_OUT_MAX, word_index
from vod.search.query import parse
from vod.search.words import WORDS_MAX


@pytest.mark.parametrize(
    ("caption", "typed"),
    [
        ("Learning the guitar at night", "guitar"),
        ("Learning the guitar at night", "night guitar"),
        ("Learning the guitar at night", "guit"),
        ("Learning the guitar at night", "guiatr"),  # swapped
        ("Learning the guitar at night", "gitar"),  # left out
        ("Learning the guitar at night", "guittar"),  # doubled
        ("Learning the guitar at night", "lerning gutar"),
        ("A beautiful Photographer", "beautifull fotographer"),
        ("Un \u00e9t\u00e9 \u00e0 la plage", "ete plage"),
        ("Un ete a la plage", "\u00c9T\u00c9"),
        ("C'est l\u2019amour d'Amina", "amour"),
        ("Le c\u0153ur de Lyon", "coeur"),
        ("Two cats", "cat"),
        ("One cat", "cats"),
        ("Le cheval", "chevaux"),
        ("Stra\u00dfe in K\u00f6ln", "STRASSE koln"),
        ("\u041c\u043e\u0441\u043a\u0432\u0430 \u043d\u043e\u0447\u044c\u044e", "\u043c\u043e\u0441\u043a\u0432\u0430"),
        ("\u65e5\u672c\u8a9e\u306e\u52c9\u5f37", "\u672c\u8a9e"),
        ("\u65e5\u672c\u8a9e", "\u65e5"),
        ("\u65e5\u672c\u8a9e", "\u8a9e"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940 \u0917\u093e\u0928\u093e", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("\u0645\u064e\u0631\u062d\u064e\u0628\u0627", "\u0645\u0631\u062d\u0628\u0627"),
        ("\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22", "\u0e44\u0e17\u0e22"),
        ("So \U0001f525", "\U0001f525"),
        ("Wave \U0001f44b\U0001f3fd", "\U0001f44b"),
        ("Made for #StreetArt", "#streetart"),
        ("Made for #StreetArt", "#street"),
        ("Made for #Caf\u00e9", "#CAFE"),
        ("The end", "the"),
    ],
)
def test_a_video_is_found(library: Library, caption: str, typed: str) -> None:
    who = library.person("somebody")
    video = library.video(who, caption)
    library.video(who, "Zzzz")
    library.index()
    assert library.find(typed) == [video]


def test_a_hashtag_is_not_found_by_its_word_alone(library: Library) -> None:
    who = library.person("somebody")
    library.video(who, "I like art")
    tagged = library.video(who, "Look #art")
    library.index()
    assert library.find("#art") == [tagged]


def test_people_are_found_by_handle_and_name(library: Library) -> None:
    noe = library.person("noe.draws", "No\u00e9 Dubois")
    library.person("other_one", "Somebody else")
    library.index()
    for typed in ("@noe.draws", "noe", "@noe.dr", "noedraws", "dubois", "NO\u00c9", "dubios", "@Noe.Draws"):
        assert library.find(typed, "people") == [noe.id], typed


def test_the_exact_handle_comes_first_however_popular_others_are(library: Library) -> None:
    ann, annabelle = library.person("ann", "Ann"), library.person("annabelle", "Annabelle")
    for number in range(5):
        library.house.follows.follow(library.person(f"fan{number}").id, "annabelle")
    library.index()
    assert library.find("ann", "people") == [ann.id, annabelle.id]
    assert library.find("anna", "people")[0] == annabelle.id


def test_of_equal_matches_the_popular_and_the_fresh_come_first(library: Library) -> None:
    who = library.person("somebody")
    day = 86_400_000
    old = library.video(who, "Sourdough bread", age_ms=400 * day)
    dull = library.video(who, "Sourdough bread")
    popular = library.video(who, "Sourdough bread", views=5_000)
    library.index()
    assert library.find("sourdough") == [popular, dull, old]


def test_the_better_match_comes_before_the_mere_beginning(library: Library) -> None:
    who = library.person("somebody")
    begins = library.video(who, "Catalogue of things")
    same = library.video(who, "My cat of things")
    library.index()
    assert library.find("cat") == [same, begins]


def test_without_all_words_some_are_enough(library: Library) -> None:
    who = library.person("somebody")
    video = library.video(who, "Garden in spring")
    library.index()
    assert library.find("garden xylophone") == [video]


def test_hashtags_are_found_with_and_without_their_sign(library: Library) -> None:
    who = library.person("somebody")
    library.video(who, "#gardening #garden_tips")
    library.index()
    for typed in ("garden", "#garden", "gardning", "#gard"):
        assert "gardening" in library.find(typed, "hashtags"), typed
    assert library.find("#garden_tips", "hashtags") == ["garden_tips"]


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "\0", '"', "'", "''", '"a', "a AND", "NOT b", "a NEAR b", "(a", "a)", "a*", "*", "-", "^a", "words:a",
        "{words}: a", "a:*", "a & b", "a | !b", "<->", "a\\", "%", "_", "a'b\"c", "\u202eabc", "\u200f\u05d0",
        "\U0001f600" * 50, "\ue000tag", "#", "@", "##", "@@a", "\ud7ff", "a\u0301" * 60, "\u0e33" * 60,
        "a b c d e f g h i j",
        "\ud800", "a \udfff b", "abc\ud800", "abc\0tag", "abc\x1b[31m", "abc " * 2_560, "a" * 10_240, "#" * 10_240,
        "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u0645\u0631\u062d\u0628\u0627 abc \u05e9\u05dc\u05d5\u05dd",
        "abc OR tag", "abc NEAR/2 tag", "abc\u2019tag", "\u00ababc\u00bb", "\u201cabc\u201d", "-abc", "+abc", "~abc",
        "1" * 200, "\u65e5" * 200, "\u00bd", "\ufdfa" * 60, "'; DROP TABLE videos; --", "\uffff", "\u0130",
    ],
)  # fmt: skip
def test_nothing_that_can_be_typed_is_a_fault(library: Library, typed: str) -> None:
    video = library.video(library.person("somebody"), "abc tag")
    library.index()
    for kind in ("people", "videos", "hashtags", "sounds", "rooms"):
        library.find(typed, kind)
    if "abc" in parse(typed).key.split():
        assert library.find(typed) == [video], "what is special elsewhere is nothing here"


@pytest.mark.parametrize("others", [20, SPELLED_OUT_MAX, BEGINNINGS_MAX + 50])
def test_whoever_invents_words_hides_none_that_begin_like_them(library: Library, others: int) -> None:
    who = library.person("somebody")
    words = [f"begin{number:05}x" for number in range(others)]
    made = [library.video(who, " ".join(words[at : at + WORDS_MAX])) for at in range(0, others, WORDS_MAX)]
    wanted = [library.video(who, caption) for caption in ("A beginning", "For beginners")]
    library.index()
    assert set(library.find("begin")) == {*made, *wanted}
    assert set(library.find("beginn")) == set(wanted)
    if library.house.database.sqlite:
        index, groups = word_index(sqlite=True), parse("begin").alternatives()
        (group,) = library.house.database.read(lambda c: index.spelled_out(c, groups))
        assert len(group) <= SPELLED_OUT_MAX + 1
        assert (len(group) > 1) == (others == 20)


def test_a_number_is_found_by_its_beginning_beside_words_that_begin_so(library: Library) -> None:
    who = library.person("somebody")
    made = {library.video(who, caption) for caption in ("Order 123456", "Order 12345abc")}
    library.index()
    assert set(library.find("12345")) == made
