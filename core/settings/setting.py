"""One setting: a field that says what it is for and which values are valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class SettingsError(ValueError):
    """A setting is missing or invalid. The text names the variable and its valid values."""


def setting(
    default: Any,
    doc: str,
    *,
    between: tuple[int, int] | None = None,
    choices: tuple[str, ...] = (),
    schemes: tuple[str, ...] = (),
) -> Any:
    """A field with the `doc` that `cadeau settings` and the README print, and what its values are checked for."""
    checks = {"between": between, "choices": choices, "schemes": schemes}
    return field(default=default, metadata={"doc": doc, **checks})


def parse(name: str, text: str, default: object) -> object:
    """A value from the environment, of the type of its default. Raises SettingsError."""
    if isinstance(default, bool):
        if text not in ("0", "1"):
            raise SettingsError(f"{name} must be 0 or 1, not {text!r}.")
        return text == "1"
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError:
            raise SettingsError(f"{name} must be a whole number, not {text!r}.") from None
    return Path(text) if isinstance(default, Path) else text


def check(
    name: str,
    value: Any,
    *,
    between: tuple[int, int] | None = None,
    choices: Sequence[str] = (),
    schemes: Sequence[str] = (),
    **_: object,
) -> None:
    """Raises SettingsError for a value that a setting with this metadata must not have."""
    if between is not None and not between[0] <= value <= between[1]:
        raise SettingsError(f"{name} must be between {between[0]} and {between[1]}, not {value}.")
    if choices and value not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(filter(None, choices))}, not {value!r}.")
    if schemes and value and urlsplit(value).scheme.split("+")[0] not in schemes:
        raise SettingsError(f"{name} must begin with {' or '.join(f'{scheme}:' for scheme in schemes)}")
