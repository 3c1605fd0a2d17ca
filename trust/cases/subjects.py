"""What cases are about, as the domains know it that have the subjects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from trust.reports import Kind

EVIDENCE_CHARS_MAX = 2_000

Text = Callable[[Connection, str], str | None]
"""What a subject says, or None where it is gone."""
Page = Callable[[Connection, str], str]
"""The path of the page that shows a subject; empty if there is none."""
Change = Callable[[Connection, str], None]
"""Hides or restores a subject in the caller's transaction. Once more changes nothing."""
Effect = Callable[[str, str], Awaitable[None]]
"""(subject, decision) ends or removes what cannot change in the same transaction. Once more changes nothing."""


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """`hide` and `restore`, or `effect`, which nothing undoes, or all of them; none for people."""

    text: Text
    page: Page
    viewers: Callable[[str], int] = lambda _: 0
    hide: Change | None = None
    restore: Change | None = None
    effect: Effect | None = None

    @property
    def can_be_hidden(self) -> bool:
        return self.hide is not None or self.effect is not None


class Subjects:
    def __init__(self) -> None:
        self._kinds: dict[Kind, SubjectKind] = {}

    def add(self, kind: Kind, subjects: SubjectKind) -> None:
        self._kinds[kind] = subjects

    def of(self, kind: Kind) -> SubjectKind:
        return self._kinds[kind]

    def evidence(self, connection: Connection, kind: Kind, subject: str) -> str:
        """What the subject says now."""
        text = self._kinds[kind].text(connection, subject) if kind in self._kinds else None
        return (text or "")[:EVIDENCE_CHARS_MAX]
