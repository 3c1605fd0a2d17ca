"""The dependency descriptor (AV1 RTP specification, appendix A): a header extension that tells a frame's layer.

A keyframe carries the structure of the stream, a list of frame templates. Every later packet names one of them in three
bytes, so nobody has to look into the payload.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from live.media.rtp.bits import Bits
from live.media.rtp.header import DESCRIPTOR_BYTES_MAX
from live.media.rtp.packets import nearest

MANDATORY_BYTES = 3
FLAG_BITS = 5  # follow the mandatory bytes of a longer descriptor
TEMPLATES_MAX = 64
LAYERS_MAX = 4  # spatial layers: AV1 has two bits for them
TEMPORAL_LAYERS_MAX = 8
SWITCH = 2  # indication: a receiver that has what this frame needs can decode the whole decode target from here on
LATE_FRAMES_MAX = 2048  # how far behind the newest frame a retransmitted one may be
_ACTIVE_PRESENT_BIT = 8 * MANDATORY_BYTES + 1  # position of active_decode_targets_present_flag
_SAME, _NEXT_TEMPORAL, _NEXT_SPATIAL, _NO_MORE = range(4)


class Template(NamedTuple):
    spatial: int
    temporal: int
    indications: tuple[int, ...]  # one for each decode target: 0 absent, 1 discardable, 2 switch, 3 required


class Structure(NamedTuple):
    """The kinds of frames in a stream. A decode target is a set of frames that can be decoded without the others."""

    offset: int  # the id of the first template
    templates: tuple[Template, ...]
    targets: tuple[tuple[int, int], ...]  # highest spatial and temporal layer of each decode target
    resolutions: tuple[tuple[int, int], ...]  # width and height of each spatial layer; empty: not given


class ParsedDescriptor(NamedTuple):
    """A descriptor that can be forwarded, to receivers that have the same structure."""

    value: bytes
    targets: tuple[tuple[int, int], ...] = ()  # of the structure; empty: we could not read the descriptor
    active: int = 0  # bit mask of the decode targets that are sent
    active_at: int = 0  # where the active_decode_targets_bitmask is or would be, in bits
    has_active: bool = False  # whether it is there

    def limited(self, spatial: int, temporal: int) -> bytes:
        """The descriptor for a receiver that gets these layers and none above.

        A sender that drops layers must announce the decode targets that remain (A.4). We do so in every packet: then it
        does not matter where a receiver joins or which packets it loses.
        """
        if not self.targets:
            return self.value
        count, size, number = len(self.targets), 8 * len(self.value), int.from_bytes(self.value)
        if size == 8 * MANDATORY_BYTES:
            number, size = number << FLAG_BITS, size + FLAG_BITS
        number |= 1 << size - 1 - _ACTIVE_PRESENT_BIT
        behind = size - self.active_at
        head = number >> behind << count | _target_mask(self.targets, spatial, temporal) & self.active
        behind -= count if self.has_active else 0
        size = self.active_at + count + behind
        limited = (head << behind | number & (1 << behind) - 1) << -size % 8
        return limited.to_bytes((size + 7) // 8) if size <= 8 * DESCRIPTOR_BYTES_MAX else self.value


@functools.lru_cache
def _target_mask(targets: tuple[tuple[int, int], ...], spatial: int, temporal: int) -> int:
    """The decode targets that need no layer above these."""
    return sum(1 << i for i, (s, t) in enumerate(targets) if s <= spatial and t <= temporal)


class Frame(NamedTuple):
    begins: bool
    ends: bool
    number: int  # 16 bits; each spatial layer's frame has its own
    spatial: int
    temporal: int
    indications: tuple[int, ...]  # empty while the structure is unknown
    has_structure: bool  # the descriptor carries a structure
    descriptor: ParsedDescriptor | None  # None while the structure is unknown: receivers could not read it either


class _StructureState:
    """A structure and its active decode targets, valid from the frame that carried it."""

    __slots__ = ("active", "active_since", "by_id", "since", "structure")

    def __init__(self, structure: Structure, since: int) -> None:
        self.structure = structure
        self.since = self.active_since = since  # extended frame numbers
        self.active = (1 << len(structure.targets)) - 1
        self.by_id: list[Template | None] = [None] * TEMPLATES_MAX
        for i, template in enumerate(structure.templates):
            self.by_id[structure.offset + i & 0x3F] = template


class DependencyReader:
    """Reads the descriptors of one stream, each with the structure that precedes its frame.

    Any frame may carry a structure. When it arrives late (retransmitted), it does not apply to newer frames.
    """

    __slots__ = ("_current", "_newest_frame", "_previous")

    def __init__(self) -> None:
        self._current: _StructureState | None = None
        self._previous: _StructureState | None = None  # for late frames
        self._newest_frame: int | None = None  # extended number

    @property
    def structure(self) -> Structure | None:
        return self._current.structure if self._current is not None else None

    @property
    def active(self) -> int:
        """Bit mask of the decode targets that are sent."""
        return self._current.active if self._current is not None else 0

    def read(self, value: bytes) -> Frame | None:
        """None, and nothing changes, when this is no valid descriptor."""
        if not MANDATORY_BYTES <= len(value) <= DESCRIPTOR_BYTES_MAX:
            return None
        first, number = value[0], value[1] << 8 | value[2]
        frame = nearest(number, self._newest_frame) if self._newest_frame is not None else number
        late = self._newest_frame is not None and 0 < self._newest_frame - frame <= LATE_FRAMES_MAX
        state = self._current
        if late and state is not None and frame < state.since:
            state = self._previous
        has_structure, descriptor = False, None
        if len(value) > MANDATORY_BYTES:
            try:
                template, has_structure, descriptor = self._read_extended(value, frame, state)
            except ValueError:
                return None
        elif state is None:
            template = _UNKNOWN
        else:
            template = state.by_id[first & 0x3F]
            active_at = 8 * MANDATORY_BYTES + FLAG_BITS
            descriptor = ParsedDescriptor(value, state.structure.targets, state.active, active_at)
        if template is None:
            return None
        if not late:
            self._newest_frame = frame
        return Frame(first & 0x80 != 0, first & 0x40 != 0, number, *template, has_structure, descriptor)

    def _read_extended(
        self, value: bytes, frame: int, state: _StructureState | None
    ) -> tuple[Template | None, bool, ParsedDescriptor | None]:
        bits = Bits(value[MANDATORY_BYTES:])
        has_structure, has_active, has_indications = bits.read(1), bits.read(1), bits.read(1)
        bits.read(2)  # custom frame differences and chains, which come last
        if has_structure:
            state = self._state_of(_read_structure(bits), frame)
        if state is None:
            return _UNKNOWN, False, None
        active_at = 8 * MANDATORY_BYTES + bits.total - bits.left
        targets = state.structure.targets
        active = state.active
        if has_active:
            active = bits.read(len(targets))
        elif has_structure:
            active = (1 << len(targets)) - 1
        template = state.by_id[value[0] & 0x3F]
        if template is None:
            return None, False, None
        if has_indications:
            template = template._replace(indications=tuple(bits.read(2) for _ in targets))
        if has_structure:
            self._adopt(state)
        if frame >= state.active_since:
            state.active, state.active_since = active, frame
        return template, has_structure != 0, ParsedDescriptor(value, targets, active, active_at, has_active != 0)

    def _state_of(self, structure: Structure, frame: int) -> _StructureState:
        """The current state if this structure only repeats it, otherwise a new one."""
        state = self._current
        if state is not None and structure == state.structure and frame >= state.since:
            return state
        return _StructureState(structure, frame)

    def _adopt(self, state: _StructureState) -> None:
        if self._current is None or self._current is state:
            self._current = state
        elif self._is_restart(state.since) or state.since >= self._current.since:
            self._current, self._previous = state, self._current

    def _is_restart(self, frame: int) -> bool:
        """Whether this frame number is too far behind for a late frame: the encoder counts from the start again."""
        return self._newest_frame is not None and self._newest_frame - frame > LATE_FRAMES_MAX


_UNKNOWN = Template(0, 0, ())


def _read_structure(bits: Bits) -> Structure:
    offset = bits.read(6)
    count = bits.read(5) + 1
    layers = _read_template_layers(bits)
    templates = tuple(Template(*layer, tuple(bits.read(2) for _ in range(count))) for layer in layers)
    for _ in layers:  # frame differences: only decoders need them
        while bits.read(1):
            bits.read(4)
    chains = bits.read_ns(count + 1)
    if chains:
        for _ in range(count):
            bits.read_ns(chains)
        bits.read(4 * chains * len(layers))
    resolutions: tuple[tuple[int, int], ...] = ()
    if bits.read(1):
        resolutions = tuple((bits.read(16) + 1, bits.read(16) + 1) for _ in range(layers[-1][0] + 1))
    targets = tuple(
        (
            max((t.spatial for t in templates if t.indications[target]), default=0),
            max((t.temporal for t in templates if t.indications[target]), default=0),
        )
        for target in range(count)
    )
    return Structure(offset, templates, targets, resolutions)


def _read_template_layers(bits: Bits) -> list[tuple[int, int]]:
    """The spatial and the temporal layer of each template."""
    spatial = temporal = 0
    layers = [(0, 0)]
    while (step := bits.read(2)) != _NO_MORE:
        if step == _NEXT_TEMPORAL:
            temporal += 1
        elif step == _NEXT_SPATIAL:
            spatial, temporal = spatial + 1, 0
        layers.append((spatial, temporal))
        if spatial >= LAYERS_MAX or temporal >= TEMPORAL_LAYERS_MAX or len(layers) > TEMPLATES_MAX:
            raise ValueError("more layers or templates than allowed")
    return layers
