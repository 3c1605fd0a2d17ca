"""The creator fund: a monthly pot, divided by what each viewer watched. See docs/fund.md."""

from money.fund.views import QualifiedView

__all__ = ["QualifiedView"]
