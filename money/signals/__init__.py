"""Signs of laundering: they lengthen a hold and ask a person to look. Nothing is blocked silently."""

from money.signals.signals import Signals

__all__ = ["Signals"]
