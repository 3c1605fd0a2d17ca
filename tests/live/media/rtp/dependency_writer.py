"""Writes dependency descriptors (AV1 RTP specification, appendix A) from plain structures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

INDICATIONS = {"-": "00", "D": "01", "S": "10", "R": "11"}


class StructureText(NamedTuple):
    offset: int
    layers: list[tuple[int, int]]  # spatial and temporal, of each template
    indications: list[str]  # of each template, a letter for each decode target
    distances: list[list[int]]  # of each template, distances to the frames it depends on
    protected_by: list[int]  # the chain of each decode target
    chains: list[list[int]]  # of each template, for each chain


def ns(limit: int, value: int) -> str:
    """A number below `limit`; small ones take one bit less."""
    width = limit.bit_length()
    short = (1 << width) - limit
    if value < short:
        return format(value, f"0{width - 1}b") if width > 1 else ""
    return format(value + short, f"0{width}b")


def structure_bits(s: StructureText) -> str:
    text = f"{s.offset:06b}{len(s.indications[0]) - 1:05b}"
    for before, after in zip(s.layers, [*s.layers[1:], None], strict=True):
        if after is None:
            text += "11"
        elif after == before:
            text += "00"
        else:
            text += "01" if after == (before[0], before[1] + 1) else "10"
    text += "".join(INDICATIONS[letter] for letters in s.indications for letter in letters)
    text += "".join("".join(f"1{distance - 1:04b}" for distance in d) + "0" for d in s.distances)
    chains = len(s.chains[0])
    text += ns(len(s.indications[0]) + 1, chains)
    if chains:
        text += "".join(ns(chains, chain) for chain in s.protected_by)
        text += "".join(f"{distance:04b}" for row in s.chains for distance in row)
    return text


def descriptor(template_id: int, number: int, extended: str = "", *, begins: int = 1, ends: int = 1) -> bytes:
    text = f"{begins}{ends}{template_id:06b}{number & 0xFFFF:016b}{extended}"
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8)


class Stream:
    """Successive frames of one structure."""

    def __init__(self, structure: StructureText, number: int = 65534) -> None:
        self.structure = structure
        self.number = number

    def template_id(self, template: int) -> int:
        return (self.structure.offset + template) % 64

    def keyframe(self, sizes: Sequence[tuple[int, int]] = ()) -> bytes:
        text = "10000" + structure_bits(self.structure)
        text += "1" + "".join(f"{w - 1:016b}{h - 1:016b}" for w, h in sizes) if sizes else "0"
        return self._next(0, text)

    def frame(self, template: int, *, active: int | None = None, indications: str = "") -> bytes:
        targets = len(self.structure.indications[0])
        if active is None and not indications:
            return self._next(template, "")
        text = f"0{int(active is not None)}{int(bool(indications))}00"
        text += f"{active:0{targets}b}" if active is not None else ""
        return self._next(template, text + "".join(INDICATIONS[letter] for letter in indications))

    def _next(self, template: int, extended: str) -> bytes:
        number, self.number = self.number, self.number + 1
        return descriptor(self.template_id(template), number, extended)


L1T3 = StructureText(
    offset=60,
    layers=[(0, 0), (0, 0), (0, 1), (0, 2), (0, 2)],
    indications=["SSS", "SSS", "-DS", "--D", "--D"],
    distances=[[], [4], [2], [1], [1]],
    protected_by=[0, 0, 0],
    chains=[[0], [4], [2], [1], [3]],
)

# Three spatial layers, each predicted from the one below in every picture; the templates of each: a keyframe's (or the
# first with this layer), T0, T1, and T2 twice.
L3T3 = StructureText(
    offset=3,
    layers=[(s, t) for s in range(3) for t in (0, 0, 1, 2, 2)],
    indications=[
        "SSSSSSSSS", "SSSRRRRRR", "-DS-RR-RR", "--D--R--R", "--D--R--R",
        "---SSSSSS", "---SSSRRR", "----DS-RR", "-----D--R", "-----D--R",
        "------SSS", "------SSS", "-------DS", "--------D", "--------D",
    ],
    distances=[
        [], [12], [6], [3], [3],
        [1], [1, 12], [1, 6], [1, 3], [1, 3],
        [1], [1, 12], [1, 6], [1, 3], [1, 3],
    ],
    protected_by=[0, 0, 0, 1, 1, 1, 2, 2, 2],
    chains=[
        [0, 0, 0], [12, 11, 10], [6, 5, 4], [3, 2, 1], [9, 8, 7],
        [1, 1, 1], [1, 1, 11], [7, 6, 5], [4, 3, 2], [10, 9, 8],
        [2, 1, 1], [2, 1, 1], [8, 7, 6], [5, 4, 3], [11, 10, 9],
    ],
)  # fmt: skip
