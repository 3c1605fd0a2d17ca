"""What looks like an earlier video counts for nothing, until a person says that it is its creator's own."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from core.errors import InvalidRequest, NotAllowed
from money.errors import NotDisputable, OriginalityNotFound
from money.fund.originals.originality import NOTE_CHARS_MAX, TEXT_CHARS_MAX, Originality, Resemblance
from money.fund.proofs import verify_period
from money.fund.results.export import lines
from money.tables import fund_left_out
from tests.money.fund.conftest import NEXT, OVER, PERIOD, World
from tests.money.fund.test_corrections import SECOND_OVER


def found(world: World, video: str = "bob/copy", original: str = "carl/1") -> None:
    creator, author = video.partition("/")[0], original.partition("/")[0]
    world.database.write(lambda c: world.fund.originality.found(c, video, creator, original, author, 90))


def dispute(world: World, who: str = "bob", video: str = "bob/copy", text: str = "I made it.") -> Resemblance:
    return world.database.write(lambda c: world.fund.originality.dispute(c, who, video, text))


def decide(world: World, *, original: bool, by: str = "mod", video: str = "bob/copy", note: str = "") -> Resemblance:
    return world.database.write(
        lambda c: world.fund.originality.decide(c, video, by, original=original, note=note)
    )  # fmt: skip


def test_a_copy_brings_nothing_and_the_month_can_be_computed_without_it(world: World) -> None:
    world.fill(100)
    world.watch("ann", "bob/1", "bob/copy", "carl/1")
    found(world)
    found(world)
    world.posted()
    assert (world.coins("bob"), world.coins("carl")) == (50, 50), "one video each"
    assert world.database.read(lambda c: list(verify_period(c, PERIOD))) == []
    views = [line for line in world.database.read(lambda c: list(lines(c, PERIOD))) if line.startswith("view")]
    assert len(views) == 20, "ten days of two videos"
    [copy] = world.database.read(lambda c: world.fund.explaining.own(c, "bob")).copies
    assert (copy.state, copy.percent, copy.views) == ("found", 90, 10)
    more = update(fund_left_out).values(views=11)
    world.database.write(lambda c: c.execute(more))
    assert [one.rule for one in world.database.read(lambda c: list(verify_period(c, PERIOD)))] == ["fund_left_out"]


def test_a_creator_of_copies_alone_gets_nothing_and_is_not_counted(world: World) -> None:
    world.fill(100)
    world.watch("ann", "bob/copy", "carl/1")
    found(world)
    world.posted()
    assert (world.coins("bob"), world.coins("carl")) == (0, 100)


def test_a_dispute_that_is_right_counts_again_and_one_that_is_wrong_does_not(world: World) -> None:
    world.fill(100)
    world.watch("ann", "bob/copy", "carl/copy", "dora/copy")
    for video in ("bob/copy", "carl/copy", "dora/copy"):
        found(world, video, "eve/1")
    assert dispute(world).state == "disputed"
    assert decide(world, original=True, note="Yours.").state == "original"
    dispute(world, "carl", "carl/copy")
    decide(world, original=False, video="carl/copy")
    dispute(world, "dora", "dora/copy")
    world.posted()
    assert [world.coins(one) for one in ("bob", "carl", "dora")] == [100, 0, 0], "what is undecided does not count"


def test_what_is_decided_later_changes_no_closed_month(world: World) -> None:
    world.fill(90)
    world.watch("ann", "bob/copy", "carl/1")
    found(world)
    world.close()
    dispute(world)
    decide(world, original=True)
    world.posted()
    assert (world.coins("bob"), world.coins("carl")) == (0, 90)
    assert world.database.read(lambda c: list(verify_period(c, PERIOD))) == []
    world.clock.now = max(world.clock.now, OVER) + SECOND_OVER
    world.posted(NEXT)
    [copy] = world.database.read(lambda c: world.fund.explaining.own(c, "bob")).copies
    assert (copy.state, copy.views) == ("original", 10), "it says what a correction is due for"


def test_only_the_creator_disputes_and_only_somebody_else_decides_and_each_once(world: World) -> None:
    found(world)
    with pytest.raises(OriginalityNotFound):
        dispute(world, "carl")
    with pytest.raises(OriginalityNotFound):
        dispute(world, video="bob/other")
    for text in ("", " \n", "x" * (TEXT_CHARS_MAX + 1)):
        with pytest.raises(InvalidRequest):
            dispute(world, text=text)
    for one in ("bob", "carl"):
        with pytest.raises(NotAllowed):
            decide(world, original=True, by=one)
    with pytest.raises(InvalidRequest):
        decide(world, original=True, note="x" * (NOTE_CHARS_MAX + 1))
    dispute(world)
    with pytest.raises(NotDisputable):
        dispute(world)
    decide(world, original=False)
    for original in (True, False):
        with pytest.raises(NotDisputable):
            decide(world, original=original)


def test_what_is_disputed_waits_in_the_order_of_the_videos_and_page_by_page(world: World) -> None:
    for name in ("c", "a", "b", "d"):
        found(world, f"bob/{name}")
    for name in ("c", "a", "b"):
        dispute(world, video=f"bob/{name}")
    first = world.database.read(lambda c: Originality.disputed(c, "", 2))
    assert [one.video for one in first] == ["bob/a", "bob/b", "bob/c"], "one more says that there are more"
    assert [one.video for one in world.database.read(lambda c: Originality.disputed(c, "bob/b", 2))] == ["bob/c"]
