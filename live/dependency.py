"""The dependency descriptor: which layer a frame belongs to, said in a header extension instead of in the payload.

The AV1 RTP specification, appendix A. A keyframe carries the structure of the stream, templates of frames; every packet
after it names one of them in three bytes.
"""

from __future__ import annotations

from typing import NamedTuple

from live.bits import Bits

MANDATORY_BYTES = 3
TEMPLATES_MAX = 64
LAYERS_MAX = 4  # spatial ones: AV1 has two bits for them
TEMPORAL_LAYERS_MAX = 8
SWITCH = 2  # an indication: who has what this frame needs can have all of that decode target from here on
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


class Frame(NamedTuple):
    begins: bool
    ends: bool
    number: int  # 16 bits; each spatial layer's frame has its own
    spatial: int
    temporal: int
    indications: tuple[int, ...]  # empty while the structure is not known


class DependencyReader:
    """Reads one stream's descriptors, with the structure that its last keyframe brought."""

    __slots__ = ("_by_id", "active", "structure")

    def __init__(self) -> None:
        self.structure: Structure | None = None
        self.active = 0  # of the decode targets, those that are sent: a bit mask
        self._by_id: list[Template | None] = [None] * TEMPLATES_MAX

    def read(self, value: bytes) -> Frame | None:
        """None for what is no descriptor; then nothing has changed."""
        if len(value) < MANDATORY_BYTES:
            return None
        first, number = value[0], value[1] << 8 | value[2]
        if len(value) > MANDATORY_BYTES:
            try:
                template = self._extended(value)
            except ValueError:
                return None
        elif self.structure is None:
            template = _UNKNOWN
        else:
            template = self._by_id[first & 0x3F]
        if template is None:
            return None
        return Frame(first & 0x80 != 0, first & 0x40 != 0, number, *template)

    def _extended(self, value: bytes) -> Template | None:
        bits = Bits(value[MANDATORY_BYTES:])
        brings_structure, brings_active, own_indications = bits.take(1), bits.take(1), bits.take(1)
        bits.take(2)  # own frame and chain distances, which come last
        structure = _structure(bits) if brings_structure else self.structure
        if structure is None:
            return _UNKNOWN
        targets = len(structure.targets)
        active = (1 << targets) - 1 if brings_structure else self.active
        if brings_active:
            active = bits.take(targets)
        index = (value[0] & 0x3F) - structure.offset & 0x3F
        if index >= len(structure.templates):
            return None
        template = structure.templates[index]
        if own_indications:
            template = template._replace(indications=tuple(bits.take(2) for _ in range(targets)))
        self.active = active
        if brings_structure and structure != self.structure:
            self.structure = structure
            self._by_id = [None] * TEMPLATES_MAX
            for i, known in enumerate(structure.templates):
                self._by_id[structure.offset + i & 0x3F] = known
        return template


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
