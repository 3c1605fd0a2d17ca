"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    OK = "ok"
    NOTE = "note"  # works, but could be better
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    verdict: Verdict
    text: str

    def __str__(self) -> str:
        return f"{self.verdict.value:8} {self.subject:12} {self.text}"


Answer = tuple[Verdict, str]


def noted(found: tuple[bool, str]) -> Answer:
    good, text = found
    return (Verdict.OK if good else Verdict.NOTE), text
