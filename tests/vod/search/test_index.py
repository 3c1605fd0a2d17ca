"""The index follows every change, and nothing stays in it that not everybody may see."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, update

from core.identity import Identity
from tests.vod.conftest import House
from tests.vod.search.conftest import Library
from trust.reports import Subject
from vod.catalogue.visibility import Visibility
from vod.search.index import vocabulary as vocabulary_module
from vod.search.index.documents import Document
from vod.search.index.indexer import BATCH_SUBJECTS_MAX
from vod.search.index.marks import mark, oldest
from vod.search.index.sources import VideoSource
from vod.search.results import FoundSound
from vod.search.search import Asker
from vod.search.words import TAG
from vod.sounds.sounds import SoundChange
from vod.tables import search_documents, search_marks, search_variants, sounds, videos


def test_an_upload_is_found_once_it_is_ready_and_not_after_its_deletion(library: Library, small_film: Path) -> None:
    house, who = library.house, library.person("somebody")
    video = house.upload(who, small_film, "Walking in the rain #rainy")
    library.index()
    assert library.find("rain") == []
    assert library.find("rainy", "hashtags") == []
    house.vod.processing.transcode(house.claim())
    library.index()
    assert library.find("rain") == [video]
    assert library.find("rainy", "hashtags") == ["rainy"]
    house.vod.videos.delete(video, who)
    library.index()
    assert library.find("rain") == []
    assert library.find("rainy", "hashtags") == []


def test_what_is_not_ready_is_not_found(library: Library) -> None:
    video = library.video(library.person("somebody"), "Secret plans")
    library.index()
    assert library.find("secret") == [video]
    library.set_state(video, "rejected")
    library.index()
    assert library.find("secret") == []


def test_before_it_is_indexed_again_a_hidden_video_is_not_shown(library: Library) -> None:
    from vod.search.search import Asker

    video = library.video(library.person("somebody"), "Secret plans")
    library.index()
    library.set_state(video, "rejected")
    answer = library.house.vod.discovery.search.of_kind("secret", "videos", "", 20, Asker(None, ""))
    assert answer.items == []


def test_a_new_name_is_found_and_the_old_one_is_not(library: Library) -> None:
    house, who = library.house, library.person("somebody", "Oldname")
    video = library.video(who, "Nothing to see")
    library.index()
    assert (library.find("oldname", "people"), library.find("oldname")) == ([who.id], [video])
    house.accounts.change(who.id, "Newname", "I paint")
    library.index()
    assert (library.find("newname", "people"), library.find("newname")) == ([who.id], [video])
    assert (library.find("oldname", "people"), library.find("oldname")) == ([], [])
    assert library.find("paint", "people") == [who.id]


def test_a_change_between_reading_and_writing_is_not_lost(library: Library) -> None:
    """Another process may index an older state at the same time: the later mark wins."""
    database, indexer = library.house.database, library.house.vod.discovery.indexer
    who = library.person("somebody", "First")
    marks = database.read(lambda c: oldest(c, 10))
    documents = database.read(lambda c: indexer._read(c, marks))
    library.house.accounts.change(who.id, "Second", None)
    library.index()
    database.write(lambda c: indexer._write(c, marks, documents))
    assert library.find("second", "people") == [who.id]
    assert library.find("first", "people") == []


def test_indexing_twice_changes_nothing(library: Library) -> None:
    library.video(library.person("somebody"), "A caption #tag")
    library.index()

    def rows() -> object:
        return library.house.database.read(lambda c: c.execute(select(search_documents)).all())

    before = rows()
    library.house.database.write(lambda c: mark(c, "hashtags", ["tag", "unknown"]))
    assert library.index() == 2
    assert rows() == before


def test_many_changes_are_indexed_in_batches(library: Library) -> None:
    who = library.person("somebody")
    made = {library.video(who, f"Number {number}") for number in range(BATCH_SUBJECTS_MAX + 5)}
    assert library.house.vod.discovery.indexer.work_off() == BATCH_SUBJECTS_MAX
    library.index()
    assert set(library.find("number")) == made


def test_repair_finds_what_no_mark_tells_of(library: Library) -> None:
    database, indexer = library.house.database, library.house.vod.discovery.indexer
    who = library.person("somebody")
    kept, lost, gone = (library.video(who, f"Film {name} #{name}") for name in ("kept", "lost", "gone"))
    library.index()
    database.write(lambda c: c.execute(delete(videos).where(videos.c.id == gone)))
    database.write(lambda c: c.execute(delete(search_documents).where(search_documents.c.id == lost)))
    assert indexer.repair() > 0
    library.index()
    assert set(library.find("film")) == {kept, lost}
    assert library.find("gone", "hashtags") == []
    assert indexer.repair() == 0


def test_a_rebuilt_index_finds_the_same(library: Library) -> None:
    from tests.cores import core_over
    from vod.search.discovery import rebuild

    house, who = library.house, library.person("somebody", "Some Body")
    video = library.video(who, "Learning guitar #music")
    library.index()
    core = core_over(house.database, house.folder, storage=house.storage, jobs=house.jobs, clock=house.time)
    assert rebuild(core, house.accounts.brief) == 3
    assert library.find("gitar") == [video]
    assert library.find("@somebody", "people") == [who.id]
    assert library.find("#music", "hashtags") == ["music"]


def test_views_move_a_video_up_after_a_while(house: House) -> None:
    from vod.feed.events import FeedEvent
    from vod.feed.viewer import Viewer

    library = Library(house)
    who = library.person("somebody")
    first, second = library.video(who, "Bread"), library.video(who, "Bread")
    library.index()
    loser = library.find("bread")[1]
    house.database.write(lambda c: c.execute(update(videos).where(videos.c.id == loser).values(views=1_000)))
    house.vod.feed_events.record(Viewer(who.id, who), [FeedEvent(loser, "view", 1_000)])
    house.vod.discovery.reweigh()
    library.index()
    assert library.find("bread")[0] == loser
    assert {first, second} == set(library.find("bread"))


def test_every_mark_is_worked_off(library: Library) -> None:
    library.house.database.write(lambda c: mark(c, "sounds", ["a", "b"]))
    library.index()
    assert library.house.database.read(lambda c: c.execute(select(search_marks)).all()) == []


def test_a_subject_that_cannot_be_indexed_does_not_stop_the_others(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = library.person("somebody")
    broken, other = library.video(who, "Broken bread"), library.video(who, "Fresh bread")
    true_documents = VideoSource.documents

    def documents(self: VideoSource, connection: Connection, ids: Sequence[str]) -> list[Document]:
        if broken in ids:
            raise ValueError(broken)
        return true_documents(self, connection, ids)

    monkeypatch.setattr(VideoSource, "documents", documents)
    library.index()
    assert library.find("bread") == [other]
    assert library.house.database.read(lambda c: c.execute(select(search_marks)).all()) == []


def test_a_video_leaves_the_index_with_the_public(library: Library) -> None:
    house, who = library.house, library.person("somebody")
    video = library.video(who, "Bread #baking")
    library.index()
    assert (library.find("bread"), library.find("#baking", "hashtags")) == ([video], ["baking"])
    hidden: tuple[Visibility, ...] = ("followers", "private")
    for visibility in hidden:
        house.vod.videos.edit(video, who, None, visibility)
        library.index()
        assert (library.find("bread"), library.find("#baking", "hashtags")) == ([], [])
    house.vod.videos.edit(video, who, None, "public")
    library.index()
    assert (library.find("bread"), library.find("#baking", "hashtags")) == ([video], ["baking"])


def test_a_sound_is_found_by_its_title_and_its_maker_while_a_public_video_has_it(
    library: Library, small_film: Path
) -> None:
    house, who = library.house, library.person("somebody")
    video = house.upload(who, small_film, "A film")
    house.vod.processing.transcode(house.claim())
    (sound,) = house.database.read(lambda c: c.execute(select(sounds.c.id)).scalars().all())
    library.index()
    assert library.find("somebody", "sounds") == [sound]
    house.vod.sounds.change(sound, who, SoundChange(title="Rain on a roof"))
    library.index()
    assert library.find("roof", "sounds") == [sound]
    items = house.vod.discovery.search.of_kind("roof", "sounds", "", 5, Asker(None, "http://x.test")).items
    assert isinstance(items, list)
    (found,) = items
    assert isinstance(found, FoundSound)
    assert (found.id, found.title, found.uses) == (sound, "Rain on a roof", 1)
    house.vod.sounds.change(sound, who, SoundChange(allowed=False))
    library.index()
    assert library.find("roof", "sounds") == []
    house.vod.sounds.change(sound, who, SoundChange(allowed=True))
    house.vod.videos.edit(video, who, None, "private")
    library.index()
    assert library.find("roof", "sounds") == []


def test_a_word_that_nothing_has_any_more_is_forgotten(library: Library) -> None:
    house, who = library.house, library.person("somebody")
    video = library.video(who, "A photographer #lighthouse")
    library.video(who, "Our telescope")
    library.index()
    assert {"photographer", "telescope", f"{TAG}lighthouse"} <= vocabulary(library)
    house.vod.videos.edit(video, who, "A painter", None)
    library.index()
    house.vod.discovery.indexer.repair()
    assert not {"photographer", f"{TAG}lighthouse", "lighthouse"} & vocabulary(library)
    assert {"painter", "telescope", "somebody"} <= vocabulary(library)
    assert library.find("telescpe") != []
    house.vod.videos.edit(video, who, "A photographer", None)
    library.index()
    assert library.find("photogrpher") == [video]


def test_the_whole_vocabulary_is_looked_at_in_rounds(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary_module, "PRUNED_AT_ONCE_MAX", 2)
    who = library.person("somebody")
    video = library.video(who, "apple banana cherry damson elder")
    library.index()
    before = vocabulary(library)
    library.house.vod.videos.edit(video, who, "banana damson", None)
    library.index()
    library.house.vod.discovery.indexer.repair()
    assert before - vocabulary(library) == {"apple", "cherry", "elder"}


def vocabulary(library: Library) -> set[str]:
    words = select(search_variants.c.word)
    return set(library.house.database.read(lambda c: c.execute(words).scalars().all()))


def test_a_reported_person_has_no_sounds_for_who_reported_them(library: Library, small_film: Path) -> None:
    house, who, asker = library.house, library.person("somebody"), library.person("another")
    house.upload(who, small_film, "A film")
    house.vod.processing.transcode(house.claim())
    library.index()

    def items(viewer: Identity | None) -> object:
        return house.vod.discovery.search.of_kind("somebody", "sounds", "", 5, Asker(viewer, "")).items

    assert items(asker) == items(None) != []
    house.reports.add(asker, Subject("person", who.id), "spam", "")
    assert items(asker) == []
    assert items(None) != []
