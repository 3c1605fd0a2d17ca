"""Fills every table for two people who share everything, whatever tables there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    insert,
)

from core.privacy import Declaration, declared
from core.privacy.declaration import PERSON_COLUMNS

SKIPPED = {"people", "privacy_erasures"}
_CODES = """
action answer arguments attempt bills boot browser by_day caps card_country category carrier choice class
client_id code content country currency day details digest flag format gift kind language landing mark measure
metadata month objective pack period place pricing product provider provider_ref purpose quarter rail rate
rates ranker reason reasons ref retention role room run scheme seller session source span stage state step
stock stopped system targets template tier tin_country to tax_country fee_tax_country tag open_tag type unit
variant version visibility visibility_chosen state_chosen what worker zone
starts_on ends_on how video creative campaign
advertiser node serve subject item key cause corrects checkout purchase payment_ref proposal consent file
winner_video pinned parent sound effect upload picture collection case line order agency_class buyer_country
sale_quarter ground pin method because affiliate_source commission_rule copy_of original rule model
permissions challenge coupon flash products impression experiment control treatment about viewer fingerprint
decision issuer
"""
CODES = frozenset(_CODES.split()) | PERSON_COLUMNS
"""Columns with codes, keys and ids of things: what programs write there."""
FIXED: Mapping[tuple[str, str], Any] = {
    ("videos", "state"): "ready", ("videos", "visibility"): "public", ("rooms", "state"): "ended",
    ("cases", "state"): "decided", ("shop_orders", "state"): "settled", ("payouts", "state"): "paid",
    ("disputes", "state"): "won", ("room_events", "type"): "said", ("video_comments", "parent"): None,
    ("feed_changes", "kind"): "interest", ("jobs", "state"): "done", ("jobs", "kind"): "nothing",
    ("reports", "state"): "upheld", ("videos", "sound"): None, ("feed_impressions", "details"): "{}",
    ("uploads", "sound"): None, ("audit", "detail"): "a code", ("case_events", "detail"): "a code",
    ("decisions", "untold"): 0, ("legal_order_items", "untold"): 0,
    ("privacy_exports", "state"): "expired", ("room_events", "client_id"): None,
}  # fmt: skip


def marker(who: str) -> str:
    """A word that is in every text of a person's rows."""
    return f"zq{who}"


def fill(connection: Connection, metadata: MetaData, people: Mapping[str, str], now: int) -> list[str]:
    """Insert a row for each of two people (ids by name) into every table that is about people. Returns the tables."""
    tables = [table for table in metadata.sorted_tables if declared(table).personal and table.name not in SKIPPED]
    for table in tables:
        for number, who in enumerate(people):
            row = _row(table, who, people, now, number)
            connection.execute(insert(table).values(row))
    return [table.name for table in tables]


def _row(table: Table, who: str, people: Mapping[str, str], now: int, number: int) -> dict[str, Any]:
    declaration = declared(table)
    (other,) = (one for one in people if one != who)
    direct = [owner for owner in declaration.owners if " > " not in owner]
    paths = {owner.partition(" > ")[0]: owner.split(" > ")[1].partition(".")[0] for owner in declaration.owners
             if " > " in owner}  # fmt: skip
    row: dict[str, Any] = {}
    for column in table.c:
        if (table.name, column.name) in FIXED:
            row[column.name] = FIXED[table.name, column.name]
        elif column.name in direct:
            row[column.name] = people[who if column.name == direct[0] else other]
        elif column.name in paths:
            row[column.name] = _id(table.metadata.tables[paths[column.name]].c.id, who, number)
        elif column.name in declaration.others:
            row[column.name] = people[other]
        elif column.foreign_keys:
            row[column.name] = _referred(column, who, people, number)
        else:
            row[column.name] = _value(table, column, declaration, who, now, number)
    return row


def _referred(column: Column[Any], who: str, people: Mapping[str, str], number: int) -> Any:
    target = next(iter(column.foreign_keys)).column
    return people[who] if target.table.name == "people" else _id(target, who, number)


def _id(column: Column[Any], who: str, number: int) -> Any:
    if isinstance(column.type, Integer):
        return 900_000 + number
    text = f"{column.table.name}-{number}"
    return text.encode() if isinstance(column.type, LargeBinary) else text


def _value(table: Table, column: Column[Any], declaration: Declaration, who: str, now: int, number: int) -> Any:
    if column.primary_key:
        return _id(column, who, number)
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Integer):
        return now if column.name in ("at", "until") or column.name.endswith("_at") else 1
    if isinstance(column.type, Float):
        return 0.0
    words = f"{marker(who)} wrote this in {table.name} {column.name}"
    if isinstance(column.type, JSON):
        return {} if column.name in CODES - declaration.law else {"text": words}
    if isinstance(column.type, LargeBinary):
        return f"{table.name}-{number}-{column.name}".encode()
    if column.name in CODES - declaration.law - set(declaration.blank):
        return f"{column.name}-{number}"
    return words
