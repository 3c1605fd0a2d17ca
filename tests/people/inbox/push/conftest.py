"""A push service that really listens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.people.inbox.push.service import PushService, push_service


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as opened:
        yield opened
