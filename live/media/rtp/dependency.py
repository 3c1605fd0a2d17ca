"""The dependency descriptor: which layer a frame belongs to, said in a header extension instead of in the payload.

The AV1 RTP specification, appendix A. A keyframe carries the structure of the stream, templates of frames; every packet
after it names one of them in three bytes.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from live.media.rtp.bits import Bits
from live.media.rtp.header import DESCRIPTOR_BYTES_MAX
from live.media.rtp.packets import nearest

MANDATORY_BYTES = 3
FLAGS = 5  # bits: what else a longer one has
TEMPLATES_MAX = 64
LAYERS_MAX = 4  # spatial ones: AV1 has two bits for them
TEMPORAL_LAYERS_MAX = 8
SWITCH = 2  # an indication: who has what this frame needs can have all of that decode target from here on
LATE_FRAMES_MAX = 2048  # how far behind the newest one a frame may be that was sent again
_SAYS_ACTIVE_AT = 8 * MANDATORY_BYTES + 1  # the bit that says whether active decode targets follow
_SAME, _NEXT_TEMPORAL, _NEXT_SPATIAL, _NO_MORE = range(4)


class Template(NamedTuple):
    spatial: int
    temporal: int
    indications: tuple[int, ...]  # one for each decode target: 0 absent, 1 discardable, 2 switch, 3 required


class Structure(NamedTuple):
    """What frames there are in a stream. A decode target is a set of them that can be decoded by itself."""

    offset: int  # the id of the first template
    templates: tuple[Template, ...]
    targets: tuple[tuple[int, int], ...]  # the spatial and the temporal layer each decode target goes up to
    resolutions: tuple[tuple[int, int], ...]  # width and height of each spatial layer, if it tells


class Described(NamedTuple):
    """A descriptor as subscribers can be sent it, who then have the same structure."""

    value: bytes
    targets: tuple[tuple[int, int], ...] = ()  # those of the structure; empty where the descriptor cannot be read
    active: int = 0  # of them, those that are sent
    at: int = 0  # how many bits stand before where it says so, or could
    says: bool = False  # whether it does

    def limited(self, spatial: int, temporal: int) -> bytes:
        """It says that the decode targets up to these layers are sent, of those that are.

        Whoever leaves some of them out must say so, and may in every packet (A.4): then it does not matter where a
        subscriber comes in, nor what it loses."""
        if not self.targets:
            return self.value
        count, size, number = len(self.targets), 8 * len(self.value), int.from_bytes(self.value)
        if size == 8 * MANDATORY_BYTES:
            number, size = number << FLAGS, size + FLAGS
        number |= 1 << size - 1 - _SAYS_ACTIVE_AT
        behind = size - self.at
        head = number >> behind << count | _up_to(self.targets, spatial, temporal) & self.active
        behind -= count if self.says else 0
        size = self.at + count + behind
        made = (head << behind | number & (1 << behind) - 1) << -size % 8
        return made.to_bytes((size + 7) // 8) if size <= 8 * DESCRIPTOR_BYTES_MAX else self.value


@functools.lru_cache
def _up_to(targets: tuple[tuple[int, int], ...], spatial: int, temporal: int) -> int:
    """Those up to these layers, as a bit mask."""
    return sum(1 << i for i, (s, t) in enumerate(targets) if s <= spatial and t <= temporal)


class Frame(NamedTuple):
    begins: bool
    ends: bool
    number: int  # 16 bits; each spatial layer's frame has its own
    spatial: int
    temporal: int
    indications: tuple[int, ...]  # empty while the structure is not known
    structured: bool  # it brings a structure
    described: Described | None  # None while the structure is not known: it is of no use to subscribers


class _Known:
    """A structure, from the frame on that brought it."""

    __slots__ = ("active", "active_since", "by_id", "since", "structure")

    def __init__(self, structure: Structure, since: int) -> None:
        self.structure = structure
        self.since = self.active_since = since  # numbers of frames, extended
        self.active = (1 << len(structure.targets)) - 1
        self.by_id: list[Template | None] = [None] * TEMPLATES_MAX
        for i, template in enumerate(structure.templates):
            self.by_id[structure.offset + i & 0x3F] = template


class DependencyReader:
    """Reads one stream's descriptors, with the structure that came last before each frame.

    A structure may be brought by any frame. One that comes late, sent again, is none for the frames that are on."""

    __slots__ = ("_before", "_known", "_newest")

    def __init__(self) -> None:
        self._known: _Known | None = None
        self._before: _Known | None = None  # the one before it, for frames that come late
        self._newest: int | None = None  # the number of a frame, extended

    @property
    def structure(self) -> Structure | None:
        return self._known.structure if self._known is not None else None

    @property
    def active(self) -> int:
        """Of the decode targets, those that are sent: a bit mask."""
        return self._known.active if self._known is not None else 0

    def read(self, value: bytes) -> Frame | None:
        """None for what is no descriptor; then nothing has changed."""
        if not MANDATORY_BYTES <= len(value) <= DESCRIPTOR_BYTES_MAX:
            return None
        first, number = value[0], value[1] << 8 | value[2]
        frame = nearest(number, self._newest) if self._newest is not None else number
        late = self._newest is not None and 0 < self._newest - frame <= LATE_FRAMES_MAX
        known = self._known
        if late and known is not None and frame < known.since:
            known = self._before
        structured, described = False, None
        if len(value) > MANDATORY_BYTES:
            try:
                template, structured, described = self._extended(value, frame, known)
            except ValueError:
                return None
        elif known is None:
            template = _UNKNOWN
        else:
            template = known.by_id[first & 0x3F]
            described = Described(value, known.structure.targets, known.active, 8 * MANDATORY_BYTES + FLAGS)
        if template is None:
            return None
        if not late:
            self._newest = frame
        return Frame(first & 0x80 != 0, first & 0x40 != 0, number, *template, structured, described)

    def _extended(
        self, value: bytes, frame: int, known: _Known | None
    ) -> tuple[Template | None, bool, Described | None]:
        bits = Bits(value[MANDATORY_BYTES:])
        brings_structure, brings_active, own_indications = bits.take(1), bits.take(1), bits.take(1)
        bits.take(2)  # own frame and chain distances, which come last
        if brings_structure:
            known = self._found(_structure(bits), frame)
        if known is None:
            return _UNKNOWN, False, None
        at = 8 * MANDATORY_BYTES + bits.total - bits.left
        targets = known.structure.targets
        active = known.active
        if brings_active:
            active = bits.take(len(targets))
        elif brings_structure:
            active = (1 << len(targets)) - 1
        template = known.by_id[value[0] & 0x3F]
        if template is None:
            return None, False, None
        if own_indications:
            template = template._replace(indications=tuple(bits.take(2) for _ in targets))
        if brings_structure:
            self._keep(known)
        if frame >= known.active_since:
            known.active, known.active_since = active, frame
        return template, brings_structure != 0, Described(value, targets, active, at, brings_active != 0)

    def _found(self, structure: Structure, frame: int) -> _Known:
        """What there is to know of it; what we have, where it is the same once more."""
        known = self._known
        if known is not None and structure == known.structure and frame >= known.since:
            return known
        return _Known(structure, frame)

    def _keep(self, known: _Known) -> None:
        if self._known is None or self._known is known:
            self._known = known
        elif self._restarted(known.since) or known.since >= self._known.since:
            self._known, self._before = known, self._known

    def _restarted(self, frame: int) -> bool:
        """Whether a number so far behind cannot be of a frame that comes late: somebody counts from anew."""
        return self._newest is not None and self._newest - frame > LATE_FRAMES_MAX


_UNKNOWN = Template(0, 0, ())


def _structure(bits: Bits) -> Structure:
    offset = bits.take(6)
    count = bits.take(5) + 1
    layers = _layers(bits)
    templates = tuple(Template(*layer, tuple(bits.take(2) for _ in range(count))) for layer in layers)
    for _ in layers:  # which frames each depends on: for those who decode
        while bits.take(1):
            bits.take(4)
    chains = bits.take_below(count + 1)
    if chains:
        for _ in range(count):
            bits.take_below(chains)
        bits.take(4 * chains * len(layers))
    resolutions: tuple[tuple[int, int], ...] = ()
    if bits.take(1):
        resolutions = tuple((bits.take(16) + 1, bits.take(16) + 1) for _ in range(layers[-1][0] + 1))
    targets = tuple(
        (
            max((t.spatial for t in templates if t.indications[target]), default=0),
            max((t.temporal for t in templates if t.indications[target]), default=0),
        )
        for target in range(count)
    )
    return Structure(offset, templates, targets, resolutions)


def _layers(bits: Bits) -> list[tuple[int, int]]:
    """The spatial and the temporal layer of each template."""
    spatial = temporal = 0
    layers = [(0, 0)]
    while (step := bits.take(2)) != _NO_MORE:
        if step == _NEXT_TEMPORAL:
            temporal += 1
        elif step == _NEXT_SPATIAL:
            spatial, temporal = spatial + 1, 0
        layers.append((spatial, temporal))
        if spatial >= LAYERS_MAX or temporal >= TEMPORAL_LAYERS_MAX or len(layers) > TEMPLATES_MAX:
            raise ValueError("more layers than there can be")
    return layers
