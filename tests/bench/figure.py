"""Print a figure with its target, and whether it was reached."""

from __future__ import annotations


def figure(name: str, value: float, unit: str, target: float, *, at_least: bool = False, more: str = "") -> None:
    """`name  value unit (target: ... or less) reached`. Infinity means that it was never reached."""
    met = value >= target if at_least else value <= target
    shown = "never" if value == float("inf") else f"{value:.3g} {unit}"
    wanted = f"target: {target:g} {unit} or {'more' if at_least else 'less'}"
    print(f"{name:12} {shown} ({wanted}) {'reached' if met else 'MISSED'}{more}", flush=True)


def line(name: str, text: str) -> None:
    print(f"{name:12} {text}", flush=True)
