"""Stripe Connect: a payout is a transfer to the creator's own account, a `recipient` of Accounts v2.

Separate charges and transfers: buyers pay the platform, and a transfer moves the platform's money. It counts as paid
once Stripe has made it: from there on Stripe pays the creator's bank by its own schedule. What Stripe sends is only a
hint: on each event the object is fetched, and the payout moves forward only.

https://docs.stripe.com/connect/accounts-v2, https://docs.stripe.com/api/transfers
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import httpx
import msgspec
import structlog

from core.clock import Clock
from core.errors import Unavailable
from core.settings import Settings
from money.errors import BadDestination
from money.payouts.rails.rail import Asks, Details, Outcome, Paid, Payment, Refused, Returned, Standing
from money.providers.provider import Movement

API_VERSION = "2025-12-15.clover"
TIMEOUT_S = 10.0
ANSWER_BYTES_MAX = 1_000_000
_UNSURE = 409  # another request with this key is in progress
_NOT_DONE = (401, 403, 429)  # of ours, not of the payout's
_RECIPIENT = {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}}
_INCLUDE = "include[0]=configuration.recipient&include[1]=requirements"

_T = TypeVar("_T")

log = structlog.get_logger("stripe")


class _Reversal(msgspec.Struct):
    amount: int
    created: int = 0
    balance_transaction: str | None = None


class _Reversals(msgspec.Struct):
    data: list[_Reversal] = []  # the last ten; whatever is beyond them shows in the reconciliation


class _Transfer(msgspec.Struct):
    id: str
    amount: int
    currency: str
    destination: str
    created: int = 0
    balance_transaction: str | None = None
    metadata: dict[str, str] = {}
    reversed: bool = False
    amount_reversed: int = 0
    reversals: _Reversals = msgspec.field(default_factory=_Reversals)

    @property
    def moved(self) -> list[Movement]:
        """On our balance: what left it, and what came back."""
        rows = [(self.balance_transaction, -self.amount, self.created)]
        rows += [(one.balance_transaction, one.amount, one.created) for one in self.reversals.data]
        currency = self.currency.upper()
        return [Movement(ref, "payout", amount, 0, currency, at * 1000) for ref, amount, at in rows if ref]


class _Transfers(msgspec.Struct):
    data: list[_Transfer]


class _Sum(msgspec.Struct):
    amount: int
    currency: str


class _Balance(msgspec.Struct):
    available: list[_Sum]


class _Trouble(msgspec.Struct):
    code: str = ""
    type: str = ""


class _Error(msgspec.Struct):
    error: _Trouble = msgspec.field(default_factory=_Trouble)


class _Status(msgspec.Struct):
    status: str = ""
    time: str | None = None


class _StripeBalance(msgspec.Struct):
    stripe_transfers: _Status | None = None


class _Capabilities(msgspec.Struct):
    stripe_balance: _StripeBalance | None = None


class _Recipient(msgspec.Struct):
    capabilities: _Capabilities | None = None


class _Configuration(msgspec.Struct):
    recipient: _Recipient | None = None


class _Summary(msgspec.Struct):
    minimum_deadline: _Status | None = None


class _Requirements(msgspec.Struct):
    summary: _Summary | None = None


class _Account(msgspec.Struct):
    id: str
    closed: bool = False
    configuration: _Configuration | None = None
    requirements: _Requirements | None = None


class _Link(msgspec.Struct):
    url: str


class StripeConnect:
    """Thread-safe; `close` closes its connections."""

    name = "stripe"
    asks: Asks = "nothing"
    automatic = True
    verifies = True
    currencies = None

    def __init__(self, *, secret_key: str, api_url: str, site_url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._site_url = site_url
        self._http = httpx.Client(
            base_url=api_url,
            headers={"Authorization": f"Bearer {secret_key}", "Stripe-Version": API_VERSION},
            timeout=timeout_s,
        )

    @classmethod
    def from_settings(cls, settings: Settings, _clock: Clock) -> StripeConnect:
        return cls(secret_key=settings.stripe_secret_key, api_url=settings.stripe_api_url, site_url=settings.base_url)

    def close(self) -> None:
        self._http.close()

    def destination(self, given: Details) -> tuple[Details, str]:
        """The account that the person made at Stripe; bank details are given there."""
        account = given.get("account", "")
        if not account:
            raise BadDestination("Set up your account at Stripe first.")
        return {"account": account}, f"Stripe … {account[-4:]}"

    # People

    def open_account(self, person: str, country: str) -> str:
        """Create the person's account. Again returns the same one. Raises Unavailable. Blocks."""
        body = {
            "identity": {"country": country.lower()},
            "dashboard": "express",
            "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
            "configuration": _RECIPIENT,
            "metadata": {"person": person},
        }
        answer = self._call("POST", "/v2/core/accounts", key=f"cadeau-account-{person}-{country}", json=body)
        return self._read(answer, _Account).id

    def onboarding(self, account: str) -> str:
        """The page at Stripe on which the person proves who they are. Raises Unavailable. Blocks."""
        back = f"{self._site_url}/wallet/payouts"
        onboarding = {"configurations": ["recipient"], "refresh_url": back, "return_url": back}
        use = {"type": "account_onboarding", "account_onboarding": onboarding}
        return self._read(
            self._call("POST", "/v2/core/account_links", json={"account": account, "use_case": use}), _Link
        ).url

    def standing(self, account: str) -> Standing:
        """What Stripe says about a person. Raises Unavailable. Blocks."""
        found = self._read(self._call("GET", f"/v2/core/accounts/{account}?{_INCLUDE}"), _Account)
        return _standing(found)

    # Money

    def send(self, payment: Payment) -> Outcome:
        form = {
            "amount": str(payment.amount_minor),
            "currency": payment.currency.lower(),
            "destination": payment.destination["account"],
            "transfer_group": _group(payment.payout),
            "metadata[payout]": payment.payout,
            "metadata[attempt]": str(payment.attempt),
        }
        answer = self._call("POST", "/v1/transfers", key=f"cadeau-payout-{payment.key}", form=form)
        if answer.is_success:
            return self._outcome(self._read(answer, _Transfer), payment)
        if answer.status_code in _NOT_DONE:
            return Refused(f"status {answer.status_code}", again=True)
        try:
            code = msgspec.json.decode(answer.content, type=_Error).error.code
        except msgspec.DecodeError:
            code = ""
        return Refused(code or f"status {answer.status_code}", again=code == "balance_insufficient")

    def ask(self, payment: Payment) -> Outcome | None:
        found = self._call("GET", f"/v1/transfers?limit=100&transfer_group={_group(payment.payout)}")
        for transfer in self._read(found, _Transfers).data:
            if transfer.metadata.get("payout") == payment.payout:  # an earlier attempt has paid just as well
                return self._outcome(transfer, payment)
        return None

    def payout_of(self, transfer: str) -> str | None:
        """The payout that a transfer belongs to; None if it is not ours. Raises Unavailable. Blocks."""
        answer = self._call("GET", f"/v1/transfers/{transfer}")
        return self._read(answer, _Transfer).metadata.get("payout") if answer.is_success else None

    def available(self, currency: str) -> int | None:
        balance = self._read(self._call("GET", "/v1/balance"), _Balance)
        return sum(one.amount for one in balance.available if one.currency == currency.lower())

    @staticmethod
    def _outcome(transfer: _Transfer, payment: Payment) -> Outcome:
        asked = payment.amount_minor, payment.currency.lower(), payment.destination["account"]
        if (transfer.amount, transfer.currency, transfer.destination) != asked:
            log.error("another transfer than was asked for", payout=payment.payout, transfer=transfer.id)
            raise Unavailable("The transfer is not the one that was asked for.")
        if transfer.reversed or transfer.amount_reversed >= transfer.amount:
            return Returned(transfer.id, "reversed", transfer.moved)
        return Paid(transfer.id, transfer.amount_reversed, transfer.moved)

    def _read(self, answer: httpx.Response, kind: type[_T]) -> _T:
        if answer.is_success and len(answer.content) <= ANSWER_BYTES_MAX:
            try:
                return msgspec.json.decode(answer.content, type=kind)
            except msgspec.DecodeError:
                pass
        log.error("unexpected answer from stripe", path=answer.url.path, status=answer.status_code)
        raise Unavailable("The payout provider gave no usable answer.")

    def _call(
        self,
        method: str,
        path: str,
        *,
        key: str = "",
        form: Mapping[str, str] | None = None,
        json: object = None,
    ) -> httpx.Response:
        """One request, never repeated here. Raises Unavailable when it is not known what it did."""
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = self._http.request(method, path, data=form, json=json, headers=headers)
        except httpx.TransportError as error:
            log.warning("stripe is silent", path=path, trouble=type(error).__name__)
            raise Unavailable("The payout provider does not answer.") from None
        if answer.status_code >= 500 or answer.status_code == _UNSURE:
            log.warning("stripe is unsure", path=path, status=answer.status_code)
            raise Unavailable("The payout provider does not answer.")
        return answer


def _group(payout: str) -> str:
    return f"payout-{payout}"


def _standing(account: _Account) -> Standing:
    configuration = account.configuration
    recipient = configuration.recipient if configuration else None
    balance = recipient.capabilities.stripe_balance if recipient and recipient.capabilities else None
    transfers = balance.stripe_transfers.status if balance and balance.stripe_transfers else ""
    summary = account.requirements.summary if account.requirements else None
    deadline = summary.minimum_deadline if summary else None
    until = _moment(deadline.time) if deadline else None
    due = deadline.status if deadline else ""
    if account.closed or transfers == "unsupported":
        return Standing("rejected", transfers or "closed")
    if transfers == "active":
        return Standing("verified", "", until)
    if transfers == "restricted":
        return Standing("restricted", due or "restricted", until)
    return Standing("started", due, until)


def _moment(text: str | None) -> int | None:
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000) if text else None
    except ValueError:
        return None
