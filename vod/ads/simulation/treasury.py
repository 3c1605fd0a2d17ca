"""The money of a simulated day: what the ledger and the slices do in SQL, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vod.ads.campaigns.campaign import RunningCampaign
from vod.ads.decision.holds import SliceKey
from vod.ads.serving.node import AdNode
from vod.ads.serving.serve import Serve
from vod.ads.serving.slices import Wanted


class Treasury:
    """`committed`: spent, held and left of each campaign, by day; `spent`: what was billed."""

    def __init__(self, campaigns: Sequence[RunningCampaign]) -> None:
        self.committed: dict[str, dict[str, int]] = {one.id: {} for one in campaigns}
        self.spent: dict[str, int] = dict.fromkeys(self.committed, 0)
        self._waiting: dict[str, Serve] = {}

    def serve(self, serve: Serve) -> None:
        self._waiting[serve.id] = serve

    def view(self, serve: str, now: int) -> bool:
        """A view has arrived; whether it is billed."""
        found = self._waiting.get(serve)
        if found is None or now > found.expires_at:
            return False
        del self._waiting[serve]
        self.spent[found.campaign.id] += found.price_micro
        return True

    def round(self, node: AdNode, nodes: int, now: int) -> None:
        """What upkeep does in its writes."""
        self._give_back(node.returns(now))
        wanted, expired = node.wanted(now), node.expired(now)
        lapsed = {serve for serve in expired if self._waiting.pop(serve, None) is not None}
        node.settle(expired, lapsed, {one.key: self._grant(one, nodes) for one in wanted}, now)

    def _grant(self, wanted: Wanted, nodes: int) -> int:
        days = self.committed[wanted.campaign.id]
        micro = min(wanted.portion(days, nodes), wanted.campaign.total_micro - sum(days.values()))
        days[wanted.day.name] = days.get(wanted.day.name, 0) + micro
        return micro

    def _give_back(self, amounts: Mapping[SliceKey, int]) -> None:
        for (campaign, day), micro in amounts.items():
            self.committed[campaign][day] -= micro
