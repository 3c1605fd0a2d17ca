"""Settings are checked before anything opens, and every one is documented."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from core.settings import Settings, SettingsError

README = (Path(__file__).resolve().parent.parent.parent / "README.md").read_text()


def test_every_setting_is_documented() -> None:
    for field in fields(Settings):
        assert len(field.metadata["doc"]) > 10, field.name
        assert f"`CADEAU_{field.name.upper()}`" in README, f"the README does not name {field.name}"


def test_the_default_is_a_demo_on_localhost() -> None:
    settings = Settings.from_environment({})
    assert (settings.host, settings.port, settings.media_port, settings.demo) == ("127.0.0.1", 8080, 8080, True)
    assert settings.base_url == "http://127.0.0.1:8080"


def test_values_are_parsed_by_type() -> None:
    settings = Settings.from_environment({"CADEAU_PORT": "9000", "CADEAU_DEMO": "0", "CADEAU_DATA_DIR": "x/y"})
    assert (settings.port, settings.demo, settings.data_dir) == (9000, False, Path("x/y"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CADEAU_PORT", "http"),
        ("CADEAU_PORT", "70000"),
        ("CADEAU_DEMO", "yes"),
        ("CADEAU_ENV", "staging"),
        ("CADEAU_DATABASE_URL", "mysql://x"),
        ("CADEAU_REDIS_URL", "http://x"),
        ("CADEAU_STORAGE_URL", "ftp://x"),
        ("CADEAU_COMMISSION_PERCENT", "101"),
        ("CADEAU_PROT", "8080"),
        ("CADEAU_MEDIA_PUBLIC_ADDRESS", "live.example.org"),
        ("CADEAU_PAYMENTS", "stripe"),
    ],
)
def test_an_invalid_value_is_refused_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


def test_production_refuses_the_demo_and_the_sandbox() -> None:
    production = {"CADEAU_ENV": "production"}
    with pytest.raises(SettingsError, match="CADEAU_DEMO=0"):
        Settings.from_environment(production)
    with pytest.raises(SettingsError, match="sandbox"):
        Settings.from_environment(production | {"CADEAU_DEMO": "0"})
    stripe = {"CADEAU_PAYMENTS": "stripe", "CADEAU_STRIPE_SECRET_KEY": "k", "CADEAU_STRIPE_WEBHOOK_SECRET": "w"}
    assert Settings.from_environment(production | {"CADEAU_DEMO": "0"} | stripe).production
