"""Without a database the feed goes on from memory, and shows nobody what is no longer for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.vod.conftest import House
from tests.vod.feed.conftest import BASE_URL, subject
from vod.feed import shelf
from vod.feed.viewer import Viewer
from vod.part import Vod

NOBODY = Viewer("~nobody", None)
Away = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def away(house: House, monkeypatch: pytest.MonkeyPatch) -> Away:
    """The database answers nobody while this lasts."""

    def refuse(*_: object) -> object:
        raise PoolTimeout

    @contextmanager
    def gone() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(house.database, "read", refuse)
            patch.setattr(house.database, "write", refuse)
            yield

    return gone


def shown(vod: Vod) -> set[str]:
    return {subject(item) for item in vod.feed.for_you(NOBODY, "", 20, BASE_URL).items}


@pytest.mark.parametrize("how", ["private", "followers", "deleted"])
def test_a_video_that_is_withdrawn_on_one_node_is_not_shown_by_another_without_a_database(
    house: House, away: Away, how: Literal["private", "followers", "deleted"]
) -> None:
    maker = house.person()
    kept, gone = house.show(maker), house.show(maker)
    here, there = house.vod, house.open()
    for node in (here, there):
        node.learning.catch_up()
        assert shown(node) == {kept, gone}
    with away():
        assert shown(there) == {kept, gone}
    if how == "deleted":
        here.videos.delete(gone, maker)
    else:
        here.videos.edit(gone, maker, None, how)
    with away():
        assert shown(here) == {kept}, "where it was withdrawn it is gone at once"
    there.learning.catch_up()
    with away():
        assert shown(there) == {kept}


def test_what_comes_back_is_shown_again(house: House, away: Away, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "CHANGING_S", 0.0)
    maker = house.person()
    video = house.show(maker)
    there = house.open()
    for visibility in ("private", "public"):
        house.vod.videos.edit(video, maker, None, visibility)
    there.learning.catch_up()
    assert shown(there) == {video}
    with away():
        assert shown(there) == {video}
