"""Explanations and control of the feed over HTTP."""

from __future__ import annotations

import msgspec

from core.http import Access, Call, Operation
from core.limits import Rate
from core.text.languages import written_language
from vod.feed.control.interests import Interests, InterestsView
from vod.feed.control.why import Explanations, Why
from vod.feed.recommender.picks import InterestKind
from vod.feed.viewer import Viewers

CHANGE_RATE = Rate(60, 60)


class Personalised(msgspec.Struct, forbid_unknown_fields=True):
    personalised: bool


class ControlRoutes:
    def __init__(self, interests: Interests, explanations: Explanations, viewers: Viewers) -> None:
        self._interests = interests
        self._explanations = explanations
        self._viewers = viewers

    def operations(self) -> list[Operation]:
        interests = "/api/feed/interests"
        return [
            Operation("GET", "/api/feed/why/{impression}", self.why, access=Access.ANYONE),
            Operation("GET", interests, self.list),
            Operation("DELETE", interests, self.reset, rate=CHANGE_RATE),
            Operation("DELETE", f"{interests}/{{kind}}/{{key}}", self.remove, rate=CHANGE_RATE),
            Operation("PUT", "/api/feed/personalised", self.personalise, rate=CHANGE_RATE),
        ]

    def why(self, call: Call, impression: str) -> Why:
        """Tell why something was shown, to whom it was shown."""
        language = written_language(call.request.headers.get("accept-language", ""))
        return self._explanations.why(impression, self._viewers.of(call), language)

    def list(self, call: Call) -> InterestsView:
        """List what the recommender thinks you like, the strongest first."""
        return self._interests.view(call.identity)

    def reset(self, call: Call) -> None:
        """Forget all your interests."""
        self._interests.reset(call.identity)

    def remove(self, call: Call, kind: InterestKind, key: str) -> None:
        """Forget one of your interests."""
        self._interests.remove(call.identity, kind, key)

    def personalise(self, call: Call, body: Personalised) -> InterestsView:
        """Switch your personal feed on or off."""
        return self._interests.personalise(call.identity, personalised=body.personalised)
