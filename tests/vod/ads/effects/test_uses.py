"""Everything made with a sponsored effect names its sponsor, and is counted once for each person and day."""

from __future__ import annotations

import pytest

from core.ids import new_id
from tests.vod.ads.effects.conftest import Gallery
from vod.errors import EffectNotFound


def test_uses_count_once_for_each_creator_and_day_and_not_for_the_sponsors_own(gallery: Gallery) -> None:
    gallery.pay_in(100)
    effect = gallery.booked(2)
    for who in (gallery.bob, gallery.bob, gallery.eve, gallery.ada):
        gallery.use(effect, who)
    gallery.leap(1)
    gallery.use(effect, gallery.bob)
    seen = gallery.seen(effect)
    assert [one.creators for one in seen.by_day] == [1, 2]
    assert seen.uses == 3


def test_a_video_keeps_the_sponsor_when_the_effect_is_over_and_the_sponsor_has_another_name(gallery: Gallery) -> None:
    gallery.pay_in(100)
    effect = gallery.booked(1)
    video = gallery.house.show(gallery.bob)
    gallery.write(lambda c: gallery.effects.uses.publish(c, video, effect.id, gallery.bob.id))
    gallery.leap(1)
    gallery.studio.advertisers.edit(
        gallery.bakery.id, gallery.ada, name="Something rude", payer=None, country="FR", zone="Europe/Paris"
    )
    shown = gallery.house.vod.videos.video(video, None)
    assert shown.effect is not None
    assert (shown.effect.name, shown.effect.sponsor) == ("Fresh bread", "Corner Bakery")
    assert gallery.house.vod.videos.video(gallery.house.show(gallery.bob), None).effect is None
    gallery.write(lambda c: gallery.effects.uses.check(c, effect.id))  # made before, uploaded after


def test_nothing_can_be_made_with_an_effect_that_was_never_offered(gallery: Gallery) -> None:
    gallery.pay_in(100)
    for effect in (gallery.submitted().id, new_id(), ""):
        with pytest.raises(EffectNotFound):
            gallery.write(lambda c, effect=effect: gallery.effects.uses.check(c, effect))
    assert gallery.read(lambda c: gallery.effects.uses.credits(c, [new_id()])) == {}
