"""An avatar's files are there as long as it is shown, and not much longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import UNSET

from core.database import Database
from core.errors import NotFound, Unavailable
from core.identity import Person
from core.storage import FolderStorage
from people.accounts import Accounts
from people.settings import avatars as module
from people.settings.avatar_urls import LARGE_PX, SMALL_PX, avatar_key
from people.settings.avatars import UNUSED_MS_MAX, Avatars
from people.settings.picture import Picture

FIRST, SECOND = Picture("a" * 32, b"small", b"large"), Picture("b" * 32, b"other", b"larger")


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "media")


@pytest.fixture
def avatars(database: Database, storage: FolderStorage, clock: list[int]) -> Avatars:
    return Avatars(database, storage, lambda: clock[0])


def put(avatars: Avatars, person: Person, picture: Picture) -> None:
    avatars.announce(person.id, picture.digest)
    avatars.store(person.id, picture)
    avatars.choose(person.id, picture.digest)


def kept(storage: FolderStorage, person: Person, picture: Picture) -> bool:
    there = set()
    for px in (SMALL_PX, LARGE_PX):
        try:
            there.add(storage.stat(avatar_key(person.id, picture.digest, px)).size > 0)
        except NotFound:
            there.add(False)
    [both] = there
    return both


def test_a_person_is_shown_with_their_picture(
    database: Database, accounts: Accounts, avatars: Avatars, ada: Person
) -> None:
    put(avatars, ada, FIRST)
    address = f"/media/avatars/{ada.id}/{FIRST.digest}"
    assert accounts.own(ada.id).avatar_large == f"{address}-512.webp"
    assert database.read(lambda c: accounts.brief(c, [ada.id]))[ada.id].avatar == f"{address}-128.webp"
    avatars.remove(ada.id)
    assert accounts.own(ada.id).avatar is UNSET


def test_files_that_are_not_shown_are_deleted_after_a_while(
    storage: FolderStorage, avatars: Avatars, ada: Person, clock: list[int]
) -> None:
    put(avatars, ada, FIRST)
    put(avatars, ada, SECOND)
    avatars.sweep()
    assert kept(storage, ada, FIRST)
    clock[0] += UNUSED_MS_MAX + 1
    avatars.sweep()
    assert not kept(storage, ada, FIRST)
    assert kept(storage, ada, SECOND)
    avatars.remove(ada.id)
    avatars.sweep()
    assert not kept(storage, ada, SECOND)


def test_an_upload_that_was_cut_off_leaves_no_file(
    storage: FolderStorage, avatars: Avatars, ada: Person, clock: list[int]
) -> None:
    avatars.announce(ada.id, FIRST.digest)
    avatars.store(ada.id, FIRST)
    clock[0] += UNUSED_MS_MAX + 1
    avatars.sweep()
    assert not kept(storage, ada, FIRST)


def test_a_picture_that_is_being_deleted_cannot_be_chosen_before_it_is_gone(
    storage: FolderStorage, avatars: Avatars, ada: Person, clock: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(avatars, ada, FIRST)
    avatars.remove(ada.id)
    clock[0] += UNUSED_MS_MAX + 1
    with monkeypatch.context() as patch:
        patch.setattr(storage, "delete", broken)
        with pytest.raises(ConnectionError):
            avatars.sweep()
    with pytest.raises(Unavailable):
        avatars.announce(ada.id, FIRST.digest)
    with pytest.raises(Unavailable):
        avatars.choose(ada.id, FIRST.digest)
    avatars.sweep()  # goes on where it was interrupted
    assert not kept(storage, ada, FIRST)
    put(avatars, ada, FIRST)
    assert kept(storage, ada, FIRST)


def broken(_key: str) -> None:
    raise ConnectionError


def test_one_round_deletes_a_bounded_number(
    storage: FolderStorage, avatars: Avatars, ada: Person, clock: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SWEEP_ROWS_MAX", 1)
    for picture in (FIRST, SECOND):
        avatars.announce(ada.id, picture.digest)
        avatars.store(ada.id, picture)
    clock[0] += UNUSED_MS_MAX + 1
    for left in (1, 0):
        avatars.sweep()
        assert sum(kept(storage, ada, picture) for picture in (FIRST, SECOND)) == left
