"""The documents match the server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from cadeau.documents import all_refusals
from core.errors import Refusal
from tests.served import Served

ROOT = Path(__file__).resolve().parent.parent.parent
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()


def our_refusals() -> dict[str, type[Refusal]]:
    """Without those that other tests define, which may have been imported in this process."""
    return {code: kind for code, kind in all_refusals().items() if not kind.__module__.startswith("tests.")}


@pytest.fixture(scope="module")
def document(shared_server: Served) -> dict[str, Any]:
    document: dict[str, Any] = shared_server.http.get("/api/openapi.json").json()
    return document


def test_the_openapi_document_is_valid_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                assert operation["summary"], f"{method} {path}"


def test_protocol_md_names_every_address(document: dict[str, Any]) -> None:
    """Placeholders may be named differently there, and a path may be given relative to the one before it."""
    words = set(re.findall(r"[/a-z.-]+", re.sub(r"{\w+}", "", PROTOCOL)))
    for path in document["paths"]:
        plain = re.sub(r"{\w+}", "", path).rstrip("/")
        last = plain.rstrip("/").rpartition("/")[2]
        assert plain in {w.rstrip("/") for w in words} or f".../{last}" in PROTOCOL or f"/{last}" in PROTOCOL, path


def test_protocol_md_lists_every_code() -> None:
    listed = PROTOCOL.split("## Codes", 1)[1]
    for code in our_refusals():
        assert f"`{code}`" in listed, code


def test_the_type_of_a_problem_leads_to_its_explanation(shared_server: Served) -> None:
    kind = shared_server.http.get("/api/none").json()["type"]
    address, _, anchor = kind.partition("#")
    page = shared_server.http.get(address)
    assert page.headers["content-type"].startswith("text/html")
    for code in (anchor, *our_refusals()):
        assert f'id="{code}"' in page.text


def test_lock_files_name_no_package_index() -> None:
    for lock in (*ROOT.glob("requirements*.lock"), ROOT / "static" / "node.lock"):
        assert "://" not in lock.read_text(), lock
    assert '"resolved"' not in (ROOT / "static" / "package-lock.json").read_text()
