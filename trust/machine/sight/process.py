"""Asks the child process that looks at pictures."""

from __future__ import annotations

import itertools

import msgspec

from trust.machine.child import Child, boot_of
from trust.machine.sight.messages import Answer, Ask, check

ANSWER_S_MAX = 5.0
START_S_MAX = 20.0  # for the first answer: until then it loads what it needs
_BOOT = boot_of("trust.machine.sight.child")


class Looker:
    def __init__(self, answer_s: float = ANSWER_S_MAX, start_s: float = START_S_MAX, boot: str = _BOOT) -> None:
        self._child = Child("looks at pictures", boot, answer_s, start_s)
        self._ids = itertools.count(1)
        self.rest, self.close = self._child.rest, self._child.close

    @property
    def pid(self) -> int | None:
        return self._child.pid

    @property
    def faults(self) -> int:
        """Children that died or did not answer."""
        return self._child.faults

    def look_at(self, width: int, height: int, rgb: bytes) -> Answer | None:
        """A still; None when nothing is known about it. Blocks for at most as long as `__init__` said."""
        return self._ask(Ask(next(self._ids), width, height, rgb))

    def look_at_keyframe(self, codec: str, payloads: tuple[bytes, ...]) -> Answer | None:
        return self._ask(Ask(next(self._ids), codec=codec, payloads=payloads))

    def _ask(self, ask: Ask) -> Answer | None:
        def read(body: bytes) -> Answer:
            answer = msgspec.msgpack.decode(body, type=Answer)
            check(answer, ask.id)
            return answer

        answer = self._child.ask(msgspec.msgpack.encode(ask), read)
        return answer if answer is not None and not answer.fault else None
