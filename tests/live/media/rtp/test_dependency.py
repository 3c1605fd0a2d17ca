"""Dependency descriptors, built here bit by bit from the AV1 RTP specification."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.rtp.dependency import FLAG_BITS, DependencyReader, Frame
from live.media.rtp.descriptors import FramePosition, reader
from tests.live.media.rtp.dependency_writer import L1T3, L3T3, Stream, StructureText, descriptor, ns, structure_bits


def frames(structure: StructureText, order: Sequence[int]) -> list[Frame]:
    """A keyframe with its structure, then frames of these templates."""
    stream, reader = Stream(structure), DependencyReader()
    read = [reader.read(stream.keyframe())] + [reader.read(stream.frame(template)) for template in order]
    assert all(frame is not None for frame in read)
    return [frame for frame in read if frame is not None]


def read(reader: DependencyReader, value: bytes) -> tuple[object, ...]:
    """What the descriptor says about a frame."""
    frame = reader.read(value)
    assert frame is not None
    return frame[:6]


def test_templates_name_the_layers_of_frames() -> None:
    read = frames(L1T3, [4, 2, 3, 1])
    assert [(f.spatial, f.temporal) for f in read] == [(0, 0), (0, 2), (0, 1), (0, 2), (0, 0)]
    assert [f.number for f in read] == [65534, 65535, 0, 1, 2]
    assert all(f.begins and f.ends for f in read)
    read = frames(L3T3, [2, 4, 5, 9, 12, 14])
    assert [(f.spatial, f.temporal) for f in read] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 1), (2, 2)]


def test_a_structure_has_decode_targets_and_picture_sizes() -> None:
    reader = DependencyReader()
    reader.read(Stream(L3T3).keyframe(sizes=[(320, 180), (640, 360), (1280, 720)]))
    assert reader.structure is not None
    assert reader.structure.targets == tuple((s, t) for s in range(3) for t in range(3))
    assert reader.structure.resolutions == ((320, 180), (640, 360), (1280, 720))
    assert reader.active == 0b111111111


def test_active_decode_targets_and_the_fields_after_them_are_parsed() -> None:
    stream, reader = Stream(L3T3), DependencyReader()
    reader.read(stream.keyframe())
    frame = reader.read(stream.frame(1, active=0b000000111, indications="SSS------"))
    assert reader.active == 0b111
    assert frame is not None
    assert frame.indications == (2, 2, 2, 0, 0, 0, 0, 0, 0)
    assert read(reader, stream.frame(1)) == (True, True, 0, 0, 0, (2, 2, 2, 3, 3, 3, 3, 3, 3))
    assert reader.active == 0b111


def test_the_first_and_last_packet_of_a_frame_are_marked() -> None:
    stream, reader = Stream(L1T3), DependencyReader()
    reader.read(stream.keyframe())
    parts = [reader.read(descriptor(stream.template_id(2), 7, begins=b, ends=e)) for b, e in ((1, 0), (0, 0), (0, 1))]
    assert [(p.begins, p.ends) for p in parts if p] == [(True, False), (False, False), (False, True)]


def test_without_a_structure_there_is_one_layer() -> None:
    reader = DependencyReader()
    assert read(reader, b"\xc3\x00\x07") == (True, True, 7, 0, 0, ())
    assert read(reader, b"\xc3\x00\x07\x20") == (True, True, 7, 0, 0, ())
    assert reader.read(b"\xc3\x00") is None


OTHER = StructureText(20, [(0, 0), (0, 1)], ["SS", "-S"], [[2], [1]], [0, 0], [[2], [1]])


def bringing(stream: Stream, template: int, structure: StructureText) -> bytes:
    """A frame other than the first that carries a structure, which already applies to it."""
    stream.structure = structure
    return stream._next(template, "10000" + structure_bits(structure) + "0")


def test_any_frame_can_carry_the_same_or_another_structure() -> None:
    stream, reader = Stream(L3T3), DependencyReader()
    reader.read(stream.keyframe())
    known = reader.structure
    reader.read(stream.frame(1, active=0b111))
    assert read(reader, bringing(stream, 7, L3T3))[3:5] == (1, 1)
    assert reader.structure == known
    assert reader.active == 0b111111111, "unless it says otherwise, all of them are sent again"
    assert read(reader, bringing(stream, 1, OTHER))[3:] == (0, 1, (0, 2))
    assert reader.active == 0b11
    assert read(reader, stream.frame(0))[3:] == (0, 0, (2, 2))


def test_a_late_frame_is_read_with_the_structure_of_its_time() -> None:
    stream, reader = Stream(L3T3), DependencyReader()
    keyframe, before = stream.keyframe(), stream.frame(12)
    lost = stream.frame(14)
    reader.read(keyframe)
    reader.read(before)
    brought = bringing(stream, 1, OTHER)
    reader.read(brought)
    known = reader.structure
    assert read(reader, stream.frame(0))[3:5] == (0, 0)
    assert read(reader, lost)[3:5] == (2, 2)
    assert read(reader, keyframe)[3:5] == (0, 0)
    assert reader.structure == known, "an old one is not taken for a new one"
    assert read(reader, stream.frame(1))[3:5] == (0, 1)


def test_a_late_structure_applies_to_the_frames_behind_it() -> None:
    stream, reader = Stream(L3T3), DependencyReader()
    reader.read(stream.keyframe())
    brought = bringing(stream, 1, OTHER)
    behind = stream.frame(0)
    assert reader.read(behind) is None
    reader.read(brought)
    assert read(reader, behind)[3:5] == (0, 0)


def test_a_restarted_sender_starts_a_new_structure() -> None:
    reader = DependencyReader()
    reader.read(Stream(L3T3, 40_000).keyframe())
    stream = Stream(OTHER, 5)
    reader.read(stream.keyframe())
    assert read(reader, stream.frame(1))[3:5] == (0, 1)


def test_a_descriptor_longer_than_an_extension_is_refused() -> None:
    assert DependencyReader().read(Stream(L3T3).keyframe().ljust(256, b"\0")) is None


@given(
    st.sampled_from((L1T3, L3T3)), st.integers(0, 4), st.one_of(st.none(), st.integers(0, 511)),
    st.sampled_from(("", "S", "D")), st.tuples(st.integers(0, 3), st.integers(0, 3)), st.booleans(),
)  # fmt: skip
def test_a_limited_descriptor_differs_only_in_its_active_targets(
    structure: StructureText, template: int, active: int | None, own: str, limits: tuple[int, int],
    distances: bool,
) -> None:  # fmt: skip
    """With arbitrary bits before and after."""
    stream, ours, theirs = Stream(structure), DependencyReader(), DependencyReader()
    first = stream.keyframe(sizes=[(320, 180)] * (structure.layers[-1][0] + 1))
    targets = len(structure.indications[0])
    text = f"0{int(active is not None)}{int(own != '')}{int(distances)}0"
    text += f"{(active or 0) % (1 << targets):0{targets}b}" if active is not None else ""
    text += {"": "", "S": "10", "D": "01"}[own] * targets
    tail = "01" + "0110" + "11" + "101010101010" + "00"
    later = stream._next(template, text + (tail if distances else "") if text != "00000" or distances else "")
    for value in (first, later):
        frame = ours.read(value)
        assert frame is not None
        assert frame.descriptor is not None
        limited = frame.descriptor.limited(*limits)
        assert read(theirs, limited) == frame[:6]
        assert len(value) <= len(limited) <= len(value) + (targets + FLAG_BITS + 7) // 8
        sent = [s <= limits[0] and t <= limits[1] for s, t in frame.descriptor.targets]
        assert theirs.active == ours.active & sum(1 << i for i, good in enumerate(sent) if good)
        assert theirs.structure == ours.structure
    if distances:
        whole = "".join(f"{byte:08b}" for byte in limited[3:])
        assert whole[5 + targets + 2 * targets * (own != "") :].startswith(tail)


def test_a_truncated_descriptor_changes_nothing() -> None:
    whole = Stream(L3T3).keyframe(sizes=[(320, 180), (640, 360), (1280, 720)])
    reader = DependencyReader()
    for size in range(4, len(whole)):
        assert reader.read(whole[:size]) is None
        assert reader.structure is None
    reader.read(whole)
    known = reader.structure
    for size in range(4, len(whole)):
        reader.read(Stream(L1T3).keyframe()[:size] + bytes(3))
    assert known is not None
    stream = Stream(L3T3)
    stream.keyframe()
    reader.read(whole)
    assert reader.read(descriptor(63, 1)) is None  # no such template
    assert reader.structure == known


@given(st.lists(st.binary(max_size=40), max_size=6), st.sampled_from((L1T3, L3T3)), st.data())
def test_garbage_does_not_raise(values: list[bytes], structure: StructureText, data: st.DataObject) -> None:
    av1 = reader("AV1")
    good = bytearray(Stream(structure).keyframe())
    for at in data.draw(st.lists(st.integers(0, len(good) - 1), max_size=3)):
        good[at] ^= data.draw(st.integers(1, 255))
    for value in (bytes(good), *values):
        place = av1(b"\x10", True, value)
        assert isinstance(place, FramePosition)
        assert 0 <= place.spatial < 4
        assert 0 <= place.temporal < 8


# -- going up a layer ----------------------------------------------------------------------------

N, LATER = b"\x18\x0a", b"\x10\x32"


def switches(structure: StructureText, order: Sequence[int]) -> list[tuple[int, int, bool]]:
    stream, av1 = Stream(structure), reader("AV1")
    places = [av1(N, True, stream.keyframe())] + [av1(LATER, True, stream.frame(t)) for t in order]
    assert places[0].keyframe
    assert not any(p.keyframe for p in places[1:])
    return [(p.spatial, p.temporal, p.switch) for p in places]


def test_a_higher_layer_can_be_added_at_the_first_frame_after_a_switching_point() -> None:
    cycle = [3, 2, 4, 1, 3, 2, 4]  # T2 T1 T2 T0 T2 T1 T2: the later T2 depends on the T1
    assert [switch for _, _, switch in switches(L1T3, cycle)] == [True, True, True, False, False, True, True, False]


def test_each_spatial_layer_has_its_own_switching_points() -> None:
    # Pictures of T0, T2 and T1 with three spatial layers each; the T2 after that T1 is not a switching point.
    pictures = [6, 11, 4, 9, 14, 2, 7, 12, 4, 9, 14]
    found = switches(L3T3, pictures)
    assert [place[:2] for place in found[:3]] == [(0, 0), (1, 0), (2, 0)]
    assert [switch for _, temporal, switch in found if temporal == 1] == [True] * 3
    assert [switch for _, temporal, switch in found if temporal == 2] == [True] * 3 + [False] * 3


def test_a_missing_frame_prevents_adding_a_layer() -> None:
    stream, av1 = Stream(L1T3), reader("AV1")
    av1(N, True, stream.keyframe())
    stream.frame(3)
    missing = stream.frame(2)
    assert not av1(LATER, True, stream.frame(4)).switch
    assert not av1(LATER, True, missing).switch  # it arrives too late to be used
    assert not av1(LATER, True, stream.frame(4)).switch
    av1(LATER, True, stream.frame(1))
    split = stream.frame(3)
    assert [av1(LATER, False, split).switch for _ in range(3)] == [True] * 3  # all packets of a frame agree


@pytest.mark.parametrize("number", [0, 1, 0x7FFF, 0x8000, 0xFFFF])
def test_frame_numbers_can_start_anywhere(number: int) -> None:
    stream, av1 = Stream(L1T3, number), reader("AV1")
    av1(N, True, stream.keyframe())
    assert av1(LATER, True, stream.frame(3)).switch


def test_structure_bits_follow_the_specification() -> None:
    """One template and one decode target, encoded by hand."""
    text = structure_bits(StructureText(5, [(0, 0)], ["S"], [[1]], [0], [[1]]))
    assert text == "000101" + "00000" + "11" + "10" + "1" + "0000" + "0" + ns(2, 1) + ns(1, 0) + "0001"
