"""Every table and every place says what it holds about people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text

import cadeau.app  # noqa: F401  it opens all tables
from core.privacy import PLACES, declare, declared, impersonal, undeclared
from core.tables import metadata

ROOT = Path(__file__).resolve().parents[3]


def made_up(*columns: str) -> Table:
    return Table(
        "made_up", MetaData(), Column("id", Integer, primary_key=True), *(Column(name, Text) for name in columns)
    )


def test_every_table_is_declared() -> None:
    assert undeclared(metadata) == []


def test_a_table_that_was_added_is_named_with_what_to_do() -> None:
    table = made_up("text")
    [fault] = undeclared(table.metadata)
    assert fault.startswith("made_up: say what it holds about people")
    assert "declare(" in fault
    assert "docs/privacy.md" in fault
    impersonal(table, "Nothing about anybody.")
    assert undeclared(table.metadata) == []


def test_a_column_that_holds_somebody_is_named() -> None:
    table = made_up("person", "reviewed_by")
    declare(table, "Yours.", "À vous.", owner="person")
    assert undeclared(table.metadata) == ["made_up.reviewed_by holds somebody's id: name it in owner= or others="]
    declare(table, "Yours.", "À vous.", owner="person", others="reviewed_by")
    assert undeclared(table.metadata) == []


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"owner": "nobody"}, "no column nobody"),
        ({"owner": "person", "erase": "blank"}, "blank="),
        ({"owner": "person", "law": "text", "erase": "keep"}, "basis='law'"),
        ({"owner": "person", "days": 3}, "no column at"),
        ({"owner": "person", "level": "key"}, "secret="),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        declare(made_up("person", "text"), "Yours.", "À vous.", **options)  # type: ignore[arg-type]


def test_what_opens_an_account_is_of_the_highest_level_and_what_money_does_is_grave() -> None:
    levels = {name: declared(table) for name, table in metadata.tables.items() if declared(table).personal}
    opens = {name for name, one in levels.items() if one.secret & {"password", "token_digest", "secret", "stream_key"}}
    assert len(opens) > 3
    assert {name for name in opens if levels[name].level != "key"} == set()
    for name in ("entries", "payouts", "payout_destinations", "billing_details", "watch_history", "cases", "reports"):
        assert levels[name].level == "grave", name
    assert {one.level for one in levels.values()} == {"public", "personal", "grave", "key"}


def test_every_personal_table_has_words_in_both_languages() -> None:
    words = [table.info["privacy"].words for table in metadata.tables.values() if table.info["privacy"].owners]
    assert all(one["en"].endswith(".") and one["fr"].endswith(".") and one["en"] != one["fr"] for one in words)


def test_every_prefix_of_the_storage_and_every_folder_is_listed() -> None:
    """Found by how keys and folders are written: `f"avatars/{...}"`, `data_dir / "uploads"`."""
    found: set[str] = set()
    for folder in ("core", "people", "money", "trust", "live", "chat", "vod", "shop"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text()
            if "Archive" not in text and "Media(" not in text:  # these name files in a copy of somebody's data
                found |= {f"storage {key}" for key in re.findall(r'f"([a-z]+/)\{', text)}
            found |= {f"files {name}/" for name in re.findall(r'data_dir / "(\w+)"', text)}
            found |= {f"storage {name}" for name in re.findall(r'^PREFIX = "(\w+/)"', text, re.M)}
    listed = {f"{place.kind} {place.prefix}" for place in PLACES}
    assert {"storage videos/", "storage avatars/", "storage exports/", "files uploads/"} <= found
    assert found - {"files media/"} <= listed
