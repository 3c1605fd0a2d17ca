"""A video brings its own sound, or uses another's, and what becomes of a sound when videos go."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import pytest
from sqlalchemy import select, update

from core.errors import InvalidRequest, NotAllowed
from core.identity import Identity
from core.ids import new_id
from core.jobs import JobRejected
from tests.vod.conftest import House
from tests.vod.pipeline.films import film
from vod.catalogue.videos import Video
from vod.errors import SoundNotAllowed, SoundNotFound, VideoNotFound
from vod.sounds import uses as uses_module
from vod.sounds.sounds import SOUND_TITLE_CHARS_MAX, SoundChange, list_sounds
from vod.tables import sounds, stored_files, videos
from vod.uploads import tus


def sound_of(house: House, video: str) -> str:
    sound = house.vod.videos.video(video, None).sound
    assert sound is not None
    return sound.id


def file_of(house: House, url: str | None) -> Path:
    assert url is not None
    return house.folder / "media" / url.removeprefix("/media/")


def sound_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def creation(sound: str) -> tus.Creation:
    return tus.Creation(10, "", "film.mp4", "", with_body=False, sound=sound)


def using(house: House, sound: str, path: Path) -> Video:
    """A ready video with somebody's sound."""
    who = house.person()
    video = house.vod.ingest_file(who.id, path, "Mine", sound)
    house.vod.processing.transcode(house.claim())
    return house.vod.videos.video(video, who)


def test_a_video_with_something_to_hear_brings_its_own_sound(house: House, small_film: Path) -> None:
    owner = house.person()
    video = house.vod.videos.video(house.ready(owner, small_film), None)
    assert video.sound is not None
    assert (video.sound.title, video.sound.named) == (f"Original sound - {owner.name}", False)
    assert video.sound.by == owner.brief
    sound = house.vod.sounds.sound(video.sound.id, None)
    assert (sound.uses, sound.video, sound.poster, sound.allowed, sound.usable) == (
        1,
        video.id,
        video.poster,
        True,
        True,
    )
    assert abs(sound.duration_ms - 1000) < 100
    audio = file_of(house, sound.url)
    with av.open(str(audio)) as container:
        assert [stream.type for stream in container.streams] == ["audio"]
    for rendition in video.renditions:
        assert sound_packets(file_of(house, rendition.url)) == sound_packets(audio), "it is encoded once"


def test_a_silent_video_has_no_sound(house: House, other_film: Path, tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.mp4"
    with av.open(str(quiet), "w") as out, av.open(str(film(tmp_path / "film.mp4"))) as loud:
        picture = out.add_stream_from_template(loud.streams.video[0])
        audio = out.add_stream("aac", rate=48_000, layout="stereo")
        for number in range(40):
            blank = av.AudioFrame("fltp", "stereo", 1024)
            for plane in blank.planes:
                plane.update(b"\0" * plane.buffer_size)
            blank.sample_rate, blank.pts = 48_000, number * 1024
            out.mux(audio.encode(blank))
        out.mux(audio.encode(None))
        for packet in loud.demux(video=0):
            if packet.dts is not None:
                packet.stream = picture
                out.mux(packet)
    for path in (other_film, quiet):
        assert house.vod.videos.video(house.ready(house.person(), path), None).sound is None
    assert house.database.read(lambda c: c.execute(select(sounds)).all()) == []


@pytest.mark.parametrize("seconds", [0.6, 3.0])
@pytest.mark.parametrize("own", ["aac", None])
def test_a_video_may_use_another_sound_for_as_long_as_both_last(
    house: House, small_film: Path, tmp_path: Path, seconds: float, own: str | None
) -> None:
    sound = sound_of(house, house.ready(house.person(), small_film))
    loud = sound_packets(file_of(house, house.vod.sounds.sound(sound, None).url))
    video = using(house, sound, film(tmp_path / "mine.mp4", seconds=seconds, sound=own))
    assert video.sound is not None
    assert (video.state, video.sound.id) == ("ready", sound)
    assert abs(video.duration_ms - 1000 * seconds) < 150
    for rendition in video.renditions:
        heard = sound_packets(file_of(house, rendition.url))
        assert heard == loud[: len(heard)], "it is copied as it is"
        assert abs(len(heard) * 1024 / 48_000 - min(seconds, 1.0)) < 0.1
        with av.open(str(file_of(house, rendition.url))) as container:
            assert sum(frame.samples for frame in container.decode(audio=0)) > 0
            assert container.duration is not None
            assert abs(container.duration / av.time_base - seconds) < 0.15
    assert house.vod.sounds.sound(sound, None).uses == 2
    page = house.vod.sounds.videos(sound, None, "", 1)
    assert [one.id for one in page.items] == [video.id]
    assert page.next is not None
    assert len(house.vod.sounds.videos(sound, None, page.next, 10).items) == 1


def test_only_a_sound_that_its_owner_allows_can_be_chosen(house: House, small_film: Path) -> None:
    owner, other = house.person(), house.person()
    sound = sound_of(house, house.ready(owner, small_film))
    house.vod.sounds.change(sound, owner, SoundChange(allowed=False))
    with pytest.raises(SoundNotAllowed):
        house.vod.uploads.create(other.id, creation(sound))
    assert not house.vod.sounds.sound(sound, other).usable
    assert house.vod.sounds.sound(sound, owner).usable
    assert house.vod.uploads.create(owner.id, creation(sound)).sound == sound
    with pytest.raises(SoundNotFound):
        house.vod.uploads.create(other.id, creation(new_id()))


def test_an_upload_whose_sound_has_gone_meanwhile_is_not_published_with_its_own(house: House, small_film: Path) -> None:
    owner, other = house.person(), house.person()
    sound = sound_of(house, house.ready(owner, small_film))
    house.vod.sounds.change(sound, owner, SoundChange(allowed=False))
    for gone in (sound, new_id()):
        video = house.vod.videos.video(house.vod.ingest_file(other.id, small_film, "Late", gone), other)
        assert (video.state, video.reason, video.sound) == ("rejected", "sound_unavailable", None)
    assert house.database.write(lambda c: house.jobs.table.claim(c, "tester", {"transcode": 0})) is None


def test_what_was_chosen_in_time_is_used_although_the_original_is_deleted(house: House, small_film: Path) -> None:
    owner, other = house.person(), house.person()
    original = house.ready(owner, small_film)
    sound = sound_of(house, original)
    video = house.vod.ingest_file(other.id, small_film, "Mine", sound)
    house.vod.videos.delete(original, owner)
    house.clean_up()
    house.vod.processing.transcode(house.claim())
    assert house.vod.videos.video(video, None).sound is not None
    shown = house.vod.sounds.sound(sound, owner)
    assert (shown.uses, shown.video, shown.poster, shown.usable) == (1, None, None, False)
    with pytest.raises(SoundNotAllowed):
        house.vod.uploads.create(other.id, creation(sound))


def test_a_sound_goes_with_the_last_video_that_has_it(house: House, small_film: Path) -> None:
    owner = house.person()
    original = house.ready(owner, small_film)
    sound = sound_of(house, original)
    mine = using(house, sound, small_film)
    house.vod.videos.delete(original, owner)
    house.clean_up()
    audio = file_of(house, house.vod.sounds.sound(sound, None).url)
    assert audio.exists()
    house.vod.videos.delete(mine.id, Identity(mine.by.id, mine.by.handle, mine.by.name, "member", True))
    with pytest.raises(SoundNotFound):
        house.vod.sounds.sound(sound, None)
    house.clean_up()
    house.clean_up()
    assert not audio.exists()
    assert house.database.read(lambda c: (c.execute(select(sounds)).all(), c.execute(select(stored_files)).all())) == (
        [],
        [],
    )


def test_a_video_deleted_while_it_is_processed_leaves_no_sound(
    house: House, small_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = house.person()
    video = house.upload(owner, small_film)
    put = house.storage.put_file

    def delete_first(key: str, path: Path) -> None:
        if house.database.read(lambda c: c.execute(select(videos)).first()):
            house.vod.videos.delete(video, owner)
        put(key, path)

    monkeypatch.setattr(house.storage, "put_file", delete_first)
    house.vod.processing.transcode(house.claim())
    with pytest.raises(VideoNotFound):
        house.vod.videos.video(video, owner)
    house.clean_up()
    assert house.database.read(lambda c: c.execute(select(sounds)).all()) == []


def test_a_second_try_makes_one_sound(house: House, small_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = house.person()
    video = house.upload(owner, small_film)
    job = house.claim()
    with monkeypatch.context() as patch:
        patch.setattr(house.storage, "put_file", lambda key, path: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            house.vod.processing.transcode(job)
    assert house.database.read(lambda c: list_sounds(c, "", 10)) == [], "nobody sees it yet"
    house.vod.processing.transcode(job)
    [row] = house.database.read(lambda c: list_sounds(c, "", 10))
    assert (row.id, row.video, row.uses) == (sound_of(house, video), video, 1)
    references = house.database.read(lambda c: c.execute(select(stored_files.c.uses)).scalars().all())
    assert set(references) == {1}


def test_a_rejected_video_leaves_no_sound(house: House, small_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = house.person()
    video = house.upload(owner, small_film)
    job = house.claim()
    monkeypatch.setattr(house.storage, "put_file", lambda key, path: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        house.vod.processing.transcode(job)
    house.vod.processing.give_up(job)
    assert house.vod.videos.video(video, owner).state == "rejected"
    assert house.database.read(lambda c: c.execute(select(sounds)).all()) == []


def test_a_stored_sound_that_is_damaged_or_lost_rejects_the_video_instead_of_breaking(
    house: House, small_film: Path, other_film: Path
) -> None:
    sound = sound_of(house, house.ready(house.person(), small_film))
    audio = file_of(house, house.vod.sounds.sound(sound, None).url)
    for damage in (
        lambda: audio.write_bytes(b"#EXTM3U\n/etc/passwd"),
        lambda: audio.write_bytes(b"\0\0\0\x08ftyp"),
        lambda: shutil.copyfile(other_film, audio),
        audio.unlink,
    ):
        audio.chmod(0o600)
        damage()
        who = house.person()
        video = house.vod.ingest_file(who.id, small_film, "Mine", sound)
        with pytest.raises(JobRejected, match="sound_unavailable"):
            house.vod.processing.transcode(house.claim())
        assert house.vod.videos.video(video, who).reason == "sound_unavailable"
    assert house.vod.sounds.sound(sound, None).uses == 1


def test_its_owner_and_moderators_may_name_it(house: House, small_film: Path) -> None:
    owner = house.person()
    video = house.ready(owner, small_film)
    sound = sound_of(house, video)
    changed = house.vod.sounds.change(sound, owner, SoundChange(title="  Rain on tin "))
    assert (changed.title, changed.named, changed.allowed) == ("Rain on tin", True, True)
    shown = house.vod.videos.video(video, None).sound
    assert shown is not None
    assert shown.title == "Rain on tin"
    assert not house.vod.sounds.change(sound, house.person(moderates=True), SoundChange(title="")).named
    assert house.vod.sounds.change(sound, owner, SoundChange()).title == f"Original sound - {owner.name}"
    with pytest.raises(NotAllowed):
        house.vod.sounds.change(sound, house.person(), SoundChange(title="Mine"))
    with pytest.raises(InvalidRequest):
        house.vod.sounds.change(sound, owner, SoundChange(title="x" * (SOUND_TITLE_CHARS_MAX + 1)))
    with pytest.raises(SoundNotFound):
        house.vod.sounds.change(new_id(), owner, SoundChange())


def test_sounds_count_towards_what_a_person_may_store(house: House, small_film: Path) -> None:
    owner = house.person()
    house.ready(owner, small_film)
    stored = house.database.read(lambda c: house.vod.processing._files.bytes_of_person(c, owner.id))
    assert stored == sum(path.stat().st_size for path in (house.folder / "media").rglob("*") if path.is_file())


def test_the_sound_of_a_video_that_is_not_public_is_for_those_who_may_see_it(house: House, small_film: Path) -> None:
    owner, follower, stranger = house.person(), house.person(), house.person()
    house.follows.follow(follower.id, owner.handle)
    video = house.ready(owner, small_film)
    sound = sound_of(house, video)
    house.vod.videos.edit(video, owner, None, "followers")
    seen = house.vod.sounds.sound(sound, follower)
    assert (seen.video, seen.usable) == (video, False), "what one makes with it could be public"
    assert [one.id for one in house.vod.sounds.videos(sound, follower, "", 5).items] == [video]
    for viewer in (stranger, None):
        assert house.vod.sounds.videos(sound, viewer, "", 5).items == []
        with pytest.raises(SoundNotFound):
            house.vod.sounds.sound(sound, viewer)
    for person in (follower, stranger):
        with pytest.raises(SoundNotAllowed):
            house.vod.uploads.create(person.id, creation(sound))
    house.vod.videos.edit(video, owner, None, "private")
    with pytest.raises(SoundNotFound):
        house.vod.sounds.sound(sound, follower)
    assert house.vod.sounds.sound(sound, owner).usable


def test_a_sound_that_a_public_video_has_is_heard_without_its_hidden_original(house: House, small_film: Path) -> None:
    owner = house.person()
    original = house.ready(owner, small_film)
    sound = sound_of(house, original)
    copy = using(house, sound, small_film)
    house.vod.videos.edit(original, owner, None, "private")
    shown = house.vod.sounds.sound(sound, None)
    assert (shown.video, shown.poster, shown.usable) == (None, None, False)
    assert [one.id for one in house.vod.sounds.videos(sound, None, "", 5).items] == [copy.id]


def test_hidden_videos_are_not_counted_among_the_uses_of_a_sound(house: House, small_film: Path) -> None:
    owner = house.person()
    sound = sound_of(house, house.ready(owner, small_film))
    mine = [house.show(owner, visibility=visibility) for visibility in ("public", "followers", "private")]
    gone = house.show(owner, state="rejected")
    house.database.write(lambda c: c.execute(update(videos).where(videos.c.id.in_([*mine, gone])).values(sound=sound)))
    for viewer in (None, house.person(), owner):
        assert house.vod.sounds.sound(sound, viewer).uses == 2
    house.vod.videos.edit(mine[0], owner, None, "private")
    assert house.vod.sounds.sound(sound, None).uses == 1


def test_the_count_of_a_sound_that_many_use_is_kept_for_a_while(
    house: House, small_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uses_module, "EXACT_USES_MAX", 0)
    owner = house.person()
    first, second = (sound_of(house, house.ready(owner, small_film)) for _ in range(2))

    def counts() -> dict[str, int]:
        return house.database.read(lambda c: counter.counts(c, [first, second, "none"]))

    counter = uses_module.UseCounter(house.time)
    assert counts() == {first: 1, second: 1, "none": 0}
    more = update(videos).where(videos.c.sound == second).values(sound=first)
    house.database.write(lambda c: c.execute(more))
    assert counts() == {first: 1, second: 1, "none": 0}
    house.time.leap_ms += uses_module.KEPT_MS + 1
    assert counts() == {first: 2, second: 0, "none": 0}
