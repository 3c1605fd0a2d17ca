"""Bills follow from receipts, and whoever alters one is found out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from tests.vod.ads.stage import NOON, Stage
from vod.ads.billing.billing import DAY_MS, day_receipts
from vod.ads.billing.receipts import EMPTY_ROOT, Receipt, leaf, root
from vod.ads.billing.verify import verify_day
from vod.ads.tables import ad_receipts, ad_roots, ad_serves

DAY = NOON // DAY_MS


def day_of_views(stage: Stage, views: int = 6) -> str:
    """A campaign with some billed views in several minutes, posted."""
    campaign = stage.campaign(total_micro=1_000_000, caps={"day": None, "total": None})
    node = stage.node()
    stage.warm()
    for number in range(views):
        serve = stage.serve(node, f"~{number}")
        assert serve is not None
        stage.now += 2_500
        stage.tell([(serve.id, "viewable")])
        stage.tick(12_000)
    stage.tick(120_000)
    stage.billing.run()
    return campaign


def problems(stage: Stage, day: int = DAY) -> list[str]:
    return [str(finding) for finding in stage.database.read(lambda c: list(verify_day(c, day)))]


def test_a_minute_is_one_posting_and_the_sum_of_its_receipts(stage: Stage) -> None:
    campaign = day_of_views(stage)
    assert stage.posted(campaign)[0] == stage.billed(campaign) > 0
    stage.billing.run()
    assert stage.posted(campaign)[0] == stage.billed(campaign)
    assert problems(stage) == []
    assert stage.proved()


def test_a_view_that_is_written_after_its_minute_was_posted_is_posted_later(stage: Stage) -> None:
    campaign = day_of_views(stage)
    stage.warm()
    serve = stage.serve(stage.nodes[0][0], "~late")
    assert serve is not None
    stage.now += 2_500
    minute = stage.now // 60_000
    stage.database.write(lambda c: stage.billing.post(c, minute))  # its minute is posted meanwhile
    stage.tell([(serve.id, "viewable")])
    stage.now += 180_000
    stage.billing.run()
    assert stage.posted(campaign)[0] == stage.billed(campaign)
    assert problems(stage) == []


def _cheaper(connection: Connection, receipt: str) -> None:
    connection.execute(update(ad_receipts).where(ad_receipts.c.serve == receipt).values(price_micro=1))


def _elsewhen(connection: Connection, receipt: str) -> None:
    connection.execute(update(ad_receipts).where(ad_receipts.c.serve == receipt).values(at=1))


def _cheaper_with_a_digest(connection: Connection, receipt: str) -> None:
    _cheaper(connection, receipt)
    [row] = connection.execute(select(ad_receipts).where(ad_receipts.c.serve == receipt))
    connection.execute(
        update(ad_receipts).where(ad_receipts.c.serve == receipt).values(digest=Receipt.stored(row).digest)
    )


@pytest.mark.parametrize("alter", [_cheaper, _elsewhen, _cheaper_with_a_digest])
def test_an_altered_receipt_is_named(stage: Stage, alter: Callable[[Connection, str], None]) -> None:
    day_of_views(stage)
    receipt = stage.database.read(lambda c: day_receipts(c, DAY))[2].serve
    stage.database.write(lambda c: alter(c, receipt))
    found = problems(stage)
    assert found
    assert any(receipt in one for one in found), found


def test_a_receipt_that_was_invented_or_removed_is_found(stage: Stage) -> None:
    day_of_views(stage)
    receipts = stage.database.read(lambda c: day_receipts(c, DAY))
    stage.database.write(lambda c: c.execute(delete(ad_receipts).where(ad_receipts.c.serve == receipts[0].serve)))
    assert any("ad_postings" in one for one in problems(stage))


def test_rewriting_receipt_digest_and_serve_still_shows_in_the_ledger(stage: Stage) -> None:
    day_of_views(stage)
    receipt = stage.database.read(lambda c: day_receipts(c, DAY))[2].serve

    def rewrite(connection: Connection) -> None:
        connection.execute(update(ad_serves).where(ad_serves.c.id == receipt).values(runner_up_micro=77))
        connection.execute(update(ad_receipts).where(ad_receipts.c.serve == receipt).values(runner_up_micro=77))
        [row] = connection.execute(select(ad_receipts).where(ad_receipts.c.serve == receipt))
        fresh = Receipt.stored(row).digest
        connection.execute(update(ad_receipts).where(ad_receipts.c.serve == receipt).values(digest=fresh))

    stage.database.write(rewrite)
    assert any(receipt in one for one in problems(stage))


def test_a_day_is_published_when_it_is_over(stage: Stage) -> None:
    day_of_views(stage)
    assert stage.database.read(lambda c: c.execute(select(ad_roots)).all()) == []
    stage.now = (DAY + 1) * DAY_MS + 180_000
    stage.billing.run()
    [row] = stage.database.read(lambda c: c.execute(select(ad_roots)).all())
    receipts = stage.database.read(lambda c: day_receipts(c, DAY))
    assert (row.day, row.receipts) == (DAY, len(receipts))
    assert row.root == root([one.digest for one in receipts])
    assert problems(stage) == []
    stage.database.write(lambda c: c.execute(update(ad_roots).values(root=EMPTY_ROOT)))
    assert any("published" in one for one in problems(stage))


def test_the_root_is_that_of_rfc_6962() -> None:
    """The roots of the first leaves of the test vectors of Certificate Transparency."""
    leaves: list[Any] = [b"", b"\x00", b"\x10"]
    digests = [leaf(one).hex() for one in leaves]
    assert root([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root(digests[:1]) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root(digests[:2]) == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert root(digests[:3]) == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"


def test_a_posting_that_nobody_has_receipts_for_is_found(stage: Stage) -> None:
    day_of_views(stage)
    row = {
        "serve": "invented", "campaign": "c", "advertiser": "a", "creative": "r", "place": "feed", "kind": "viewable",
        "at": NOON, "price_micro": 5, "runner_up_micro": 0, "minute": NOON // 60_000, "digest": "",
    }  # fmt: skip
    stage.database.write(lambda c: c.execute(insert(ad_receipts).values(row)))
    assert any("invented" in one for one in problems(stage))
