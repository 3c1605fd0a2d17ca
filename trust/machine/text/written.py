"""Texts that stay: captions, comments, titles, profiles, products, reviews; read in the transaction that writes them.

The same lists and models read them as lines of chat; what they mark becomes a case, and nothing is refused or held.
"""

from __future__ import annotations

from sqlalchemy import Connection

from trust.cases.intake import Intake
from trust.machine.meaning.thinker import Thinker
from trust.machine.text.reader import Reader
from trust.reports import Reason, Subject

TEXT_CHARS_MAX = 6_000  # of a product, the longest


class Written:
    def __init__(self, reader: Reader, thinker: Thinker, intake: Intake) -> None:
        self._reader = reader
        self._thinker = thinker
        self._intake = intake

    def read(self, connection: Connection, subject: Subject, about: str, text: str, *, part: str = "") -> None:
        """Something of somebody says this from now on. `part`: what of a person it is, such as a product's page, where
        it is no subject by itself; it is the evidence then, with its text."""
        found = self._reader.read(text[:TEXT_CHARS_MAX])
        if found is None:
            if not part:
                self._thinker.hear(subject, about)
            return
        detail = f"{found.label} {found.score:.2f} {found.model} {part}".rstrip()
        reason: Reason = found.label  # type: ignore[assignment]
        evidence = f"{part}\n{text}" if part else text
        self._intake.machine(connection, subject, about, reason, found.score, detail, evidence=evidence)
