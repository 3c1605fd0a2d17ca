"""Which provider is open is a matter of one setting; the sandbox believes nobody who claims to be a provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.clock import system_clock
from core.errors import NotFound
from core.settings import Settings
from money.providers import PROVIDERS, Sandbox


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_setting_names_the_provider(name: str, tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, payments=name, stripe_secret_key="sk_test", stripe_webhook_secret="whsec_test"
    )
    provider = PROVIDERS[settings.payments](settings, system_clock)
    assert provider.name == name
    provider.close()


def test_the_sandbox_has_no_webhooks() -> None:
    with pytest.raises(NotFound):
        Sandbox().event(b"{}", "")
