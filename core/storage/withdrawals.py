"""Which stored files are withdrawn: the domain that has them says so, and whoever serves files asks."""

from __future__ import annotations

from collections.abc import Callable

IsWithdrawn = Callable[[str], bool]
"""(key): may block. Raises Unavailable while it cannot be known."""
Opens = Callable[[str, str, str], bool]
"""(key, until, seal): whether a seal of ours lets its holder read a withdrawn file."""
Seal = Callable[[str], str]
"""(key): where its holder reads a withdrawn file, for a while. May block."""


class Withdrawals:
    def __init__(self) -> None:
        self.is_withdrawn: IsWithdrawn = lambda _: False
        self.opens: Opens = lambda *_: False
        self.seal: Seal = "/media/{}".format

    def decide_by(self, is_withdrawn: IsWithdrawn, opens: Opens, seal: Seal) -> None:
        self.is_withdrawn, self.opens, self.seal = is_withdrawn, opens, seal
