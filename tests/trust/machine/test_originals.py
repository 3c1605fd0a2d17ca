"""Earlier videos with the same pictures are found, by whichever node, and others are not."""

from __future__ import annotations

import numpy as np

from tests.trust.machine.conftest import Eyes
from tests.trust.machine.edits import scene, small, stripes
from tests.trust.machine.test_copies import judged, look
from trust.machine.judging.copies import PDQ_DISTANCE_MAX, Copy
from trust.machine.judging.originals import Originals
from trust.machine.judging.seen import Seen
from trust.machine.sight.messages import PDQ_BYTES
from trust.machine.sight.network import VECTOR_NUMBERS
from trust.machine.sight.process import Looker

NOTHING = np.empty((0, VECTOR_NUMBERS), np.float32)


def hashed(*seeds: int, flipped: int = 0) -> Seen:
    """Pictures with these hashes, in each of which so many bits are other ones."""
    hashes = b""
    for seed in seeds:
        bits = np.unpackbits(np.frombuffer(np.random.default_rng(seed).bytes(PDQ_BYTES), np.uint8))
        bits[:flipped] ^= 1
        hashes += np.packbits(bits).tobytes()
    return Seen(None, NOTHING, hashes, "")


def find(eyes: Eyes, originals: Originals, seen: Seen, but: str = "") -> list[Copy]:
    return eyes.desk.database.read(lambda c: originals.find(c, seen, but))


def test_a_video_with_the_same_pictures_is_found_and_no_other(eyes: Eyes, looker: Looker) -> None:
    pictures = [scene(seed) for seed in range(4)]
    first = judged(eyes, look(looker, pictures))
    judged(eyes, look(looker, [scene(seed) for seed in range(10, 14)]))
    again = look(looker, [small((one * 0.9).astype(np.uint8)) for one in pictures])
    assert find(eyes, Originals(), again) == [Copy(first, 1.0)], "darker, and encoded anew"
    assert find(eyes, Originals(), look(looker, [stripes(3), stripes(5)])) == []


def test_half_of_the_pictures_and_two_at_least_must_be_alike(eyes: Eyes) -> None:
    first = judged(eyes, hashed(1, 2, 3, 4))
    originals = Originals()
    assert find(eyes, originals, hashed(1, 2, 8, 9)) == [Copy(first, 0.5)]
    assert find(eyes, originals, hashed(1, 7, 8, 9)) == find(eyes, originals, hashed(1)) == []
    assert find(eyes, originals, hashed(1, 2, flipped=PDQ_DISTANCE_MAX)) == [Copy(first, 1.0)]
    assert find(eyes, originals, hashed(1, 2, flipped=PDQ_DISTANCE_MAX + 1)) == []
    assert find(eyes, originals, hashed()) == []


def test_what_was_looked_at_meanwhile_is_known_and_a_video_is_no_copy_of_itself(eyes: Eyes) -> None:
    originals = Originals()
    assert find(eyes, originals, hashed(1, 2)) == []
    first = judged(eyes, hashed(1, 2))
    second = judged(eyes, hashed(1, 2, 3, 4))
    assert {copy.original for copy in find(eyes, originals, hashed(1, 2))} == {first, second}
    assert find(eyes, originals, hashed(1, 2), but=first) == [Copy(second, 1.0)]
    assert [copy.likeness for copy in find(eyes, originals, hashed(1, 2, 3, 5))] == [0.75, 0.5]
