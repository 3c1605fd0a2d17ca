"""Reads a bank's statement: CAMT.053 or MT940. Pure; what it cannot read is refused, what is not ours is passed over.

A payment is found again by the end-to-end id of our file, which names payout and attempt; a file that was booked as a
whole by its message id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from xml.etree import ElementTree

import msgspec
import mt940

from money.errors import StatementUnreadable

STATEMENT_BYTES_MAX = 1_000_000
ENTRIES_MAX = 5_000
REASON_CHARS_MAX = 200
_OUR_ID = re.compile(r"(?<![0-9a-z])([0-9a-hjkmnp-tv-z]{20})(?:-([0-9]{1,2}))?(?![0-9a-z])")
_SUBFIELD = re.compile(r"\?[0-9]{2}|\s")  # MT940 breaks a text anywhere
_MARKUP = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class Entry(msgspec.Struct, frozen=True):
    """A line of a statement. `out`: money left the account. `ids`: what may be an id of ours in it, with attempts."""

    out: bool
    amount_minor: int
    currency: str
    ids: tuple[tuple[str, str], ...]
    reason: str = ""


def entries_of(statement: bytes) -> list[Entry]:
    """Raises StatementUnreadable."""
    if len(statement) > STATEMENT_BYTES_MAX or b"\0" in statement:
        raise StatementUnreadable
    found = _camt(statement) if statement.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else _mt940(statement)
    entries = []
    for entry in found:
        entries.append(entry)
        if len(entries) > ENTRIES_MAX:
            raise StatementUnreadable(f"A statement may have at most {ENTRIES_MAX} entries.")
    return entries


def _camt(statement: bytes) -> Iterator[Entry]:
    if _MARKUP.search(statement):  # no statement needs it, and entities can grow without bound
        raise StatementUnreadable
    try:
        root = ElementTree.fromstring(statement)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise StatementUnreadable from None
    for element in root.iter():  # whatever version of the namespace
        element.tag = element.tag.rpartition("}")[2]
    if root.find(".//BkToCstmrStmt") is None:
        raise StatementUnreadable
    for line in root.iter("Ntry"):
        status = line.findtext("Sts/Cd") or line.findtext("Sts") or ""
        if status.strip() not in ("", "BOOK"):
            continue
        details = list(line.iter("TxDtls"))
        for part in details or [line]:
            yield _camt_entry(line, part if len(details) > 1 else line, part)


def _camt_entry(line: ElementTree.Element, sum_of: ElementTree.Element, part: ElementTree.Element) -> Entry:
    amount = sum_of.find("Amt")
    if amount is None:
        amount = part.find("AmtDtls/TxAmt/Amt")
    if amount is None:
        amount = line.find("Amt")
    way = part.findtext("CdtDbtInd") or line.findtext("CdtDbtInd") or ""
    if amount is None or way.strip() not in ("DBIT", "CRDT"):
        raise StatementUnreadable
    texts = [element.text or "" for element in part.iter() if element.tag in _REFERENCES]
    reason = part.findtext(".//RtrInf/Rsn/Cd") or part.findtext(".//RtrInf/AddtlInf") or ""
    return Entry(
        way.strip() == "DBIT", _minor(amount.text or ""), amount.get("Ccy", ""), _ids(" ".join(texts)),
        reason.strip()[:REASON_CHARS_MAX],
    )  # fmt: skip


_REFERENCES = frozenset({"EndToEndId", "PmtInfId", "MsgId", "InstrId", "Ustrd", "AddtlNtryInf", "AddtlTxInf"})


def _mt940(statement: bytes) -> Iterator[Entry]:
    text = statement.decode("utf-8", "replace")
    if ":60F:" not in text and ":60M:" not in text:
        raise StatementUnreadable
    try:
        lines = list(mt940.parse(text))
    except Exception:  # the library raises whatever its regular expressions and converters do
        raise StatementUnreadable from None
    for line in lines:
        told = line.data
        amount = told.get("amount")
        if amount is None:
            continue
        joined = " ".join(_SUBFIELD.sub("", str(value)) for value in told.values() if isinstance(value, str))
        value = Decimal(amount.amount)
        reason = "returned" if str(told.get("status", "")).startswith("R") else ""
        yield Entry(value < 0, _minor(str(abs(value))), str(amount.currency), _ids(joined), reason)


def _ids(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((found[1], found[2] or "") for found in _OUR_ID.finditer(text.lower())))


def _minor(text: str) -> int:
    """Cents of an amount in euros. Raises StatementUnreadable."""
    try:
        cents = Decimal(text.strip()) * 100
    except ArithmeticError:  # no number, or one beyond all bounds
        raise StatementUnreadable from None
    if not cents.is_finite() or cents != cents.to_integral_value() or not 0 <= cents < 10**13:
        raise StatementUnreadable
    return int(cents)
