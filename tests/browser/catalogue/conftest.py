"""A ready video of a maker, and people who watch it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.test_first_load import maker as maker
from tests.browser.test_first_load import video as video
from tests.served import Person, Served

NARROWEST: dict[str, Any] = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def fan(shared_server: Served) -> Person:
    return shared_server.join()


def comment(person: Person, video: str, text: str, reply_to: str | None = None) -> str:
    """Comment over HTTP; returns the id."""
    body = {"text": text, "reply_to": reply_to}
    answer = person.http.post(f"/api/videos/{video}/comments", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
